"""Keep declared failures: rows of the table declaration."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from observatory.errors import Conflict, phrase
from observatory.model.declaration import Declaration, DeclaredSeverity
from observatory.model.text import Text
from observatory.store.sqlite.moments import moment_of, text_of

ROWS = "SELECT id, service_id, menu_ids, severity, start, end, title_ko, title_en, declared_at, ended_at FROM declaration "
Row = tuple[str, str, str, DeclaredSeverity, str, str | None, str, str, str, str | None]


class SqliteDeclarations:
    """The `DeclarationBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def declare(self, declaration: Declaration) -> None:
        added = self._connection.execute(
            """INSERT INTO declaration (id, service_id, menu_ids, severity, start, end, title_ko, title_en, declared_at, ended_at)
               VALUES (:id, :service_id, :menu_ids, :severity, :start, :end, :ko, :en, :declared_at, :ended_at)
               ON CONFLICT (id) DO NOTHING""",
            {
                **_added(declaration),
                "service_id": declaration.service_id,
                "menu_ids": json.dumps(declaration.menu_ids),
                "severity": declaration.severity,
                "start": text_of(declaration.start),
                "declared_at": text_of(declaration.at),
            },
        )
        if not added.rowcount:
            raise Conflict(phrase("cannot declare %(id)s: there is one of this name"), phrase("send it again"), id=declaration.id)

    def change(self, declaration: Declaration) -> None:
        self._connection.execute(
            "UPDATE declaration SET end = :end, ended_at = :ended_at, title_ko = :ko, title_en = :en WHERE id = :id", _added(declaration)
        )

    def declaration(self, declaration_id: str) -> Declaration | None:
        row = self._connection.execute(ROWS + "WHERE id = :id", {"id": declaration_id}).fetchone()
        return _declaration(row) if row else None

    def of_service(self, service_id: str, start: datetime | None = None, end: datetime | None = None) -> list[Declaration]:
        rows = self._connection.execute(
            ROWS
            + """WHERE service_id = :service_id AND (:end IS NULL OR start < :end) AND (:start IS NULL OR end IS NULL OR end > :start)
                ORDER BY start, id""",
            {"service_id": service_id, "start": text_of(start), "end": text_of(end)},
        )
        return list(map(_declaration, rows))

    def going_on(self) -> Sequence[Declaration]:
        return list(map(_declaration, self._connection.execute(ROWS + "WHERE end IS NULL ORDER BY start, id")))


def _added(declaration: Declaration) -> dict[str, str | None]:
    return {
        "id": declaration.id,
        "end": text_of(declaration.end),
        "ended_at": text_of(declaration.ended_at),
        "ko": declaration.title.ko,
        "en": declaration.title.en,
    }


def _declaration(row: Row) -> Declaration:
    declaration_id, service_id, menu_ids, severity, start, end, ko, en, declared_at, ended_at = row
    return Declaration(
        declaration_id,
        service_id,
        tuple(json.loads(menu_ids)),
        severity,
        moment_of(start),
        moment_of(end),
        Text(ko, en),
        moment_of(declared_at),
        moment_of(ended_at),
    )
