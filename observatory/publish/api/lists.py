"""List what checked questions ask for, as pages of shapes and CSV tables; everything is asked of the read model."""

from itertools import zip_longest
from typing import cast

from observatory.errors import BadInput, NotFound
from observatory.flows.log_views import whole_check_of
from observatory.flows.minute_list import minutes_of
from observatory.flows.public_log import SignedLog
from observatory.model.incident import Incident
from observatory.model.maintenance import Maintenance
from observatory.publish.api.answers import Table
from observatory.publish.api.csv_text import Cell
from observatory.publish.api.figure_shapes import FiguresShape
from observatory.publish.api.incident_shapes import IncidentShape, IncidentsShape
from observatory.publish.api.log_shapes import (
    EmergenciesShape,
    LogBreakShape,
    LogEntriesShape,
    LogEntryShape,
    LogHeadShape,
    LogShape,
    SignOffShape,
    SignOffsShape,
)
from observatory.publish.api.maintenance_shapes import MaintenanceListShape, MaintenanceShape
from observatory.publish.api.minute_rows import minute_rows
from observatory.publish.api.paging import cursor_after, id_before
from observatory.publish.api.questions import (
    FiguresQuestion,
    IncidentsQuestion,
    LogQuestion,
    MaintenanceQuestion,
    MinutesQuestion,
    PageQuestion,
)
from observatory.publish.api.shapes import ServiceShape, ServicesShape
from observatory.web.context import part, parts, summary
from observatory.web.shapes import Shape

STORIES = frozenset({"updates", "declared", "disputes", "reminders"})
"""Lists in a list: what a table leaves out."""
SERVICES, INCIDENTS, MAINTENANCE = "services", "incidents", "maintenance"


def services_page(asked: PageQuestion) -> ServicesShape:
    """Return a page of services by id: an order that stays when states change."""
    after = id_before(SERVICES, asked.cursor) if asked.cursor else ""
    rest = sorted((known for known in summary().site().services if known.service.id > after), key=lambda known: known.service.id)
    page = rest[: asked.limit]
    following = cursor_after(SERVICES, page[-1].service.id) if len(rest) > len(page) else None
    return ServicesShape(services=tuple(ServiceShape.of(known) for known in page), next=following)


def incidents_page(asked: IncidentsQuestion) -> IncidentsShape:
    """Return a page of incidents, newest start first. Raises NotFound for an unknown service or menu."""
    _check_known(asked.service, asked.menu)
    after = id_before(INCIDENTS, asked.cursor) if asked.cursor else None
    found = _incidents(asked, after)
    page = found[: asked.limit]
    following = cursor_after(INCIDENTS, page[-1].id) if len(found) > len(page) else None
    stories = summary().stories(page)
    return IncidentsShape(incidents=tuple(IncidentShape.of(incident, stories[incident.id]) for incident in page), next=following)


def incident(incident_id: str) -> IncidentShape:
    """Return one incident, superseded or not. Raises NotFound."""
    found = summary().incident(incident_id)
    if found is None:
        raise NotFound("cannot show incident: there is none of this id", "ids are in /api/v1/incidents")
    return IncidentShape.of(found, summary().stories([found])[found.id])


def maintenance_page(asked: MaintenanceQuestion) -> MaintenanceListShape:
    """Return a page of maintenance, newest start first, cancelled too. Raises NotFound for an unknown service."""
    _check_known(asked.service, None)
    found = [each for each in summary().maintenance() if _is_wanted(each.maintenance, asked)]
    found.sort(key=lambda each: (each.maintenance.start, each.maintenance.id), reverse=True)
    ids = [each.maintenance.id for each in found]
    after = id_before(MAINTENANCE, asked.cursor) if asked.cursor else None
    if after is not None and after not in ids:
        raise BadInput("cannot continue this list: the maintenance it stopped at is gone", "begin again without cursor")
    first = ids.index(after) + 1 if after is not None else 0
    page = found[first : first + asked.limit]
    following = cursor_after(MAINTENANCE, page[-1].maintenance.id) if len(found) > first + len(page) else None
    return MaintenanceListShape(maintenance=tuple(map(MaintenanceShape.of, page)), next=following)


def signoffs(service_id: str) -> SignOffsShape:
    """Return the sign-offs of a service, newest first. Raises NotFound."""
    known = summary().service(service_id)
    signoffs = tuple(SignOffShape.of(*each) for each in zip_longest(known.signoffs, known.signoff_notes))
    emergencies = EmergenciesShape.model_validate(known.emergencies)
    return SignOffsShape(service_id=service_id, state=known.signoff_state, signoffs=signoffs, emergencies=emergencies)


def log() -> LogShape:
    """Return how the log stands."""
    signed_log, now = part(SignedLog), parts().now()
    state = signed_log.look(now)
    checked = whole_check_of(parts().register)
    return LogShape(
        head=LogHeadShape.of(state.checkpoint, signed_log.signer.signers(now)[0].key) if state.checkpoint is not None else None,
        broken=LogBreakShape.model_validate(state.broken) if state.broken is not None else None,
        witnessed_size=signed_log.witnessed_size(now),
        checked_at=checked.at if checked is not None else None,
        checked_size=checked.size if checked is not None else None,
    )


def log_entries(asked: LogQuestion) -> LogEntriesShape:
    """Return a part of the log."""
    with parts().register.look() as books:
        page, (size, _) = books.log.entries(asked.first, asked.limit), books.log.tree()
    following = page[-1].index + 1 if page and page[-1].index + 1 < size else None
    return LogEntriesShape(entries=tuple(LogEntryShape.of(entry) for entry in page), next=following)


def figures(service_id: str, asked: FiguresQuestion) -> FiguresShape:
    """Return the figures of a service in the window asked for. Raises NotFound or BadInput."""
    return FiguresShape.of(summary().figures(service_id, asked.asked_window(parts().now(), parts().register.catalogue().site.zone)))


def minutes_table(service_id: str, asked: MinutesQuestion) -> Table:
    """Return every minute of a month of a service or menu. Raises NotFound or BadInput."""
    _check_known(service_id, asked.menu)
    service, known, now = summary().service(service_id).service, parts(), parts().now()
    menu = service.menu(asked.menu) if asked.menu is not None else None
    month = asked.asked_window(now, known.register.catalogue().site.zone)
    found = minutes_of(service, menu.index if menu else None, month, known.register, known.telemetry, now)
    return minute_rows(found.minutes, found.observed_from)


def services_table(asked: PageQuestion) -> Table:
    """Return the same page as a table, menus as their ids."""
    page = services_page(asked)
    rows = [_flat(service) | {"menu_ids": " ".join(menu.id for menu in service.menus)} for service in page.services]
    columns = [name for name in ServiceShape.model_fields if name != "menus"] + ["menu_ids"]
    return _table(columns, rows, page.next)


def incidents_table(asked: IncidentsQuestion) -> Table:
    """Return the same page as a table."""
    page = incidents_page(asked)
    rows = [_flat(one) | {"menu_ids": " ".join(one.menu_ids)} for one in page.incidents]
    columns = [name for name in IncidentShape.model_fields if name not in STORIES]
    return _table(columns, rows, page.next)


def maintenance_table(asked: MaintenanceQuestion) -> Table:
    """Return the same page as a table."""
    page = maintenance_page(asked)
    rows = [_flat(one) | {"menu_ids": " ".join(one.menu_ids)} for one in page.maintenance]
    return _table([name for name in MaintenanceShape.model_fields if name not in STORIES], rows, page.next)


def signoffs_table(service_id: str) -> Table:
    """Return the sign-offs of a service as a table, conditions as text."""
    rows = [
        {"service_id": service_id}
        | _flat(one)
        | {"conditions": "; ".join(f"{condition.due}: {condition.text}" for condition in one.conditions)}
        for one in signoffs(service_id).signoffs
    ]
    return _table(["service_id", *SignOffShape.model_fields], rows)


def figures_table(service_id: str, asked: FiguresQuestion) -> Table:
    """Return the same figures as a table: a row for the service as a whole (no menu_id), then one for each menu."""
    shape = figures(service_id, asked)
    whole = _flat(shape)
    shared = {name: whole[name] for name in whole if name in ("service_id", "method", "as_of", "revision") or name.startswith("window_")}
    rows = [whole, *(shared | _flat(menu) for menu in shape.menus)]
    columns = list(whole)
    columns.insert(1, "menu_id")
    return _table(columns, rows)


def _flat(shape: Shape) -> dict[str, Cell]:
    """Return the plain values of a shape, those of an object inside it under both names; lists are left out."""
    flat: dict[str, Cell] = {}
    for name, value in shape.model_dump(mode="json", by_alias=True).items():
        if isinstance(value, dict):
            flat |= {f"{name}_{inner}": cast(Cell, inner_value) for inner, inner_value in value.items()}
        elif not isinstance(value, list):
            flat[name] = cast(Cell, value)
    return flat


def _table(columns: list[str], rows: list[dict[str, Cell]], following: str | None = None) -> Table:
    return Table(columns, [[row.get(name) for name in columns] for row in rows], following)


def _is_wanted(maintenance: Maintenance, asked: MaintenanceQuestion) -> bool:
    if asked.service is not None and maintenance.service_id != asked.service:
        return False
    return (asked.end is None or maintenance.start < asked.end) and (asked.start is None or maintenance.end > asked.start)


def _check_known(service_id: str | None, menu_id: str | None) -> None:
    if service_id is None:
        return
    service = summary().service(service_id).service
    if menu_id is not None and service.menu(menu_id) is None:
        known = ", ".join(menu.id for menu in service.menus[:20])
        raise NotFound(f"cannot show menu: service {service_id!r} has none of this id", f"it has {known}")


def _incidents(asked: IncidentsQuestion, after: str | None) -> list[Incident]:
    if after is not None and summary().incident(after) is None:
        raise BadInput("cannot continue this list: the incident it stopped at is gone", "begin again without cursor")
    return summary().incidents(asked.service, asked.menu, asked.start, asked.end, limit=asked.limit + 1, after_id=after)
