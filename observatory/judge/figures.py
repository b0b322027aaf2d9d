"""Make published figures of minutes by class, incidents and summed load times (method section 7).

Integers until the last step, and then what flatters is cut down and what hurts cut up: nothing is published as better than it was.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from observatory.judge.days import Span, minute_of
from observatory.judge.load_times import NOTHING, Load, LoadKey, add_up
from observatory.judge.method import Method
from observatory.judge.verdicts import Rules
from observatory.model.catalogue import OTHER_MENU_INDEX
from observatory.model.columns import Source
from observatory.model.figure import LoadTime, LoadTimeSource, MenuFigures, ServiceFigures, Window
from observatory.model.incident import Incident, MinuteClass
from observatory.model.minute import Counter

Percentile = Callable[[NDArray[np.int16], NDArray[np.int64], float], float | None]
"""Buckets, their counts and a fraction in, milliseconds out."""

UNMEASURED = (MinuteClass.UNKNOWN, MinuteClass.CLOSED, MinuteClass.MAINTENANCE)
LOAD_TIME_SOURCES: tuple[LoadTimeSource, ...] = ("browser", "probe", "server")


@dataclass(frozen=True, slots=True)
class Account:
    """What happened to a service or menu in the part of a window that is over."""

    minutes: NDArray[np.int64]
    """How many of each `MinuteClass`; of closed ones also those before the service was observed."""
    unobserved: int
    """X: minutes in which it should have been open, before it was observed."""
    failures: int
    repair_minutes: tuple[int, ...]
    """How long each incident could be charged whose last minute lies in the window; of those whose evidence was lost nobody knows."""
    detection_s: tuple[int, ...]
    """How long each failure of the window went unseen that was seen while it lasted."""
    partial_share: int
    """Partial minutes by the share that failed, in millionths of a minute."""
    method: Method

    def of(self, minute_class: MinuteClass) -> int:
        """Return the minutes of a class."""
        return int(self.minutes[minute_class])

    @property
    def measured(self) -> int:
        """M: minutes of which we know how they were."""
        return int(self.minutes.sum()) - sum(self.of(minute_class) for minute_class in UNMEASURED)

    @property
    def open(self) -> int:
        """Minutes in which the service should have worked: measured, unknown and unobserved ones."""
        return self.measured + self.of(MinuteClass.UNKNOWN) + self.unobserved

    @property
    def lost(self) -> int | None:
        """D + I: minutes it was down, in an incident or by themselves; None if nothing was measured."""
        return self.of(MinuteClass.DOWN) + self.of(MinuteClass.ISOLATED) if self.measured else None

    @property
    def coverage(self) -> float | None:
        """C = M / open, cut to four places."""
        return floor_ratio(self.measured, self.open, 10_000)

    @property
    def failures_known(self) -> int | None:
        """F, None if nothing was measured."""
        return self.failures if self.measured else None

    @property
    def failures_scaled(self) -> float | None:
        """F for thirty open days, None where much less than a week was measured."""
        if self.measured * 1000 < self.method.failures_scaled_permille_min * self.method.failures_measured_minutes_min:
            return None
        return floor_ratio(self.failures * self.method.failures_scaled_minutes, self.open, 1000)

    def availability_percent(self, lost_minutes: int) -> float | None:
        """Return 100 (M - lost) / M to three places, None (never 100) if nothing was measured: what nobody saw was like the rest."""
        return floor_ratio(100 * (self.measured - lost_minutes), self.measured, 1000)

    def availability_worst_percent(self, lost_minutes: int) -> float | None:
        """Return 100 (M - lost) / (M + U) to three places, None if nothing was measured: what nobody saw was down."""
        whole = self.measured + self.of(MinuteClass.UNKNOWN)
        return floor_ratio(100 * (self.measured - lost_minutes), whole, 1000) if self.measured else None


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


def open_account(
    classes: NDArray[np.int64], before: NDArray[np.int64], window: Span, incidents: Iterable[tuple[Incident, int | None]], method: Method
) -> Account:
    """Return the account of a window from its minutes by class and its incidents, each with the minute from which it is charged.

    `classes` counts the minutes in which the service was observed, `before` those before. An incident that is never charged is no
    failure.
    """
    charged = [(incident, first) for incident, first in incidents if first is not None]
    failures = [incident for incident, first in charged if window.first <= first < window.end]
    ended = [incident for incident, _ in charged if incident.ended_at and window.first < minute_of(incident.ended_at) <= window.end]
    classes = classes.copy()
    classes[MinuteClass.CLOSED] += before[MinuteClass.CLOSED]
    return Account(
        minutes=classes,
        unobserved=int(before[MinuteClass.UNKNOWN]),
        failures=len(failures),
        repair_minutes=tuple(incident.measured_minutes for incident in ended if incident.end_reason != "evidence_lost"),
        detection_s=tuple(int((seen - incident.started_at).total_seconds()) for incident in failures if (seen := incident.detected_at)),
        partial_share=0,
        method=method,
    )


def service_figures(
    rules: Rules, window: Window, accounts: Accounts, load_times: Loads, percentile: Percentile, stamp: Stamp
) -> ServiceFigures:
    """Return the figures of a service: `load_times` are of authoritative sources only."""
    whole = accounts[OTHER_MENU_INDEX]
    registered = {key: load for key, load in load_times.items() if key[0] != OTHER_MENU_INDEX}
    server = _by_source(registered)["server"]
    source: LoadTimeSource = "server" if rules.has_server or server.of(Counter.COUNT) else "probe"
    lost, partial = whole.lost or 0, whole.of(MinuteClass.PARTIAL)
    return ServiceFigures(
        service_id=rules.service.id,
        window=window,
        method=rules.method.version,
        as_of=stamp.as_of,
        revision=stamp.revision,
        observed_from=stamp.observed_from,
        judged_to=min(stamp.judged_to, window.end),
        final=stamp.judged_to >= window.end and stamp.as_of >= window.end + timedelta(hours=rules.method.final_hours),
        availability_percent=whole.availability_percent(lost),
        availability_worst_percent=whole.availability_worst_percent(lost),
        availability_any_percent=whole.availability_percent(lost + partial),
        downtime_minutes=whole.lost,
        isolated_minutes=whole.of(MinuteClass.ISOLATED),
        partial_minutes=partial,
        partial_share_minutes=-(-whole.partial_share // 1000) / 1000,
        blip_minutes=whole.of(MinuteClass.BLIP),
        failures=whole.failures_known,
        failures_scaled=whole.failures_scaled,
        requests=server.of(Counter.COUNT),
        failed_requests=server.of(Counter.BAD),
        failed_requests_permille=_failed_permille(server),
        request_success_percent=floor_ratio(100 * (server.of(Counter.COUNT) - server.of(Counter.BAD)), server.of(Counter.COUNT), 1000),
        throttled_requests=server.of(Counter.THROTTLED),
        excluded_requests=server.of(Counter.EXCLUDED),
        measured_minutes=whole.measured,
        unknown_minutes=whole.of(MinuteClass.UNKNOWN),
        unobserved_minutes=whole.unobserved,
        maintenance_minutes=whole.of(MinuteClass.MAINTENANCE),
        closed_minutes=whole.of(MinuteClass.CLOSED),
        coverage=whole.coverage,
        mttr_minutes=floor_ratio(sum(whole.repair_minutes), len(whole.repair_minutes), 1000),
        mttd_minutes=floor_ratio(sum(whole.detection_s), 60 * len(whole.detection_s), 1000),
        mtbf_minutes=floor_ratio(whole.measured - whole.of(MinuteClass.DOWN) - partial, whole.failures_known or 0, 1000),
        load_time=load_time(_by_source(registered), source, percentile, rules.method),
        menus=tuple(
            _menu_figures(menu.id, accounts[menu.index], _by_source(_of_menu(load_times, menu.index)), source, rules.method, percentile)
            for menu in rules.service.menus
        ),
    )


def load_time(by_source: Mapping[LoadTimeSource, Load], source: LoadTimeSource, percentile: Percentile, method: Method) -> LoadTime:
    """Return the load time from the one source it is told by, without numbers below 30 answered requests."""
    load = by_source[source]
    n = load.of(Counter.TIMED)
    enough = n >= method.load_time_count_min
    return LoadTime(
        source=source,
        mean_ms=load.of(Counter.DURATION_US) // n / 1000 if enough else None,
        p75_ms=_cut_ms(percentile(load.bucket, load.bucket_count, 0.75)) if enough else None,
        p95_ms=_cut_ms(percentile(load.bucket, load.bucket_count, 0.95)) if enough else None,
        n=n,
        capped=load.of(Counter.CAPPED),
        abandoned=load.of(Counter.ABANDONED),
    )


def _cut_ms(value: float | None) -> float | None:
    """Return milliseconds cut to whole microseconds, as the mean is."""
    return None if value is None else math.floor(value * 1000) / 1000


def floor_ratio(part: int, whole: int, places: int) -> float | None:
    """Return part / whole, cut (not rounded) to 1 / places; None if there is no whole."""
    return part * places // whole / places if whole else None


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
        failures=account.failures_known,
        downtime_minutes=account.lost,
        partial_minutes=account.of(MinuteClass.PARTIAL),
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
