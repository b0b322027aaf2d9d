"""Freeze months that are over, some services at a time; what was worked out is kept in memory until all of a month is there.

A step that is killed begins anew: the log is only written to when all hashes are there, and a month that stands in it is not written again.
"""

from observatory.flows.figures import figures_of
from observatory.flows.months import freeze, month_to_freeze
from observatory.flows.retention import believed_now
from observatory.judge.days import day_of, minute_of
from observatory.model.catalogue import Service
from observatory.model.figure import Window
from observatory.parts import Parts
from observatory.signoff.canonical_figures import hash_of

SERVICES_AT_ONCE = 20
"""So that the process can stop between two parts of the work."""


class FreezeMonths:
    """A step that remembers which hashes of the month at hand it has, and by which revision of its days each was made."""

    def __init__(self) -> None:
        self._month: Window | None = None
        self._hashes: dict[str, tuple[int, str | None]] = {}

    def __call__(self, parts: Parts) -> bool:
        """Work out some hashes of the next month to freeze, or freeze it; True while there is more to do."""
        services = parts.register.catalogue().services
        now = believed_now(parts.telemetry, parts.now())
        month = month_to_freeze(parts.register, parts.telemetry, now) if services else None
        if month != self._month:
            self._month, self._hashes = month, {}
        if month is None:
            return False
        due = [service for service in services if service.id not in self._hashes]
        for service in due[:SERVICES_AT_ONCE]:
            self._hashes[service.id] = _revision(parts, service, month), _hash(parts, service, month)
        if due:
            return True
        changed = [service.id for service in services if self._hashes[service.id][0] != _revision(parts, service, month)]
        for service_id in changed:
            del self._hashes[service_id]
        hashes = {service_id: each for service_id, (_, each) in self._hashes.items() if each is not None}
        return bool(changed) or freeze(parts.register, month, hashes, parts.now())


def _revision(parts: Parts, service: Service, month: Window) -> int:
    """Return what grows whenever a day of a month is judged anew."""
    zone = parts.register.catalogue().site.zone
    first_day, end_day = (day_of(minute_of(moment), zone) for moment in (month.start, month.end))
    return max(parts.telemetry.day_revisions(service.index, first_day, end_day).values(), default=0)


def _hash(parts: Parts, service: Service, month: Window) -> str | None:
    """Return the hash of a service; None if it was not observed in that month."""
    figures = figures_of(service, month, parts.register, parts.telemetry, parts.now())
    return hash_of(figures) if figures.observed_from is not None and figures.observed_from < month.end else None
