"""Collect what a member of staff may say something about: services, their maintenance, their incidents."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from observatory.access.people.grants import check_runs, runs
from observatory.errors import NotFound, phrase
from observatory.model.catalogue import Service
from observatory.model.declaration import Declaration
from observatory.model.dispute import Dispute
from observatory.model.incident import Incident
from observatory.model.incident_update import IncidentUpdate
from observatory.model.maintenance import Maintenance
from observatory.model.scheduled_message import ScheduledMessage
from observatory.model.staff import StaffMember
from observatory.store.register import RegisterStore

SPOKEN_OF = timedelta(days=30)
"""How long after its end an incident is listed: a postmortem takes time."""


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service, with how much of it asks for a word."""

    service: Service
    ahead_count: int
    """Maintenance that is not over."""
    open_count: int
    """Incidents of the service as a whole that go on."""


@dataclass(frozen=True, slots=True)
class Duties:
    """All that can be said something about, of one service."""

    service: Service
    maintenance: tuple[Maintenance, ...]
    """Not over, by start."""
    incidents: tuple[Incident, ...]
    """That go on or ended in the last 30 days, newest first; those of menus too."""
    declarations: tuple[Declaration, ...] = ()
    """Failures that were declared, likewise."""


@dataclass(frozen=True, slots=True)
class WrittenIncident:
    """An incident with what was written about it, newest first."""

    service: Service
    incident: Incident
    updates: tuple[IncidentUpdate, ...]
    waiting: tuple[ScheduledMessage, ...] = ()
    """What is to be published by itself, in the order of its times."""


@dataclass(frozen=True, slots=True)
class DisputedIncident:
    """An incident with what was said against it, newest first."""

    service: Service
    incident: Incident
    disputes: tuple[Dispute, ...]


def services_of(register: RegisterStore, member: StaffMember, now: datetime) -> list[ServiceRow]:
    """Return the services this member runs, in the order of the catalogue."""
    services = [service for service in register.catalogue().services if not service.removed and runs(member, service)]
    with register.look() as books:
        ahead = Counter(each.service_id for each in books.maintenance.announced() if not each.is_over(now))
        found = books.incidents.incidents(start=now)
    still_open = Counter(incident.service_id for incident in found if incident.ended_at is None)
    return [ServiceRow(service, ahead[service.id], still_open[service.id]) for service in services]


def service_run_by(register: RegisterStore, member: StaffMember, service_id: str) -> Service:
    """Return a service this member runs. Raises NotFound or NotAllowed."""
    service = register.catalogue().service(service_id)
    if service is None:
        raise NotFound(phrase("cannot find service %(id)r"), phrase("choose a service of the catalogue"), id=service_id[:64])
    check_runs(member, service)
    return service


def duties_of(register: RegisterStore, member: StaffMember, service_id: str, now: datetime) -> Duties:
    """Return all about a service this member runs. Raises NotFound or NotAllowed."""
    service = service_run_by(register, member, service_id)
    with register.look() as books:
        ahead = tuple(each for each in books.maintenance.announced(service.id) if not each.is_over(now))
        subjects = (None, *(menu.id for menu in service.menus))
        found = [each for menu_id in subjects for each in books.incidents.incidents(service.id, menu_id, start=now - SPOKEN_OF)]
        declared = tuple(reversed(books.declarations.of_service(service.id, start=now - SPOKEN_OF)))
    newest_first = sorted(found, key=lambda incident: (incident.started_at, incident.id), reverse=True)
    return Duties(service, ahead, tuple(newest_first), declared)


def declaration_run_by(register: RegisterStore, member: StaffMember, declaration_id: str) -> Declaration:
    """Return what was declared of a service this member runs. Raises NotFound or NotAllowed."""
    with register.look() as books:
        found = books.declarations.declaration(declaration_id)
    if found is None:
        raise NotFound(phrase("cannot find what was declared as %(id)r"), phrase("choose one of the list"), id=declaration_id[:100])
    service_run_by(register, member, found.service_id)
    return found


def maintenance_run_by(register: RegisterStore, member: StaffMember, maintenance_id: str) -> Maintenance:
    """Return maintenance of a service this member runs. Raises NotFound or NotAllowed."""
    with register.look() as books:
        found = books.maintenance.maintenance(maintenance_id)
    if found is None:
        raise NotFound(phrase("cannot find this maintenance"), phrase("choose one of the list"))
    service_run_by(register, member, found.service_id)
    return found


def incident_run_by(register: RegisterStore, member: StaffMember, incident_id: str) -> WrittenIncident:
    """Return an incident of a service this member runs. Raises NotFound or NotAllowed."""
    with register.look() as books:
        found = books.incidents.incident(incident_id)
        updates = books.updates.updates([incident_id]).get(incident_id, ())
        waiting = tuple(books.schedule.waiting_of(incident_id, None))
    if found is None:
        raise NotFound(
            phrase("cannot find incident %(id)r"), phrase("incidents are listed on the page of their service"), id=incident_id[:200]
        )
    return WrittenIncident(service_run_by(register, member, found.service_id), found, updates, waiting)


def disputed_run_by(register: RegisterStore, member: StaffMember, incident_id: str) -> DisputedIncident:
    """Return the same incident with what was said against it. Raises NotFound or NotAllowed."""
    found = incident_run_by(register, member, incident_id)
    with register.look() as books:
        return DisputedIncident(found.service, found.incident, books.disputes.disputes([incident_id]).get(incident_id, ()))


def scheduled_run_by(register: RegisterStore, member: StaffMember, number: int) -> ScheduledMessage:
    """Return a message that waits for its time, of a service this member runs. Raises NotFound or NotAllowed."""
    with register.look() as books:
        found = books.schedule.message(number)
    if found is None:
        raise NotFound(phrase("cannot find scheduled message %(number)d"), phrase("choose one of the list"), number=number)
    service_run_by(register, member, found.service_id)
    return found
