"""Return what people said of incidents beside what was measured of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from observatory.judge.beside import MeasuredBeside, measured_beside
from observatory.judge.incidents import span_of
from observatory.model.catalogue import OTHER_MENU_INDEX
from observatory.model.declaration import Declaration
from observatory.model.dispute import Dispute
from observatory.model.incident import Incident
from observatory.model.incident_update import IncidentUpdate
from observatory.model.shared_cause import SharedCause
from observatory.store.register import Books, RegisterStore
from observatory.store.service_history import StoredHistory, rules_of
from observatory.store.telemetry import TelemetryReader


@dataclass(frozen=True, slots=True)
class IncidentStory:
    """What was said of an incident."""

    updates: Sequence[IncidentUpdate] = ()
    """The newest first, with those of incidents that were merged into it."""
    declarations: Sequence[Declaration] = ()
    """Of its service or menu, that overlap it, by start."""
    disputes: Sequence[Dispute] = ()
    """The newest first, likewise."""
    cause: SharedCause | None = None
    """What it, and incidents of other services, come from."""


Stories = Mapping[str, IncidentStory]
"""By the id of the incident."""


def stories_of(books: Books, incidents: Iterable[Incident]) -> Stories:
    """Return what was said of each of these incidents."""
    incidents = list(incidents)
    ids = [each.id for each in incidents]
    updates, disputes = books.updates.updates(ids), books.disputes.disputes(ids)
    cause_ids = books.causes.of_incidents(ids)
    causes = {cause_id: books.causes.cause(cause_id) for cause_id in set(cause_ids.values())}
    return {
        each.id: IncidentStory(
            updates.get(each.id, ()), _declared(books, each), disputes.get(each.id, ()), causes.get(cause_ids.get(each.id, ""))
        )
        for each in incidents
    }


def beside(found: Incident, register: RegisterStore, telemetry: TelemetryReader, now: int) -> MeasuredBeside | None:
    """Return what measuring alone says of the declared minutes of an incident that are over; None without any."""
    service = register.catalogue().service(found.service_id)
    menu = service.menu(found.menu_id) if service is not None and found.menu_id is not None else None
    if service is None or (found.menu_id is not None and menu is None):
        return None
    history, span = StoredHistory(service, register, telemetry), span_of(found, now)
    return measured_beside(history, rules_of(service, register), menu.index if menu else OTHER_MENU_INDEX, span)


def _declared(books: Books, incident: Incident) -> Sequence[Declaration]:
    overlapping = books.declarations.of_service(incident.service_id, incident.started_at, incident.ended_at)
    return [each for each in overlapping if each.touches(incident.menu_id)]
