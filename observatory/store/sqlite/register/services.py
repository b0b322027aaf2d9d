"""Keep who is observed: rows of the tables site, agency, service and menu.

A service is kept as the canonical JSON that its log entry shows; indexes are numbers beside it and are never given twice.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from observatory.model.catalogue import Agency, Catalogue, Menu, Service, Site
from observatory.model.text import Text
from observatory.signoff.published_service import read_service, service_body
from observatory.store.dated_rules import RuleChange
from observatory.store.observed_books import HoursChange, SourceChoice
from observatory.store.sqlite.moments import moment_of, text_of


class SqliteServices:
    """The `ServiceBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.were_replaced = False

    def catalogue(self) -> Catalogue:
        return Catalogue(self._site(), self._agencies(), self._services())

    def version(self) -> int:
        """Return a number that grows with every applied catalogue; 0 before the first."""
        row = self._connection.execute("SELECT version FROM site").fetchone()
        return row[0] if row else 0

    def replace(self, catalogue: Catalogue, now: datetime) -> None:
        self.were_replaced = True
        self._keep_site(catalogue.site)
        self._keep_agencies(catalogue.agencies)
        present = [service for service in catalogue.services if not service.removed]
        for position, service in enumerate(present):
            self._keep_service(service, position, now)
            self._keep_menus(service)
        self._remove_others(present, now)
        self._drop_agencies(catalogue.agencies)

    def registered_at(self, service_id: str) -> datetime | None:
        row = self._connection.execute("SELECT registered_at FROM service WHERE id = :id", {"id": service_id}).fetchone()
        return moment_of(row[0]) if row else None

    def removed_at(self, service_id: str) -> datetime | None:
        row = self._connection.execute("SELECT removed_at FROM service WHERE id = :id AND removed = 1", {"id": service_id}).fetchone()
        return moment_of(row[0]) if row else None

    def choose_source(self, choice: SourceChoice) -> None:
        self._connection.execute(
            """INSERT INTO source_choice (service_id, from_day, source) VALUES (:service_id, :from_day, :source)
               ON CONFLICT (service_id, from_day) DO UPDATE SET source = excluded.source""",
            {"service_id": choice.service_id, "from_day": choice.from_day.isoformat(), "source": choice.source},
        )

    def source_choices(self, service_id: str) -> tuple[SourceChoice, ...]:
        rows = self._connection.execute(
            "SELECT from_day, source FROM source_choice WHERE service_id = :service_id ORDER BY from_day", {"service_id": service_id}
        )
        return tuple(SourceChoice(service_id, date.fromisoformat(from_day), source) for from_day, source in rows)

    def change_hours(self, change: HoursChange) -> None:
        self._connection.execute(
            """INSERT INTO hours_change (service_id, from_day, hours) VALUES (:service_id, :from_day, :hours)
               ON CONFLICT (service_id, from_day) DO UPDATE SET hours = excluded.hours""",
            {"service_id": change.service_id, "from_day": change.from_day.isoformat(), "hours": change.hours},
        )

    def hours_changes(self, service_id: str) -> tuple[HoursChange, ...]:
        rows = self._connection.execute(
            "SELECT from_day, hours FROM hours_change WHERE service_id = :service_id ORDER BY from_day", {"service_id": service_id}
        )
        return tuple(HoursChange(service_id, date.fromisoformat(from_day), hours) for from_day, hours in rows)

    def change_rule(self, change: RuleChange) -> None:
        self._connection.execute(
            """INSERT INTO rule_change (service_id, rule, from_day, value) VALUES (:service_id, :rule, :from_day, :value)
               ON CONFLICT (service_id, rule, from_day) DO UPDATE SET value = excluded.value""",
            {"service_id": change.service_id, "rule": change.rule, "from_day": change.from_day.isoformat(), "value": change.value},
        )

    def rule_changes(self, service_id: str) -> tuple[RuleChange, ...]:
        rows = self._connection.execute(
            "SELECT rule, from_day, value FROM rule_change WHERE service_id = :service_id ORDER BY rule, from_day",
            {"service_id": service_id},
        )
        return tuple(RuleChange(service_id, rule, date.fromisoformat(from_day), value) for rule, from_day, value in rows)

    def menu_id(self, index: int) -> str | None:
        row = self._connection.execute("SELECT id FROM menu WHERE menu_index = :index", {"index": index}).fetchone()
        return row[0] if row else None

    def _keep_site(self, site: Site) -> None:
        self._connection.execute(
            """INSERT INTO site (only, name_ko, name_en, time_zone, holidays, version)
               VALUES (1, :name_ko, :name_en, :time_zone, :holidays, 1)
               ON CONFLICT (only) DO UPDATE SET name_ko = excluded.name_ko, name_en = excluded.name_en,
               time_zone = excluded.time_zone, holidays = excluded.holidays, version = version + 1""",
            {
                "name_ko": site.name.ko,
                "name_en": site.name.en,
                "time_zone": site.time_zone,
                "holidays": json.dumps([str(day) for day in site.holidays]),
            },
        )

    def _keep_agencies(self, agencies: tuple[Agency, ...]) -> None:
        """Keep the agencies of the catalogue in order; others stay behind them for the services that have left."""
        self._connection.execute("UPDATE agency SET position = position + :count", {"count": len(agencies)})
        self._connection.executemany(
            """INSERT INTO agency (id, position, name_ko, name_en) VALUES (:id, :position, :name_ko, :name_en)
               ON CONFLICT (id) DO UPDATE SET position = excluded.position, name_ko = excluded.name_ko, name_en = excluded.name_en""",
            [
                {"id": agency.id, "position": position, "name_ko": agency.name.ko, "name_en": agency.name.en}
                for position, agency in enumerate(agencies)
            ],
        )

    def _drop_agencies(self, agencies: tuple[Agency, ...]) -> None:
        """Delete agencies that are neither in the catalogue nor named by a service, removed ones included."""
        self._connection.execute(
            """DELETE FROM agency WHERE id NOT IN (SELECT value FROM json_each(:ids))
               AND id NOT IN (SELECT agency_id FROM service)""",
            {"ids": json.dumps([agency.id for agency in agencies])},
        )

    def _keep_service(self, service: Service, position: int, now: datetime) -> None:
        self._connection.execute(
            """INSERT INTO service (id, agency_id, position, removed, registered_at, definition)
               VALUES (:id, :agency_id, :position, 0, :now, :definition)
               ON CONFLICT (id) DO UPDATE SET agency_id = excluded.agency_id, position = excluded.position, removed = 0,
               removed_at = NULL, definition = excluded.definition""",
            {
                "id": service.id,
                "agency_id": service.agency_id,
                "position": position,
                "now": text_of(now),
                "definition": service_body(service),
            },
        )

    def _keep_menus(self, service: Service) -> None:
        self._connection.executemany(
            """INSERT INTO menu (service_index, id) SELECT service_index, :menu_id FROM service WHERE id = :service_id
               ON CONFLICT (service_index, id) DO NOTHING""",
            [{"service_id": service.id, "menu_id": menu.id} for menu in service.menus],
        )

    def _remove_others(self, present: Sequence[Service], now: datetime) -> None:
        """Freeze every service but these."""
        self._connection.execute(
            "UPDATE service SET removed = 1, removed_at = :now WHERE removed = 0 AND id NOT IN (SELECT value FROM json_each(:ids))",
            {"ids": json.dumps([service.id for service in present]), "now": text_of(now)},
        )

    def _site(self) -> Site:
        row = self._connection.execute("SELECT name_ko, name_en, time_zone, holidays FROM site").fetchone()
        return Site(Text(row[0], row[1]), row[2], tuple(map(date.fromisoformat, json.loads(row[3])))) if row else Site()

    def _agencies(self) -> tuple[Agency, ...]:
        rows = self._connection.execute("SELECT id, name_ko, name_en FROM agency ORDER BY position, id")
        return tuple(Agency(agency_id, Text(name_ko, name_en)) for agency_id, name_ko, name_en in rows)

    def _services(self) -> tuple[Service, ...]:
        indexes = {
            (service_index, menu_id): menu_index
            for menu_index, service_index, menu_id in self._connection.execute("SELECT menu_index, service_index, id FROM menu")
        }
        rows = self._connection.execute("SELECT service_index, removed, definition FROM service ORDER BY removed, position, id")
        return tuple(
            replace(_service(service_index, definition, indexes), removed=bool(removed)) for service_index, removed, definition in rows
        )


def _service(service_index: int, definition: bytes, indexes: dict[tuple[int, str], int]) -> Service:
    service = read_service(definition)
    menus: tuple[Menu, ...] = tuple(replace(menu, index=indexes[service_index, menu.id]) for menu in service.menus)
    return replace(service, index=service_index, menus=menus)
