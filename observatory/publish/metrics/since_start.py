"""Count minutes by class and failures that ended since the first scrape, in counters that only grow.

Kept minutes are no counter: retention deletes them, late data change them. So a minute is counted once, when it is
final, and never again; a restarted process begins at 0, which is what Prometheus expects of a counter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import get_args
from zoneinfo import ZoneInfo

import numpy as np

from observatory.judge.days import day_of, minute_of
from observatory.judge.method import IN_FORCE
from observatory.model.incident import MinuteClass, Severity
from observatory.readmodel.summary import ServiceSummary
from observatory.store.telemetry import TelemetryReader

ENDED: tuple[Severity, ...] = get_args(Severity)
MINUTE_CLASS_NAMES = tuple(minute_class.name.lower() for minute_class in MinuteClass)


@dataclass(slots=True)
class ServiceCounts:
    """What happened to one service."""

    minutes: list[int] = field(default_factory=lambda: [0] * len(MinuteClass))
    """By `MinuteClass`."""
    ended: dict[Severity, int] = field(default_factory=lambda: dict.fromkeys(ENDED, 0))


@dataclass(slots=True)
class _Seen:
    counts: ServiceCounts
    next_minute: int
    ended_ids: set[str]


class SinceStart:
    """Counts from its first look on. Any number of threads."""

    def __init__(self, telemetry: TelemetryReader) -> None:
        self._telemetry = telemetry
        self._seen: dict[str, _Seen] = {}
        self._lock = Lock()

    def look(self, services: Sequence[ServiceSummary], now: datetime, zone: ZoneInfo) -> dict[str, ServiceCounts]:
        """Count what became final since the last look; return the counts of every service by id."""
        final_end = minute_of(now) - IN_FORCE.provisional_minutes
        with self._lock:
            waiting = {entry.service: entry.first_minute for entry in self._telemetry.unjudged()}
            for known in services:
                ended = {
                    incident.id: incident for incident in known.incidents if incident.menu_id is None and incident.ended_at is not None
                }
                seen = self._seen.setdefault(known.service.id, _Seen(ServiceCounts(), final_end, set(ended)))
                for incident_id in ended.keys() - seen.ended_ids:
                    seen.counts.ended[ended[incident_id].severity] += ended[incident_id].detected_at is not None  # History is imported.
                seen.ended_ids = set(ended)
                self._count_minutes(seen, known.service.index, min(final_end, waiting.get(known.service.index, final_end)), zone)
            return {known.service.id: self._seen[known.service.id].counts for known in services}

    def _count_minutes(self, seen: _Seen, service: int, end_minute: int, zone: ZoneInfo) -> None:
        if end_minute <= seen.next_minute:
            return
        first_day, last_day = day_of(seen.next_minute, zone), day_of(end_minute - 1, zone)
        counted = 0
        for strip in self._telemetry.strips(service, first_day, last_day + timedelta(days=1)):
            if strip.menu == 0:
                begin, end = max(seen.next_minute - strip.first_minute, 0), max(end_minute - strip.first_minute, 0)
                found = np.bincount(strip.minute_class[begin:end], minlength=len(MinuteClass))
                seen.counts.minutes = [old + int(new) for old, new in zip(seen.counts.minutes, found, strict=True)]
                counted += int(found.sum())
        seen.counts.minutes[MinuteClass.UNKNOWN] += end_minute - seen.next_minute - counted
        seen.next_minute = end_minute
