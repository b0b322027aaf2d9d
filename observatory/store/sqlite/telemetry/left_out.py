"""Keep how many records of a service were left out, or came late, by the day they came: rows of the table left_out.

Inside the caller's transaction, which is that of the batch: so a body that came twice is told of once, and none that was answered is lost.
"""

import sqlite3
from collections.abc import Sequence
from datetime import date
from typing import cast

from observatory.model.left_out import LEFT_OUT_REASONS, LeftOut, LeftOutCounts, LeftOutReason
from observatory.store.telemetry import Batch


def add_left_out(connection: sqlite3.Connection, batches: Sequence[Batch]) -> None:
    """Add what was left out of batches that were just stored, their series included; nothing is written where nothing was."""
    rows = [
        {"day": batch.day.isoformat(), "service": each.service, "reason": each.reason, "records": each.records}
        for batch in batches
        if batch.day is not None
        for each in _left_out_of(batch)
    ]
    if rows:
        connection.executemany(
            """INSERT INTO left_out (service, day, reason, records) VALUES (:service, :day, :reason, :records)
               ON CONFLICT (service, day, reason) DO UPDATE SET records = records + excluded.records""",
            rows,
        )


def left_out(connection: sqlite3.Connection, service: int, first_day: date, end_day: date) -> LeftOutCounts:
    """Return how many records of a service were left out on days with first_day <= day < end_day, by reason."""
    rows = connection.execute(
        """SELECT reason, sum(records) FROM left_out
           WHERE service = :service AND day >= :first_day AND day < :end_day GROUP BY reason""",
        {"service": service, "first_day": first_day.isoformat(), "end_day": end_day.isoformat()},
    )
    return dict.fromkeys(LEFT_OUT_REASONS, 0) | {cast(LeftOutReason, reason): records for reason, records in rows}


def left_out_from(connection: sqlite3.Connection) -> int:
    """Return from which minute on it was counted, 0 if always."""
    (minute,) = connection.execute("SELECT from_minute FROM left_out_since").fetchone()
    return int(minute)


def _left_out_of(batch: Batch) -> Sequence[LeftOut]:
    counted = batch.series.counted if batch.series else None
    return (*batch.left_out, *counted.rolled.left_out) if counted is not None else batch.left_out
