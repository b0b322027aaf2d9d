"""Keep single records: rows of the tables exemplar and template, inside the caller's transaction.

The tables themselves bound what is kept: a record's number among those of its kind, and a template's among those of its
service and day, are part of their keys and checked.
"""

import sqlite3
from collections.abc import Iterator, Sequence

from observatory.model.exemplar import (
    EXEMPLARS_PER_KIND_MAX,
    OTHER_TEMPLATE,
    TEMPLATES_PER_DAY_MAX,
    Exemplar,
    ExemplarField,
    ExemplarKind,
    ExemplarRows,
)

REMEMBERED_MAX = 1 << 15
"""Minutes, and templates, that are remembered at most when a transaction begins."""
DAY_MINUTES = 1440
NO_NUMBER = -1
"""Of the template of a record whose service had too many."""
NO_TRACE = bytes(16)

Key = tuple[int, int, int, int]
"""Minute, service, menu, kind: the first columns of both the rows that come in and the table."""
Named = tuple[int, int, str]
"""Day, service and text of a template."""


class ExemplarWriter:
    """Keeps as many records as there is room for; of one file, for its one writer.

    It remembers what it has written, so that neither ordinary traffic nor an outage has to ask for it again and again.
    """

    def __init__(self) -> None:
        self._taken: dict[Key, int] = {}
        self._numbers: dict[Named, int] = {}
        self._asked_until: int | None = None
        """The last minute of which the file may know more than is remembered; None: of any."""

    def forget(self) -> None:
        """Remember nothing any more: a transaction failed."""
        self._taken.clear()
        self._numbers.clear()
        self._asked_until = None

    def add(self, connection: sqlite3.Connection, parts: Sequence[ExemplarRows]) -> None:
        """Keep as many of these records as there is room for."""
        self._trim()
        rows = [row for part in parts for row in self._rows(connection, part)]
        if rows:
            connection.executemany(
                """INSERT INTO exemplar (minute, service, menu, kind, source, end_ms, duration_us, status, number, template, trace_id)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                rows,
            )

    def _trim(self) -> None:
        """Make room in memory, before a transaction: what it writes must be remembered until it is there."""
        if len(self._taken) >= REMEMBERED_MAX:
            self._asked_until = max(minute for minute, *_ in self._taken)
            self._taken.clear()
        if len(self._numbers) >= REMEMBERED_MAX:
            self._numbers.clear()

    def _rows(self, connection: sqlite3.Connection, part: ExemplarRows) -> Iterator[tuple[int | bytes, ...]]:
        for position, (minute, service, menu, kind) in enumerate(part.values[:, : ExemplarField.SOURCE].tolist()):
            key = minute, service, menu, kind
            taken = self._taken.get(key)
            if taken is None:
                taken = self._read_taken(connection, key)
            if taken < EXEMPLARS_PER_KIND_MAX:
                self._taken[key] = taken + 1
                number = self._number(connection, (minute // DAY_MINUTES, service, part.templates[position]))
                values = part.values[position]
                trace = values[ExemplarField.TRACE_FIRST :].tobytes()
                yield *values[: ExemplarField.TRACE_FIRST].tolist(), taken, number, b"" if trace == NO_TRACE else trace

    def _read_taken(self, connection: sqlite3.Connection, key: Key) -> int:
        """Return how many exemplars a key has of which nothing is remembered."""
        if self._asked_until is None:
            self._asked_until = _newest_minute(connection)
        self._taken[key] = taken = _taken(connection, key) if key[0] <= self._asked_until else 0
        return taken

    def _number(self, connection: sqlite3.Connection, named: Named) -> int:
        number = self._numbers.get(named)
        if number is None:
            number = _template_number(connection, *named)
            if number != NO_NUMBER:
                self._numbers[named] = number
        return number


def exemplars(connection: sqlite3.Connection, service: int, minute: int) -> list[Exemplar]:
    """Return what is kept of a service and minute, ordered by menu, kind and time."""
    rows = connection.execute(
        """SELECT menu, kind, source, end_ms, duration_us, status, trace_id, coalesce(template.text, :other)
           FROM exemplar LEFT JOIN template ON template.day = :day AND template.service = :service AND template.number = exemplar.template
           WHERE exemplar.minute = :minute AND exemplar.service = :service ORDER BY menu, kind, end_ms, exemplar.number""",
        {"service": service, "minute": minute, "day": minute // DAY_MINUTES, "other": OTHER_TEMPLATE},
    )
    return [
        Exemplar(minute, service, menu, ExemplarKind(kind), source, end_ms, duration_us, status, template, trace_id.hex())
        for menu, kind, source, end_ms, duration_us, status, trace_id, template in rows
    ]


def forget_exemplars(connection: sqlite3.Connection, before_minute: int, limit: int) -> int:
    """Delete at most `limit` exemplars of earlier minutes, then the templates of days that are over by then; return how many."""
    gone = connection.execute(
        """DELETE FROM exemplar WHERE (minute, service, menu, kind, number) IN (
               SELECT minute, service, menu, kind, number FROM exemplar WHERE minute < :before ORDER BY minute LIMIT :limit)""",
        {"before": before_minute, "limit": limit},
    ).rowcount
    if gone >= limit:
        return gone
    return gone + _forget_templates(connection, before_minute // DAY_MINUTES, limit - gone)


def _forget_templates(connection: sqlite3.Connection, before_day: int, limit: int) -> int:
    return connection.execute(
        """DELETE FROM template WHERE (day, service, number) IN (
               SELECT day, service, number FROM template WHERE day < :before ORDER BY day LIMIT :limit)""",
        {"before": before_day, "limit": limit},
    ).rowcount


def _newest_minute(connection: sqlite3.Connection) -> int:
    (minute,) = connection.execute("SELECT coalesce(max(minute), -1) FROM exemplar").fetchone()
    return int(minute)


def _taken(connection: sqlite3.Connection, key: Key) -> int:
    (taken,) = connection.execute(
        """SELECT coalesce(max(number) + 1, 0) FROM exemplar
           WHERE minute = :minute AND service = :service AND menu = :menu AND kind = :kind""",
        dict(zip(("minute", "service", "menu", "kind"), key, strict=True)),
    ).fetchone()
    return int(taken)


def _template_number(connection: sqlite3.Connection, day: int, service: int, text: str) -> int:
    """Return the number of a template among those of its service and day, a new one if there is room; else NO_NUMBER."""
    named = {"service": service, "day": day, "text": text, "limit": TEMPLATES_PER_DAY_MAX}
    row = connection.execute("SELECT number FROM template WHERE day = :day AND service = :service AND text = :text", named).fetchone()
    row = (
        row
        or connection.execute(
            """INSERT INTO template (day, service, number, text)
           SELECT :day, :service, free.number, :text
           FROM (SELECT coalesce(max(number) + 1, 0) AS number FROM template WHERE day = :day AND service = :service) AS free
           WHERE free.number < :limit RETURNING number""",
            named,
        ).fetchone()
    )
    return row[0] if row else NO_NUMBER
