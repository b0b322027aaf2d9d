"""Say anew who is observed: each service that came, changed or left is one entry of the log, stored together with the change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import cast

from observatory.errors import Conflict, NotFound, phrase
from observatory.model.catalogue import Catalogue, Service
from observatory.model.catalogue_rules import refuse_clashes
from observatory.model.changed_rule import AT_ONCE, ChangedRule, holidays_changed, rules_changed, told_of
from observatory.model.signoff import NewEntry
from observatory.signoff.canonical_json import Json, canonical
from observatory.signoff.published_service import as_written, service_body
from observatory.store.dated_rules import RuleChange
from observatory.store.observed_books import HoursChange
from observatory.store.register import Books, RegisterStore

REGISTERED, CHANGED, REMOVED = "service-registered", "service-changed", "service-removed"
RULE_CHANGED = "catalogue-rule-changed"
"""Kinds of log entries."""


@dataclass(frozen=True, slots=True)
class CatalogueChange:
    """Ids of services by what an applied catalogue did to them."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def apply_catalogue(register: RegisterStore, catalogue: Catalogue, now: datetime) -> CatalogueChange:
    """Make this the catalogue, with one log entry for each service that changed; all or nothing.

    Raises BadInput if its parts contradict each other, Conflict for another time zone than services were ever observed in.
    """
    refuse_clashes(catalogue)
    with register.change() as books:
        before = books.services.catalogue()
        _refuse_another_zone(before, catalogue)
        told = list(_differences(before, catalogue))
        books.services.replace(catalogue, now)
        for kind, service in told:
            books.log.append(NewEntry(kind, service_body(service), now))
        _keep_rules(books, before, books.services.catalogue(), now)
    return CatalogueChange(*(tuple(service.id for found, service in told if found == kind) for kind in (REGISTERED, CHANGED, REMOVED)))


def _refuse_another_zone(before: Catalogue, after: Catalogue) -> None:
    """Days that were judged, summed and frozen in one zone are no days of another."""
    if before.services and before.site.time_zone != after.site.time_zone:
        raise Conflict(
            phrase("cannot change the time zone to %(zone)s: days are kept by that of %(kept)s"),
            phrase("keep it, or begin with an empty data folder"),
            zone=after.site.time_zone,
            kept=before.site.time_zone,
        )


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


def _keep_rules(books: Books, before: Catalogue, after: Catalogue, now: datetime) -> None:
    """Let changed rules be in force from the next day on, each with its entry of the log: what was judged by the old ones stays.

    While nobody is observed nothing is judged, so the public holidays of the first catalogue hold for all its past.
    """
    known = {service.id: service for service in before.services}
    pairs = [(known[service.id], service) for service in after.services if service.id in known and not service.removed]
    today = now.astimezone(after.site.zone).date()
    tomorrow = today + timedelta(days=1)
    of_all = holidays_changed(before.site, after.site) if before.services else ()
    for change in (*of_all, *(each for pair in pairs for each in rules_changed(*pair))):
        first = RuleChange(change.service_id, change.rule, date.min, change.before)
        if change.rule == "hours":
            _keep_hours(books, change, tomorrow)
        elif change.rule not in AT_ONCE:
            if not any(kept.rule == change.rule for kept in books.services.rule_changes(change.service_id)):
                books.services.change_rule(first)
            books.services.change_rule(replace(first, from_day=tomorrow, value=change.after))
        books.log.append(NewEntry(RULE_CHANGED, canonical(cast(Json, told_of(change, today if change.rule in AT_ONCE else tomorrow))), now))


def _keep_hours(books: Books, change: ChangedRule, tomorrow: date) -> None:
    if not books.services.hours_changes(change.service_id):
        books.services.change_hours(HoursChange(change.service_id, date.min, change.before))
    books.services.change_hours(HoursChange(change.service_id, tomorrow, change.after))


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
