"""Single records in, rows of the tables exemplar and template out, and back. Every function works inside the caller's transaction.

The tables themselves bound what is kept: a record's number among those of its kind, and a template's among those of its
service and day, are part of their keys and checked.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from observatory.model.exemplar import (
    EXEMPLARS_PER_KIND_MAX,
    OTHER_TEMPLATE,
    TEMPLATES_PER_DAY_MAX,
    Exemplar,
    ExemplarField,
    ExemplarKind,
    ExemplarRows,
)
from observatory.store.sqlite.pooling import group

KEY = (ExemplarField.MINUTE, ExemplarField.SERVICE, ExemplarField.MENU, ExemplarField.KIND)
"""The first columns of both the values and the table."""
FULL_REMEMBERED_MAX = 1 << 16
DAY_MINUTES = 1440
NO_NUMBER = -1
"""Of the template of a record whose service had too many."""

Key = tuple[int, int, int, int]


class FullKeys:
    """Keys that have all the exemplars they may have: remembered, so that an outage does not ask for them again and again."""

    def __init__(self) -> None:
        self._keys: set[Key] = set()

    def __contains__(self, key: Key) -> bool:
        return key in self._keys

    def remember(self, keys: Iterable[Key]) -> None:
        """Add keys; at FULL_REMEMBERED_MAX everything is forgotten, and read again where it is needed."""
        self._keys.update(keys)
        if len(self._keys) > FULL_REMEMBERED_MAX:
            self._keys.clear()


def add_exemplars(connection: sqlite3.Connection, parts: Sequence[ExemplarRows], full: FullKeys) -> None:
    """Keep as many of these records as there is room for."""
    values = np.concatenate([part.values for part in parts])
    order, starts = group([values[:, field] for field in KEY])
    ends = np.append(starts[1:], len(order))
    keys = [(minute, service, menu, kind) for minute, service, menu, kind in values[order[starts], : len(KEY)].tolist()]
    open_keys = [position for position, key in enumerate(keys) if key not in full]
    taken = _taken(connection, [keys[position] for position in open_keys])
    full.remember(keys[position] for position, count in zip(open_keys, taken, strict=True) if count >= EXEMPLARS_PER_KIND_MAX)
    rows: list[int] = []
    numbers: list[int] = []
    for position, count in zip(open_keys, taken, strict=True):
        room = order[starts[position] : ends[position]][: max(0, EXEMPLARS_PER_KIND_MAX - count)]
        rows += room.tolist()
        numbers += range(count, count + len(room))
    if rows:
        templates = [template for part in parts for template in part.templates]
        _insert(connection, values[rows], numbers, [templates[row] for row in rows])


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


def _taken(connection: sqlite3.Connection, keys: Sequence[Key]) -> list[int]:
    """Return how many exemplars each key has, in the order of the keys."""
    rows = connection.execute(
        """SELECT (SELECT coalesce(max(number) + 1, 0) FROM exemplar
                   WHERE minute = wanted.value ->> 0 AND service = wanted.value ->> 1 AND menu = wanted.value ->> 2
                   AND kind = wanted.value ->> 3)
           FROM json_each(:keys) AS wanted ORDER BY wanted.key""",
        {"keys": json.dumps(keys)},
    )
    return [count for (count,) in rows]


def _insert(connection: sqlite3.Connection, values: NDArray[np.int64], numbers: Sequence[int], templates: Sequence[str]) -> None:
    days = (values[:, ExemplarField.MINUTE] // DAY_MINUTES).tolist()
    named = list(zip(values[:, ExemplarField.SERVICE].tolist(), days, templates, strict=True))
    known = {each: _template_number(connection, *each) for each in set(named)}
    traces = values[:, ExemplarField.TRACE_FIRST :]
    connection.executemany(
        """INSERT INTO exemplar (minute, service, menu, kind, source, end_ms, duration_us, status, number, template, trace_id)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            (*row, number, known[each], trace.tobytes() if trace.any() else b"")
            for row, number, each, trace in zip(values[:, : ExemplarField.TRACE_FIRST].tolist(), numbers, named, traces, strict=True)
        ],
    )


def _template_number(connection: sqlite3.Connection, service: int, day: int, text: str) -> int:
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
