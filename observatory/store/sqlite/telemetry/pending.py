"""Keep what was committed and not added up yet: a row of the table journal for each group commit, inside the caller's transaction.

Minutes that still grow would be written anew with every commit. Here what came is written once, at the end of a short
table; a `flush` adds it up and carries it over to the tables that are read.
"""

import sqlite3
from collections.abc import Sequence

from observatory.model.counter_span import CounterSpan, joined_spans
from observatory.model.minute import MinuteCounters
from observatory.rollup.sums import Rows, joined, rows_of, squeezed
from observatory.store.sqlite.telemetry.blobs import rows_of_blob, rows_to_blob

ENTRIES_AT_ONCE_MAX = 256
"""Read at once, so that one transaction carries over no more than that, however long nothing could be."""


def append(connection: sqlite3.Connection, parts: Sequence[MinuteCounters | CounterSpan]) -> None:
    """Write down at least one set of counters."""
    rows = rows_of(*joined_spans(parts))
    connection.execute("INSERT INTO journal (rows) VALUES (:rows)", {"rows": rows_to_blob(squeezed(rows) if len(parts) > 1 else rows)})


def take(connection: sqlite3.Connection) -> Rows | None:
    """Return the rows of the oldest entries, which are gone with that; None if there are none."""
    entries = connection.execute("SELECT id, rows FROM journal ORDER BY id LIMIT :limit", {"limit": ENTRIES_AT_ONCE_MAX}).fetchall()
    if not entries:
        return None
    connection.execute("DELETE FROM journal WHERE id <= :last", {"last": entries[-1][0]})
    return joined([rows_of_blob(blob) for _, blob in entries])
