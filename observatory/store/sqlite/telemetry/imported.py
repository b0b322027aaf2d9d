"""Remember of which minutes records were imported that no door would have taken any more: rows of the table imported.

A row for each service and day of UTC, inside the caller's transaction, kept for ever as the accounts of days are.
"""

import sqlite3
from collections.abc import Iterable
from datetime import timedelta

import numpy as np

from observatory.judge.days import minute_of
from observatory.judge.method import IN_FORCE
from observatory.model.counter_span import CounterSpan
from observatory.model.minute import MinuteCounters
from observatory.store.telemetry import Batch


def note_imported(connection: sqlite3.Connection, batches: Iterable[Batch]) -> None:
    """Remember the minutes of pieces of files that are older than what doors take; what follows a live log is not."""
    for batch in batches:
        if batch.position is not None:
            oldest_taken = minute_of(batch.received_at - timedelta(hours=IN_FORCE.final_hours))
            _note(connection, batch.counters.cut() if isinstance(batch.counters, CounterSpan) else batch.counters, oldest_taken)


def was_imported(connection: sqlite3.Connection, service: int, first_minute: int, end_minute: int) -> bool:
    """Return whether records of minutes of [first_minute, end_minute) were imported, as far as the first and the last of a slice tell."""
    row = connection.execute(
        """SELECT 1 FROM imported WHERE service = :service AND slice BETWEEN :first_minute / 1440 AND :end_minute / 1440
           AND first_minute < :end_minute AND last_minute >= :first_minute""",
        {"service": service, "first_minute": first_minute, "end_minute": end_minute},
    ).fetchone()
    return row is not None


def _note(connection: sqlite3.Connection, rows: MinuteCounters, oldest_taken: int) -> None:
    old = rows.minute < oldest_taken
    keys = np.unique(np.stack([rows.service[old].astype(np.int64), rows.minute[old]]), axis=1)
    connection.executemany(
        """INSERT INTO imported (service, slice, first_minute, last_minute)
           VALUES (:service, :minute / 1440, :minute, :minute)
           ON CONFLICT (service, slice) DO UPDATE SET first_minute = min(first_minute, excluded.first_minute),
           last_minute = max(last_minute, excluded.last_minute)""",
        [{"service": service, "minute": minute} for service, minute in keys.T.tolist()],
    )
