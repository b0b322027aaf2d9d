"""Make published figures of minutes by class, incidents and summed load times (method section 7).

Integers until the last step, and then what flatters is cut down and what hurts cut up: nothing is published as better than it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypedDict

from observatory.judge.account import Account, floor_ratio
from observatory.judge.days import day_of, minute_of
from observatory.judge.load_figures import Percentile, load_time
from observatory.judge.load_times import NOTHING, Load, LoadKey, add_up
from observatory.judge.method import Method
from observatory.judge.service_rules import Rules
from observatory.model.catalogue import OTHER_MENU_INDEX
from observatory.model.columns import Source
from observatory.model.figure import LoadTimeSource, MenuFigures, ServiceFigures, Window
from observatory.model.incident import MinuteClass
from observatory.model.left_out import LeftOutCounts
from observatory.model.minute import Counter
from observatory.model.target import SCHEME, TARGETS, TargetFigure, TargetResult

LOAD_TIME_SOURCES: tuple[LoadTimeSource, ...] = ("browser", "probe", "server")


Accounts = Mapping[int, Account]
"""By menu index; 0 is the service as a whole."""
Loads = Mapping[LoadKey, Load]


@dataclass(frozen=True, slots=True)
class Stamp:
    """As of when figures hold."""

    as_of: datetime
    revision: int
    observed_from: datetime | None
    """When the service was registered or first heard of; None: it never was."""
    judged_to: datetime
    """Up to where minutes have their verdict."""


class _OfMinutes(TypedDict):
    """The part of `ServiceFigures` that is made of minutes."""

    availability_percent: float | None
    availability_worst_percent: float | None
    availability_any_percent: float | None
    downtime_minutes: int | None
    isolated_minutes: int | None
    partial_minutes: int | None
    partial_share_minutes: float | None
    blip_minutes: int | None
    measured_minutes: int
    unknown_minutes: int
    unobserved_minutes: int
    maintenance_minutes: int
    closed_minutes: int
    coverage: float | None


class _OfIncidents(TypedDict):
    """The part that is made of incidents."""

    failures: int | None
    failures_scaled: float | None
    mttr_minutes: float | None
    mttd_minutes: float | None
    mtbf_minutes: float | None


class _OfRequests(TypedDict):
    """The part that is made of requests, of the one server source."""

    requests: int
    failed_requests: int
    failed_requests_permille: float | None
    request_success_percent: float | None
    throttled_requests: int
    excluded_requests: int
    client_error_requests: int


def service_figures(
    rules: Rules,
    window: Window,
    accounts: Accounts,
    load_times: Loads,
    left_out: LeftOutCounts | None,
    percentile: Percentile,
    stamp: Stamp,
) -> ServiceFigures:
    """Return the figures of a service: `load_times` are of authoritative sources only; its target is that of the window's end."""
    whole, method = accounts[OTHER_MENU_INDEX], rules.method
    last_day = day_of(minute_of(window.end) - 1, rules.zone)
    registered = _by_source({key: load for key, load in load_times.items() if key[0] != OTHER_MENU_INDEX})
    of_no_menu = _by_source(_of_menu(load_times, OTHER_MENU_INDEX))["server"]
    source: LoadTimeSource = "server" if rules.has_server or registered["server"].of(Counter.COUNT) else "probe"
    return ServiceFigures(
        service_id=rules.service.id,
        window=window,
        method=method.version,
        as_of=stamp.as_of,
        revision=stamp.revision,
        observed_from=stamp.observed_from,
        judged_to=min(stamp.judged_to, window.end),
        final=stamp.judged_to >= window.end and stamp.as_of >= window.end + timedelta(hours=method.final_hours),
        target=target_of(rules.grades.on(last_day), whole, rules.grades.since(last_day)),
        load_time=load_time(registered, source, percentile, method),
        unmatched_requests=of_no_menu.of(Counter.COUNT),
        clamped_requests=registered["server"].of(Counter.CLAMPED) + of_no_menu.of(Counter.CLAMPED),
        rejected_records=left_out["rejected"] if left_out is not None else None,
        quarantined_records=left_out["quarantined"] if left_out is not None else None,
        late_records=left_out["late"] if left_out is not None else None,
        menus=tuple(
            _menu_figures(menu.id, accounts[menu.index], _by_source(_of_menu(load_times, menu.index)), source, method, percentile)
            for menu in rules.service.menus
        ),
        **_of_minutes(whole),
        **_of_incidents(whole),
        **_of_requests(registered["server"]),
    )


def _of_minutes(whole: Account) -> _OfMinutes:
    lost, partial = whole.lost or 0, whole.of(MinuteClass.PARTIAL)
    return _OfMinutes(
        availability_percent=whole.availability_percent(lost),
        availability_worst_percent=whole.availability_worst_percent(lost),
        availability_any_percent=whole.availability_percent(lost + partial),
        downtime_minutes=whole.lost,
        isolated_minutes=whole.known(MinuteClass.ISOLATED),
        partial_minutes=whole.known(MinuteClass.PARTIAL),
        partial_share_minutes=-(-whole.partial_share // 1000) / 1000 if whole.measured else None,
        blip_minutes=whole.known(MinuteClass.BLIP),
        measured_minutes=whole.measured,
        unknown_minutes=whole.of(MinuteClass.UNKNOWN),
        unobserved_minutes=whole.unobserved,
        maintenance_minutes=whole.of(MinuteClass.MAINTENANCE),
        closed_minutes=whole.of(MinuteClass.CLOSED),
        coverage=whole.coverage,
    )


def target_of(grade: int, whole: Account, valid_from: date | None = None) -> TargetFigure | None:
    """Return how a service of a grade, which it has from a day on, did; None where nothing is asked of it."""
    target = TARGETS.get(grade)
    if target is None:
        return None
    worked = 10_000 * (whole.measured - (whole.lost or 0))
    result: TargetResult = "undecided"
    if whole.measured and worked >= target.availability_permyriad * (whole.measured + whole.of(MinuteClass.UNKNOWN)):
        result = "met"
    elif whole.measured and worked < target.availability_permyriad * whole.measured:
        result = "missed"
    exceeded = sum(minutes > target.repair_minutes for minutes in whole.repair_minutes)
    return TargetFigure(SCHEME, grade, target.availability_permyriad / 100, result, target.repair_minutes, exceeded, valid_from)


def _of_incidents(whole: Account) -> _OfIncidents:
    working = whole.measured - whole.of(MinuteClass.DOWN) - whole.of(MinuteClass.PARTIAL)
    return _OfIncidents(
        failures=whole.failures_known,
        failures_scaled=whole.failures_scaled,
        mttr_minutes=floor_ratio(sum(whole.repair_minutes), len(whole.repair_minutes), 1000),
        mttd_minutes=floor_ratio(sum(whole.detection_s), 60 * len(whole.detection_s), 1000),
        mtbf_minutes=floor_ratio(working, whole.failures_known or 0, 1000),
    )


def _of_requests(server: Load) -> _OfRequests:
    count, bad = server.of(Counter.COUNT), server.of(Counter.BAD)
    return _OfRequests(
        requests=count,
        failed_requests=bad,
        failed_requests_permille=_failed_permille(server),
        request_success_percent=floor_ratio(100 * (count - bad), count, 1000),
        throttled_requests=server.of(Counter.THROTTLED),
        excluded_requests=server.of(Counter.EXCLUDED),
        client_error_requests=server.of(Counter.CLIENT_ERROR),
    )


def _menu_figures(
    menu_id: str, account: Account, by_source: Mapping[LoadTimeSource, Load], source: LoadTimeSource, method: Method, percentile: Percentile
) -> MenuFigures:
    server = by_source["server"]
    return MenuFigures(
        menu_id=menu_id,
        load_time=load_time(by_source, source, percentile, method),
        requests=server.of(Counter.COUNT),
        failed_requests=server.of(Counter.BAD),
        failed_requests_permille=_failed_permille(server),
        client_error_requests=server.of(Counter.CLIENT_ERROR),
        failures=account.failures_known,
        downtime_minutes=account.lost,
        isolated_minutes=account.known(MinuteClass.ISOLATED),
        partial_minutes=account.known(MinuteClass.PARTIAL),
        coverage=account.coverage,
    )


def _by_source(load_times: Mapping[LoadKey, Load]) -> dict[LoadTimeSource, Load]:
    """Return load times pooled by kind of source; kinds are never added together."""
    kinds: dict[LoadTimeSource, list[Load]] = {source: [] for source in LOAD_TIME_SOURCES}
    for (_, source), load in load_times.items():
        kinds[kind_of(source)].append(load)
    return {source: add_up(pooled) if pooled else NOTHING for source, pooled in kinds.items()}


def kind_of(source: int) -> LoadTimeSource:
    """Return what a source is called in print; figures are not made of agencies' own checks."""
    assert source < Source.AGENCY_PROBE
    if source >= Source.PROBE:
        return "probe"
    return "browser" if source == Source.BROWSER else "server"


def _of_menu(load_times: Mapping[LoadKey, Load], menu_index: int) -> dict[LoadKey, Load]:
    return {key: load for key, load in load_times.items() if key[0] == menu_index}


def _failed_permille(load: Load) -> float | None:
    """Return the failed share per thousand to one decimal, cut up: a failure is never rounded away."""
    count = load.of(Counter.COUNT)
    return -(-load.of(Counter.BAD) * 10_000 // count) / 10 if count else None
