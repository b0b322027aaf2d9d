"""What waits for the judge, and the time that passed in silence, in; verdicts, incidents and sums out.

Nothing is lost when the process is killed: what came in goes on waiting until it is judged. What is remembered here
only says which services were looked at in this minute; the first look after a start also makes up for days that ended
while nobody was there to sum them.
"""

from datetime import date, datetime, timedelta
from pathlib import Path

from observatory.judge.days import day_of, minute_of, moment_of
from observatory.judge.method import EVIDENCE_LOST_MINUTES, PROVISIONAL_MINUTES, VOTE_HOLD_MINUTES_MAX
from observatory.telemetry_flow import judge_all, judge_service, sum_days
from observatory.web.context import Parts

SERVICES_PER_STEP_MAX = 200
"""How many services with new telemetry one step judges before it looks anew."""
LIVE_MINUTES = 2 * (VOTE_HOLD_MINUTES_MAX + EVIDENCE_LOST_MINUTES)
"""How long after its last record a service is still judged every minute; by then its votes and open incidents have ended."""

_looked_at: dict[tuple[Path, int], int] = {}
"""The minute in which a service (of a data folder) was last looked at by this process."""


def step(parts: Parts) -> bool:
    """Judge what changed, and every minute every service that was heard of lately; True while more waits."""
    now = parts.now()
    left = judge_all(parts, now, SERVICES_PER_STEP_MAX)
    newest: dict[int, int] = {}
    for (index, _), heard in parts.telemetry.last_minutes().items():
        newest[index] = max(heard, newest.get(index, heard))
    minute = minute_of(now)
    for service in parts.register.catalogue().services:
        key = (parts.settings.data, service.index)
        if service.index not in newest or _looked_at.get(key) == minute:
            continue
        if newest[service.index] > minute - LIVE_MINUTES:
            judge_service(service, None, parts, now)
        first_day = _first_day_to_sum(_looked_at.get(key), now, parts)
        if first_day is not None:
            sum_days(service, first_day, parts, now)
        _looked_at[key] = minute
    return left > 0


def _first_day_to_sum(last_look: int | None, now: datetime, parts: Parts) -> date | None:
    """Return from which day on sums may be missing; None if no day has ended since the last look."""
    zone = parts.register.catalogue().site.zone
    final = minute_of(now) - PROVISIONAL_MINUTES
    if last_look is None:
        return day_of(minute_of(now), zone) - timedelta(days=parts.settings.minutes_kept_days + 1)
    ended = day_of(last_look - PROVISIONAL_MINUTES, zone)
    return ended if ended < moment_of(final).astimezone(zone).date() else None
