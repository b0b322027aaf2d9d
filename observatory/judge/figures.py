"""Make published figures of minutes by class, incidents and summed load times (method section 7).

Integers until the last step, and then rounded down, never up: nothing is published as better than it was.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from observatory.judge.days import Span, minute_of
from observatory.judge.load_times import NOTHING, Load, LoadKey, add_up
from observatory.judge.method import Method
from observatory.model.catalogue import OTHER_MENU_INDEX, Service
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
    """What happened to a service or menu in the part of a window in which it was observed."""

    minutes: NDArray[np.int64]
    """How many of each `MinuteClass` since the service is observed, until now."""
    window_minutes: int
    """Of the whole window, observed or not."""
    failures: int
    repair_minutes: tuple[int, ...]
    """How long each incident lasted that ended in the window."""
    detection_s: tuple[int, ...]
    """How long each failure of the window went unseen."""
    method: Method

    def of(self, minute_class: MinuteClass) -> int:
        """Return the minutes of a class."""
        return int(self.minutes[minute_class])

    @property
    def measured(self) -> int:
        """M: minutes of which we know how they were."""
        return int(self.minutes.sum()) - sum(self.of(minute_class) for minute_class in UNMEASURED)

    @property
    def coverage(self) -> float | None:
        """C = M / (window - maintenance - closed), cut to four places.

        The part of the window before the service was observed, and that after now, is left out of both.
        """
        due = self.measured + self.of(MinuteClass.UNKNOWN)
        return floor_ratio(self.measured, due, 10_000)

    @property
    def failures_known(self) -> int | None:
        """F, None where it was measured too short to say."""
        return self.failures if self.measured >= self.method.failures_measured_minutes_min else None

    @property
    def failures_scaled(self) -> float | None:
        """F for thirty days of measuring, where less than nine tenths of the window were measured."""
        known = self.failures_known
        if known is None or self.measured * 1000 >= self.method.failures_scaled_below_permille * self.window_minutes:
            return None
        return floor_ratio(known * self.method.failures_scaled_minutes, self.measured, 1000)

    def availability_percent(self, lost_minutes: int) -> float | None:
        """Return A = 100 (M - lost) / M to three places, None (never 100) if nothing was measured."""
        return floor_ratio(100 * (self.measured - lost_minutes), self.measured, 1000)


Accounts = Mapping[int, Account]
"""By menu index; 0 is the service as a whole."""
Loads = Mapping[LoadKey, Load]


def open_account(classes: NDArray[np.int64], window: Span, incidents: Iterable[tuple[Incident, int | None]], method: Method) -> Account:
    """Return the account of a window from its minutes by class and its incidents, each with the minute from which it is charged.

    `classes` counts the minutes in which the service was observed. An incident that is never charged is no failure.
    """
    charged = [(incident, first) for incident, first in incidents if first is not None]
    failures = [incident for incident, first in charged if window.first <= first < window.end]
    ended = [incident for incident, _ in charged if incident.ended_at and window.first <= minute_of(incident.ended_at) < window.end]
    return Account(
        minutes=classes,
        window_minutes=len(window),
        failures=len(failures),
        repair_minutes=tuple(minute_of(incident.ended_at or incident.started_at) - minute_of(incident.started_at) for incident in ended),
        detection_s=tuple(int((incident.detected_at - incident.started_at).total_seconds()) for incident in failures),
        method=method,
    )


def service_figures(
    service: Service, window: Window, accounts: Accounts, load_times: Loads, percentile: Percentile, stamp: tuple[datetime, int]
) -> ServiceFigures:
    """Return the figures of a service: `load_times` are of authoritative sources only.

    `stamp` is as of when they hold, and the revision.
    """
    whole = accounts[OTHER_MENU_INDEX]
    registered = {key: load for key, load in load_times.items() if key[0] != OTHER_MENU_INDEX}
    server = _by_source(registered)["server"]
    down, partial = whole.of(MinuteClass.DOWN), whole.of(MinuteClass.PARTIAL)
    return ServiceFigures(
        service_id=service.id,
        window=window,
        method=whole.method.version,
        as_of=stamp[0],
        revision=stamp[1],
        availability_percent=whole.availability_percent(down),
        availability_any_percent=whole.availability_percent(down + partial),
        downtime_minutes=down,
        partial_minutes=partial,
        failures=whole.failures_known,
        failures_scaled=whole.failures_scaled,
        requests=server.of(Counter.COUNT),
        failed_requests=server.of(Counter.BAD),
        failed_requests_permille=_failed_permille(server),
        throttled_requests=server.of(Counter.THROTTLED),
        measured_minutes=whole.measured,
        unknown_minutes=whole.of(MinuteClass.UNKNOWN),
        maintenance_minutes=whole.of(MinuteClass.MAINTENANCE),
        closed_minutes=whole.of(MinuteClass.CLOSED),
        coverage=whole.coverage,
        mttr_minutes=floor_ratio(sum(whole.repair_minutes), len(whole.repair_minutes), 1000),
        mttd_minutes=floor_ratio(sum(whole.detection_s), 60 * len(whole.detection_s), 1000),
        mtbf_minutes=floor_ratio(whole.measured - down - partial, whole.failures_known or 0, 1000),
        load_time=load_time(_by_source(registered), percentile, whole.method),
        menus=tuple(
            _menu_figures(menu.id, accounts[menu.index], _by_source(_of_menu(load_times, menu.index)), percentile) for menu in service.menus
        ),
    )


def load_time(by_source: Mapping[LoadTimeSource, Load], percentile: Percentile, method: Method) -> LoadTime:
    """Return the load time from the one source it is told by, without numbers below 30 answered requests."""
    source = _choose(by_source, method.load_time_source_count_min)
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


def _menu_figures(menu_id: str, account: Account, by_source: Mapping[LoadTimeSource, Load], percentile: Percentile) -> MenuFigures:
    server = by_source["server"]
    return MenuFigures(
        menu_id=menu_id,
        load_time=load_time(by_source, percentile, account.method),
        requests=server.of(Counter.COUNT),
        failed_requests=server.of(Counter.BAD),
        failed_requests_permille=_failed_permille(server),
        failures=account.failures_known,
        downtime_minutes=account.of(MinuteClass.DOWN),
        partial_minutes=account.of(MinuteClass.PARTIAL),
        coverage=account.coverage,
    )


def _choose(by_source: Mapping[LoadTimeSource, Load], count_min: int) -> LoadTimeSource:
    n = {source: by_source[source].of(Counter.TIMED) for source in LOAD_TIME_SOURCES}
    for source in ("browser", "probe"):
        if n[source] >= count_min:
            return source
    # Without any time from the server, a small sample of another source says more than nothing.
    return "server" if n["server"] or not any(n.values()) else max(LOAD_TIME_SOURCES, key=lambda source: n[source])


def _by_source(load_times: Mapping[LoadKey, Load]) -> dict[LoadTimeSource, Load]:
    """Return load times pooled by kind of source; kinds are never added together."""
    kinds: dict[LoadTimeSource, list[Load]] = {source: [] for source in LOAD_TIME_SOURCES}
    for (_, source), load in load_times.items():
        kinds[kind_of(source)].append(load)
    return {source: add_up(pooled) if pooled else NOTHING for source, pooled in kinds.items()}


def kind_of(source: int) -> LoadTimeSource:
    """Return what a source is called in print."""
    if source >= Source.PROBE:
        return "probe"
    return "browser" if source == Source.BROWSER else "server"


def _of_menu(load_times: Mapping[LoadKey, Load], menu_index: int) -> dict[LoadKey, Load]:
    return {key: load for key, load in load_times.items() if key[0] == menu_index}


def _failed_permille(load: Load) -> int | None:
    count = load.of(Counter.COUNT)
    return load.of(Counter.BAD) * 1000 // count if count else None
