"""Delete what is past its retention, a bounded amount at a time; inside the caller's transaction.

Minute rows leave by service and whole day, into the keeping of that day's strips and load times; strips leave into that of its
accounts. Accounts and load times stay for ever: a row for each day and menu, and for each source.
"""

import sqlite3
from collections.abc import Sequence
from datetime import date, timedelta

from observatory.model.day import DayStrip
from observatory.store.sqlite.telemetry.accounts import keep_accounts
from observatory.store.sqlite.telemetry.judged import strips

FORGET_ROWS_MAX = 5000
"""About how much one call deletes, so that the committer is never kept waiting; one service's day is never split."""
FORGET_DAYS_MAX = 50


def forget_minutes(connection: sqlite3.Connection, before_minute: int, limit: int) -> int:
    """Settle days that ended by `before_minute`, are judged and have nothing unjudged; return how many rows that touched."""
    touched = 0
    for service, day, first_minute, end_minute in _days_to_settle(connection, before_minute):
        if touched >= limit:
            break
        touched += delete_minutes(connection, service, first_minute, end_minute)
        touched += _settle(connection, service, day)
    return touched


def delete_minutes(connection: sqlite3.Connection, service: int, first_minute: int, end_minute: int) -> int:
    """Delete the minute rows of a service with first_minute <= minute < end_minute, one seek for each minute; return how many."""
    return connection.execute(
        """DELETE FROM minute WHERE service = :service AND minute IN (
               WITH RECURSIVE span (minute) AS (
                   SELECT :first_minute WHERE :first_minute < :end_minute
                   UNION ALL SELECT minute + 1 FROM span WHERE minute + 1 < :end_minute)
               SELECT minute FROM span)""",
        {"service": service, "first_minute": first_minute, "end_minute": end_minute},
    ).rowcount


def delete_folded(connection: sqlite3.Connection, service: int, strips: Sequence[DayStrip]) -> None:
    """Delete the minute rows of a service within the minutes of these strips, which hold them now."""
    for first_minute, end_minute in {(strip.first_minute, strip.first_minute + len(strip)) for strip in strips}:
        delete_minutes(connection, service, first_minute, end_minute)


def forget_strips(connection: sqlite3.Connection, before: date, limit: int) -> int:
    """Delete strips of days before a day, at most about `limit`; return how many. Days whose minutes are still to be settled come later.

    Where an observatory slept, or a history was imported, both are past their time at once: without its strip nobody finds a minute.
    """
    days = connection.execute(
        """SELECT service, day, count(*) FROM strip AS kept WHERE day < :before
           AND NOT (settled = 0 AND EXISTS (SELECT 1 FROM load WHERE load.service = kept.service AND load.day = kept.day))
           GROUP BY service, day ORDER BY day LIMIT :limit""",
        {"before": before.isoformat(), "limit": max(1, min(limit, FORGET_DAYS_MAX))},
    ).fetchall()
    for service, day, _ in days:
        first_day = date.fromisoformat(day)
        keep_accounts(connection, strips(connection, service, first_day, first_day + timedelta(days=1)))
        connection.execute("DELETE FROM strip WHERE service = :service AND day = :day", {"service": service, "day": day})
    return sum(count for _, _, count in days)


def _days_to_settle(connection: sqlite3.Connection, before_minute: int) -> list[tuple[int, str, int, int]]:
    """Return (service, day, first_minute, end_minute), at most FORGET_DAYS_MAX."""
    return connection.execute(
        """SELECT service, day, min(first_minute), max(end_minute) FROM strip AS judged
           WHERE settled = 0 AND end_minute <= :before_minute
           AND EXISTS (SELECT 1 FROM load WHERE load.service = judged.service AND load.day = judged.day)
           AND NOT EXISTS (SELECT 1 FROM unjudged WHERE unjudged.service = judged.service
                           AND unjudged.first_minute < judged.end_minute AND unjudged.last_minute >= judged.first_minute)
           GROUP BY service, day LIMIT :limit""",
        {"before_minute": before_minute, "limit": FORGET_DAYS_MAX},
    ).fetchall()


def _settle(connection: sqlite3.Connection, service: int, day: str) -> int:
    return connection.execute(
        "UPDATE strip SET settled = 1 WHERE service = :service AND day = :day AND settled = 0", {"service": service, "day": day}
    ).rowcount
