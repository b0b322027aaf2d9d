"""What waits for the judge, and the time that passed in silence, in; verdicts, incidents and sums out.

Nothing is lost when the process is killed: what came in goes on waiting until it is judged. What is remembered here
only says when this process last looked at a service; its first look also makes up for days that ended while nobody
was there to sum them.
"""

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from observatory.judge.days import day_of, minute_of
from observatory.judge.method import EVIDENCE_LOST_MINUTES, PROVISIONAL_MINUTES, VOTE_HOLD_MINUTES_MAX
from observatory.model.catalogue import Service
from observatory.store.interface import Unjudged
from observatory.telemetry_flow import judge_service, sum_days
from observatory.web.context import Parts

SERVICES_PER_STEP_MAX = 200
"""How many services with a backlog one step judges before it looks anew."""
LIVE_MINUTES = 2 * (VOTE_HOLD_MINUTES_MAX + EVIDENCE_LOST_MINUTES)
"""How long after its last record a service is still judged every minute; by then its votes and open incidents have ended."""
FRESH_MINUTES = 2
"""What waits is a backlog, and judged at once, unless it is of the last minutes only: then more of the same is on its way."""
AGAIN_AFTER_SECONDS = 10.0
"""How long fresh minutes may wait, so that judging does not take the committer's time from what comes in."""
SERVICES_AT_THAT_PACE = 25
"""With more live services fresh minutes wait longer in proportion, at most until the minute is over."""


@dataclass(frozen=True, slots=True)
class _Look:
    minute: int
    at_seconds: float
    """On the monotonic clock."""


_looks: dict[tuple[Path, int], _Look] = {}
"""When this process last judged a service, by data folder and index."""


def step(parts: Parts) -> bool:
    """Judge what changed, and every minute every service that was heard of lately; True while more of a backlog waits."""
    now = parts.now()
    services = {service.index: service for service in parts.register.catalogue().services}
    waiting = {seen.service: seen for seen in parts.telemetry.unjudged() if seen.service in services}
    fresh_from = minute_of(now) - FRESH_MINUTES + 1
    backlog = [seen for seen in waiting.values() if seen.first_minute < fresh_from]
    for seen in backlog[:SERVICES_PER_STEP_MAX]:
        judge_service(services[seen.service], seen, parts, now)
    fresh = {index: seen for index, seen in waiting.items() if seen.first_minute >= fresh_from}
    _look_at_all(services, fresh, parts, now)
    return len(backlog) > SERVICES_PER_STEP_MAX


def _look_at_all(services: dict[int, Service], fresh: dict[int, Unjudged], parts: Parts, now: datetime) -> None:
    """Judge the live services that are due, and sum what days have left behind."""
    minute, newest = minute_of(now), dict[int, int]()
    for (index, _), heard in parts.telemetry.last_minutes().items():
        newest[index] = max(heard, newest.get(index, heard))
    live = {index for index, heard in newest.items() if heard > minute - LIVE_MINUTES}
    pace_seconds = AGAIN_AFTER_SECONDS * max(1.0, len(live) / SERVICES_AT_THAT_PACE)
    for index in sorted(newest.keys() & services.keys()):
        key = (parts.settings.data, index)
        last = _looks.get(key)
        if last and last.minute == minute and (index not in fresh or time.monotonic() - last.at_seconds < pace_seconds):
            continue
        if index in live:
            judge_service(services[index], fresh.get(index), parts, now)
        first_day = _first_day_to_sum(last, now, parts)
        if first_day is not None:
            sum_days(services[index], first_day, parts, now)
        _looks[key] = _Look(minute, time.monotonic())


def _first_day_to_sum(last: _Look | None, now: datetime, parts: Parts) -> date | None:
    """Return from which day on sums may be missing; None if no day has ended since the last look."""
    zone = parts.register.catalogue().site.zone
    if last is None:
        return day_of(minute_of(now), zone) - timedelta(days=parts.settings.minutes_kept_days + 1)
    ended = day_of(last.minute - PROVISIONAL_MINUTES - 1, zone)
    return ended if ended < day_of(minute_of(now) - PROVISIONAL_MINUTES - 1, zone) else None
