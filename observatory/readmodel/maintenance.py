"""Return what was announced of every service, and how much of it is left out of what is measured."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from observatory.judge.maintenance import Excluded, excluded
from observatory.judge.method import IN_FORCE
from observatory.model.catalogue import Catalogue
from observatory.model.maintenance import Maintenance
from observatory.model.scheduled_message import ScheduledMessage
from observatory.readmodel.values import MaintenanceSummary
from observatory.store.register import RegisterStore

SOON = timedelta(days=14)
PAST_SHOWN = timedelta(days=90)

Reminders = Mapping[str, tuple[ScheduledMessage, ...]]
"""By the id of the maintenance, newest first."""
MaintenanceOfServices = Mapping[str, Sequence[MaintenanceSummary]]
"""By service id, by start."""


@dataclass(frozen=True, slots=True)
class MaintenancePlan:
    """Maintenance of all services by when it is; cancelled ones stand where they would have been."""

    as_of: datetime
    running: tuple[MaintenanceSummary, ...]
    upcoming: tuple[MaintenanceSummary, ...]
    past: tuple[MaintenanceSummary, ...]
    """Of the last 90 days, the newest first."""


def maintenance_by_service(register: RegisterStore) -> MaintenanceOfServices:
    """Return everything that was ever announced."""
    catalogue = register.catalogue()
    with register.look() as books:
        announced = sorted(books.maintenance.announced(), key=attrgetter("service_id", "start", "id"))
        reminders = books.schedule.reminders()
    return {
        service_id: tuple(_summaries(catalogue, list(of_service), reminders))
        for service_id, of_service in groupby(announced, attrgetter("service_id"))
    }


def soon(listed: Iterable[MaintenanceSummary], now: datetime) -> tuple[MaintenanceSummary, ...]:
    """Return what the page of a service says: what is running or near."""
    return tuple(each for each in listed if not each.maintenance.is_over(now) and each.maintenance.start < now + SOON)


def plan_of(listed: Iterable[MaintenanceSummary], now: datetime) -> MaintenancePlan:
    """Return what the page of all maintenance says."""
    ordered = sorted(listed, key=lambda each: (each.maintenance.start, each.maintenance.id))
    past = (each for each in ordered if each.maintenance.start <= now and each.maintenance.is_over(now))
    return MaintenancePlan(
        as_of=now,
        running=tuple(each for each in ordered if each.maintenance.is_running(now)),
        upcoming=tuple(each for each in ordered if each.maintenance.start > now),
        past=tuple(each for each in past if each.maintenance.end > now - PAST_SHOWN)[::-1],
    )


def _summaries(catalogue: Catalogue, announced: Sequence[Maintenance], reminders: Reminders) -> Iterator[MaintenanceSummary]:
    told = _told(excluded(announced, catalogue.site.zone, IN_FORCE))
    for maintenance in announced:
        service = catalogue.service(maintenance.service_id)
        if service is not None:
            yield MaintenanceSummary(maintenance, service, *told.get(maintenance.id, (0, 0)), reminders.get(maintenance.id, ()))


def _told(pieces: Iterable[Excluded]) -> Mapping[str, tuple[int, int]]:
    """Return how many minutes are told as excluded of each maintenance, of whichever menu, and how many of them are told of another."""
    taken: dict[int, str] = {}
    own: dict[str, set[int]] = {}
    for piece in pieces:
        for minute in range(piece.span.first, piece.span.end):
            taken.setdefault(minute, piece.maintenance_id)
            own.setdefault(piece.maintenance_id, set()).add(minute)
    told = Counter(taken.values())
    return {found: (told[found], len(minutes) - told[found]) for found, minutes in own.items()}
