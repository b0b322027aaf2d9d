"""Keep announced maintenance: a row for each, and one for everything that was said of it."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from observatory.errors import Conflict, phrase
from observatory.model.maintenance import Announcement, Maintenance
from observatory.model.text import Text
from observatory.store.sqlite.moments import moment_of, text_of

ROWS = """SELECT id, service_id, cancelled_at, announced_at, start, end, title_ko, title_en, menu_ids
    FROM maintenance JOIN announcement ON maintenance_id = id """
Row = tuple[str, str, str | None, str, str, str, str, str, str]


class SqliteMaintenance:
    """The `MaintenanceBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def announce(self, maintenance_id: str, service_id: str, said: Announcement) -> None:
        self._connection.execute(
            "INSERT INTO maintenance (id, service_id) VALUES (:id, :service_id) ON CONFLICT (id) DO NOTHING",
            {"id": maintenance_id, "service_id": service_id},
        )
        known = self._connection.execute("SELECT service_id FROM maintenance WHERE id = :id", {"id": maintenance_id}).fetchone()
        if known != (service_id,):
            raise Conflict(
                phrase("cannot announce maintenance %(id)r: it is of another service"), phrase("choose one of the list"), id=maintenance_id
            )
        self._connection.execute(
            """INSERT INTO announcement (maintenance_id, number, announced_at, start, end, title_ko, title_en, menu_ids)
               VALUES (:id, (SELECT count(*) FROM announcement WHERE maintenance_id = :id), :at, :start, :end, :ko, :en, :menu_ids)""",
            {
                "id": maintenance_id,
                "at": text_of(said.at),
                "start": text_of(said.start),
                "end": text_of(said.end),
                "ko": said.title.ko,
                "en": said.title.en,
                "menu_ids": json.dumps(said.menu_ids),
            },
        )

    def cancel(self, maintenance_id: str, now: datetime) -> None:
        self._connection.execute(
            "UPDATE maintenance SET cancelled_at = :now WHERE id = :id AND cancelled_at IS NULL",
            {"id": maintenance_id, "now": text_of(now)},
        )

    def maintenance(self, maintenance_id: str) -> Maintenance | None:
        rows = self._connection.execute(ROWS + "WHERE id = :id ORDER BY number", {"id": maintenance_id})
        return next(_maintenance(rows), None)

    def announced(self, service_id: str | None = None) -> list[Maintenance]:
        rows = self._connection.execute(
            ROWS + "WHERE :service_id IS NULL OR service_id = :service_id ORDER BY id, number", {"service_id": service_id}
        )
        return sorted(_maintenance(rows), key=lambda maintenance: (maintenance.start, maintenance.id))


def _maintenance(rows: Iterable[Row]) -> Iterator[Maintenance]:
    """Yield what rows tell that are ordered by id."""
    for (maintenance_id, service_id, cancelled_at), said in groupby(rows, itemgetter(0, 1, 2)):
        yield Maintenance(maintenance_id, service_id, tuple(_announcement(*row[3:]) for row in said), moment_of(cancelled_at))


def _announcement(at: str, start: str, end: str, title_ko: str, title_en: str, menu_ids: str) -> Announcement:
    return Announcement(moment_of(at), moment_of(start), moment_of(end), Text(title_ko, title_en), tuple(json.loads(menu_ids)))
