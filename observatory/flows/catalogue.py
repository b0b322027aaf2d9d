"""Say anew who is observed: each service that came, changed or left is one entry of the log, stored together with the change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from observatory.errors import NotFound, phrase
from observatory.model.catalogue import Catalogue, Service
from observatory.model.catalogue_rules import refuse_clashes
from observatory.model.signoff import NewEntry
from observatory.signoff.published_service import as_written, service_body
from observatory.store.observed_books import HoursChange
from observatory.store.register import Books, RegisterStore

REGISTERED, CHANGED, REMOVED = "service-registered", "service-changed", "service-removed"
"""Kinds of log entries."""


@dataclass(frozen=True, slots=True)
class CatalogueChange:
    """Ids of services by what an applied catalogue did to them."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def apply_catalogue(register: RegisterStore, catalogue: Catalogue, now: datetime) -> CatalogueChange:
    """Make this the catalogue, with one log entry for each service that changed; all or nothing.

    Raises BadInput if its parts contradict each other.
    """
    refuse_clashes(catalogue)
    with register.change() as books:
        before = books.services.catalogue()
        told = list(_differences(before, catalogue))
        books.services.replace(catalogue, now)
        for kind, service in told:
            books.log.append(NewEntry(kind, service_body(service), now))
        _keep_hours(books, before, catalogue, now)
    return CatalogueChange(*(tuple(service.id for found, service in told if found == kind) for kind in (REGISTERED, CHANGED, REMOVED)))


def observed_service(register: RegisterStore, service_id: str, menu_ids: Sequence[str] = ()) -> Service:
    """Return a service that is observed now and has these menus. Raises NotFound."""
    service = register.catalogue().service(service_id)
    if service is None or service.removed:
        raise NotFound(phrase("cannot find service %(id)r"), phrase("choose a service of the catalogue"), id=service_id[:64])
    for menu_id in menu_ids:
        if service.menu(menu_id) is None:
            known = ", ".join(menu.id for menu in service.menus[:20])
            raise NotFound(phrase("cannot find menu %(id)r"), phrase("the service has %(known)s"), id=menu_id[:64], known=known)
    return service


def _keep_hours(books: Books, before: Catalogue, after: Catalogue, now: datetime) -> None:
    """Let changed service hours be in force from the next day on: what was judged by the old ones stays."""
    known = {service.id: service for service in before.services}
    tomorrow = now.astimezone(after.site.zone).date() + timedelta(days=1)
    for service in after.services:
        earlier = known.get(service.id)
        if earlier is not None and earlier.hours != service.hours:
            if not books.services.hours_changes(service.id):
                books.services.change_hours(HoursChange(service.id, date.min, earlier.hours))
            books.services.change_hours(HoursChange(service.id, tomorrow, service.hours))


def _differences(before: Catalogue, after: Catalogue) -> Iterator[tuple[str, Service]]:
    """Yield services by what became of them: those of the new catalogue in its order, then those that leave it."""
    known = {service.id: service for service in before.services}
    present = {service.id: service for service in after.services if not service.removed}
    for service in present.values():
        earlier = known.get(service.id)
        if earlier is None or earlier.removed:
            yield REGISTERED, service
        elif as_written(earlier) != as_written(service):
            yield CHANGED, service
    for service in before.services:
        if not service.removed and service.id not in present:
            yield REMOVED, service
