"""Count minutes by class and failures that ended, in counters that only grow.

Kept minutes are no counter: retention deletes them, late data change them. So a minute is counted once, when it is final, and never
again; what was counted is kept with the service's other documents, and counted on from there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import numpy as np

from observatory.judge.days import day_of
from observatory.model.catalogue import OTHER_MENU_INDEX, Service
from observatory.model.incident import Incident, MinuteClass, Severity
from observatory.store.telemetry import TelemetryReader

ENDED: tuple[Severity, ...] = get_args(Severity)
MINUTE_CLASS_NAMES = tuple(minute_class.name.lower() for minute_class in MinuteClass)


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of one service."""

    minutes: tuple[int, ...]
    """By `MinuteClass`."""
    ended: Mapping[Severity, int]
    next_minute: int
    """The first that is not counted yet."""
    ended_ids: frozenset[str]
    """Failures of the last 90 days that were counted, or were over before counting began."""


NOTHING_COUNTED = Counted((0,) * len(MinuteClass), dict.fromkeys(ENDED, 0), 0, frozenset())


def begin(incidents: Iterable[Incident], final_end: int) -> Counted:
    """Return that nothing was counted, of what comes from now on."""
    return Counted(NOTHING_COUNTED.minutes, NOTHING_COUNTED.ended, final_end, frozenset(_ended(incidents)))


def count_on(
    before: Counted, service: Service, incidents: Iterable[Incident], telemetry: TelemetryReader, end_minute: int, zone: ZoneInfo
) -> Counted:
    """Count the minutes up to `end_minute`, which are final, and which of a service's incidents ended."""
    ended = _ended(incidents)
    counts = dict(before.ended)
    for incident_id in ended.keys() - before.ended_ids:
        counts[ended[incident_id].severity] += ended[incident_id].detected_at is not None  # History is imported.
    end_minute = max(end_minute, before.next_minute)
    found = _minutes(service.index, before.next_minute, end_minute, telemetry, zone)
    minutes = tuple(old + new for old, new in zip(before.minutes, found, strict=True))
    return Counted(minutes, counts, end_minute, frozenset(ended))


def _ended(incidents: Iterable[Incident]) -> dict[str, Incident]:
    return {each.id: each for each in incidents if each.menu_id is None and each.ended_at is not None}


def _minutes(service: int, first: int, end: int, telemetry: TelemetryReader, zone: ZoneInfo) -> list[int]:
    """Return how many minutes of [first, end) are of each class."""
    found = np.zeros(len(MinuteClass), np.int64)
    if first < end:
        strips = telemetry.strips(service, day_of(first, zone), day_of(end - 1, zone) + timedelta(days=1))
        for strip in (each for each in strips if each.menu == OTHER_MENU_INDEX):
            here = strip.minute_class[max(first - strip.first_minute, 0) : max(end - strip.first_minute, 0)]
            found += np.bincount(here, minlength=len(MinuteClass))
        found[MinuteClass.UNKNOWN] += end - first - int(found.sum())
    return [int(minutes) for minutes in found]
