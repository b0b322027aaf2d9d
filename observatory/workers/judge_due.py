"""Judge what waits, and the time that passed in silence.

Nothing is lost when the process is killed: what came in goes on waiting until it is judged. What is remembered here
only says when this process last looked at a service; its first look also makes up for days that ended while nobody
was there to sum them.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from observatory.flows.judging import judge_service, sum_days
from observatory.flows.judging_again import judge_since, take_up_method, take_up_requests
from observatory.judge.days import day_of, minute_of
from observatory.judge.judging import TICK_MINUTES
from observatory.judge.method import IN_FORCE
from observatory.model.catalogue import Service
from observatory.parts import Parts

LIVE_MINUTES = 2 * (IN_FORCE.vote_hold_minutes_max + IN_FORCE.evidence_lost_minutes)
"""How long after its last record a service is still judged every minute; by then its votes and open incidents have ended."""
AGAIN_AFTER_SECONDS = 10.0
"""How long what came in waits after its service was judged: more of the same is on its way, and judging takes time from the intake."""
SERVICES_AT_THAT_PACE = 25
"""With more live services it waits longer in proportion, at most until the minute is over."""


@dataclass(frozen=True, slots=True)
class _Look:
    minute: int
    at_seconds: float
    """On the monotonic clock."""


class JudgeDue:
    """A step that remembers when it last looked at each service."""

    def __init__(self) -> None:
        self._looks: dict[int, _Look] = {}
        """By the index of the service."""
        self._at: int | None = None
        """In which minute it last looked at all of them."""

    def __call__(self, parts: Parts) -> bool:
        """Judge the services that are due, and sum what days have left behind; always False, as nothing more waits then."""
        now = parts.now()
        take_up_method(parts, now)
        take_up_requests(parts)
        minute, newest = minute_of(now), dict[int, int]()
        for (index, _), heard in parts.telemetry.last_minutes().items():
            newest[index] = max(heard, newest.get(index, heard))
        services = {service.index: service for service in parts.register.catalogue().services}
        observed = {index for index, service in services.items() if not service.removed}
        declared = self._declared(parts, services)
        live = ({index for index, heard in newest.items() if heard > minute - LIVE_MINUTES} | declared) & observed
        pace_seconds = AGAIN_AFTER_SECONDS * max(1.0, len(live) / SERVICES_AT_THAT_PACE)
        waiting = {seen.service: seen for seen in parts.telemetry.unjudged()}
        for index in sorted((newest.keys() | waiting.keys() | declared) & services.keys()):
            last, seen = self._looks.get(index), waiting.get(index)
            if last and last.minute == minute and (seen is None or time.monotonic() - last.at_seconds < pace_seconds):
                continue
            if seen is not None or index in live:
                judge_service(services[index], seen, parts, now)
            first_day = _first_day_to_sum(last, now, parts)
            if first_day is not None:
                sum_days(services[index], first_day, parts, now)
            self._looks[index] = _Look(minute, time.monotonic())
        return False

    def _declared(self, parts: Parts, services: Mapping[int, Service]) -> set[int]:
        """Return which services are declared to fail now, heard of or not; what passed while nobody judged is judged at the first look."""
        with parts.register.look() as books:
            going_on = books.declarations.going_on()
        indexes = {service.id: index for index, service in services.items()}
        missed = [each for each in going_on if self._at is None or minute_of(parts.now()) - self._at > TICK_MINUTES]
        self._at = minute_of(parts.now())
        judge_since({indexes[each.service_id]: each.start for each in reversed(missed) if each.service_id in indexes}, parts, parts.now())
        return {indexes[each.service_id] for each in going_on if each.service_id in indexes}


def _first_day_to_sum(last: _Look | None, now: datetime, parts: Parts) -> date | None:
    """Return from which day on sums may be missing; None if no day has ended since the last look."""
    zone = parts.register.catalogue().site.zone
    if last is None:
        return day_of(minute_of(now), zone) - timedelta(days=parts.settings.minutes_kept_days + 1)
    ended = day_of(last.minute - IN_FORCE.provisional_minutes - 1, zone)
    return ended if ended < day_of(minute_of(now) - IN_FORCE.provisional_minutes - 1, zone) else None
