"""Keep who is observed: rows of the tables site, agency, service and menu, inside the caller's transaction.

A service is kept as the canonical JSON that its log entry shows; indexes are numbers beside it and are never given twice.
"""

import json
import sqlite3
from dataclasses import replace
from datetime import datetime

import msgspec

from observatory.model.catalogue import Agency, Catalogue, Menu, Service, Site
from observatory.model.catalogue_rules import refuse_clashes
from observatory.signoff.canonical_json import canonical
from observatory.store.register import CatalogueChange
from observatory.store.sqlite.moments import moment_of, text_of
from observatory.store.sqlite.register.public_log import append_entry

REGISTERED, CHANGED, REMOVED = "service-registered", "service-changed", "service-removed"
"""Kinds of log entries."""


def apply_catalogue(connection: sqlite3.Connection, catalogue: Catalogue, now: datetime) -> CatalogueChange:
    """Make this the catalogue. Raises BadInput if its parts contradict each other."""
    refuse_clashes(catalogue)
    stored = {service.id: service for service in read_catalogue(connection).services}
    _keep_site(connection, catalogue.site)
    _keep_agencies(connection, catalogue.agencies)
    added, changed = [], []
    present = [service for service in catalogue.services if not service.removed]
    for position, service in enumerate(present):
        known = stored.get(service.id)
        body = service_body(service)
        _keep_service(connection, service, position, body, now)
        _keep_menus(connection, service)
        if known is None or known.removed:
            append_entry(connection, REGISTERED, body, now)
            added.append(service.id)
        elif _as_written(known) != _as_written(service):
            append_entry(connection, CHANGED, body, now)
            changed.append(service.id)
    ids = {service.id for service in present}
    removed = [service for service in stored.values() if not service.removed and service.id not in ids]
    for service in removed:
        _remove_service(connection, service.id)
        append_entry(connection, REMOVED, service_body(service), now)
    _drop_agencies(connection, catalogue.agencies)
    return CatalogueChange(tuple(added), tuple(changed), tuple(service.id for service in removed))


def read_catalogue(connection: sqlite3.Connection) -> Catalogue:
    """Return the catalogue as it was written, then the agencies and services that have left it."""
    site = connection.execute("SELECT name_ko, name_en, time_zone FROM site").fetchone()
    return Catalogue(Site(*site) if site else Site(), _agencies(connection), _services(connection))


def catalogue_version(connection: sqlite3.Connection) -> int:
    """Return a number that grows with every applied catalogue; 0 before the first."""
    row = connection.execute("SELECT version FROM site").fetchone()
    return row[0] if row else 0


def registered_at(connection: sqlite3.Connection, service_id: str) -> datetime | None:
    """Return when a service was first registered."""
    row = connection.execute("SELECT registered_at FROM service WHERE id = :id", {"id": service_id}).fetchone()
    return moment_of(row[0]) if row else None


def service_body(service: Service) -> bytes:
    """Return a service as it is published in the log: canonical JSON of what its owner wrote, without our numbers."""
    document = msgspec.json.decode(msgspec.json.encode(_as_written(service)))
    for part in (document, *document["menus"]):
        del part["index"]
    del document["removed"]
    return canonical(document)


def _as_written(service: Service) -> Service:
    return replace(service, index=0, removed=False, menus=tuple(replace(menu, index=0) for menu in service.menus))


def _keep_site(connection: sqlite3.Connection, site: Site) -> None:
    connection.execute(
        """INSERT INTO site (only, name_ko, name_en, time_zone, version) VALUES (1, :name_ko, :name_en, :time_zone, 1)
           ON CONFLICT (only) DO UPDATE SET name_ko = excluded.name_ko, name_en = excluded.name_en,
           time_zone = excluded.time_zone, version = version + 1""",
        {"name_ko": site.name_ko, "name_en": site.name_en, "time_zone": site.time_zone},
    )


def _keep_agencies(connection: sqlite3.Connection, agencies: tuple[Agency, ...]) -> None:
    """Keep the agencies of the catalogue in order; others stay behind them for the services that have left."""
    connection.execute("UPDATE agency SET position = position + :count", {"count": len(agencies)})
    connection.executemany(
        """INSERT INTO agency (id, position, name_ko, name_en) VALUES (:id, :position, :name_ko, :name_en)
           ON CONFLICT (id) DO UPDATE SET position = excluded.position, name_ko = excluded.name_ko, name_en = excluded.name_en""",
        [
            {"id": agency.id, "position": position, "name_ko": agency.name_ko, "name_en": agency.name_en}
            for position, agency in enumerate(agencies)
        ],
    )


def _drop_agencies(connection: sqlite3.Connection, agencies: tuple[Agency, ...]) -> None:
    """Delete agencies that are neither in the catalogue nor named by a service, removed ones included."""
    connection.execute(
        """DELETE FROM agency WHERE id NOT IN (SELECT value FROM json_each(:ids))
           AND id NOT IN (SELECT agency_id FROM service)""",
        {"ids": json.dumps([agency.id for agency in agencies])},
    )


def _keep_service(connection: sqlite3.Connection, service: Service, position: int, body: bytes, now: datetime) -> None:
    connection.execute(
        """INSERT INTO service (id, agency_id, position, removed, registered_at, definition)
           VALUES (:id, :agency_id, :position, 0, :now, :definition)
           ON CONFLICT (id) DO UPDATE SET agency_id = excluded.agency_id, position = excluded.position, removed = 0,
           definition = excluded.definition""",
        {"id": service.id, "agency_id": service.agency_id, "position": position, "now": text_of(now), "definition": body},
    )


def _keep_menus(connection: sqlite3.Connection, service: Service) -> None:
    connection.executemany(
        """INSERT INTO menu (service_index, id) SELECT service_index, :menu_id FROM service WHERE id = :service_id
           ON CONFLICT (service_index, id) DO NOTHING""",
        [{"service_id": service.id, "menu_id": menu.id} for menu in service.menus],
    )


def _remove_service(connection: sqlite3.Connection, service_id: str) -> None:
    connection.execute("UPDATE service SET removed = 1 WHERE id = :id", {"id": service_id})


def _agencies(connection: sqlite3.Connection) -> tuple[Agency, ...]:
    rows = connection.execute("SELECT id, name_ko, name_en FROM agency ORDER BY position, id")
    return tuple(Agency(*row) for row in rows)


def _services(connection: sqlite3.Connection) -> tuple[Service, ...]:
    indexes = {
        (service_index, menu_id): menu_index
        for menu_index, service_index, menu_id in connection.execute("SELECT menu_index, service_index, id FROM menu")
    }
    rows = connection.execute("SELECT service_index, removed, definition FROM service ORDER BY removed, position, id")
    return tuple(
        replace(_service(service_index, definition, indexes), removed=bool(removed)) for service_index, removed, definition in rows
    )


def _service(service_index: int, definition: bytes, indexes: dict[tuple[int, str], int]) -> Service:
    service = msgspec.json.decode(definition, type=Service)
    menus: tuple[Menu, ...] = tuple(replace(menu, index=indexes[service_index, menu.id]) for menu in service.menus)
    return replace(service, index=service_index, menus=menus)
