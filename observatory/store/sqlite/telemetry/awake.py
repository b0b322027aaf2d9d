"""Keep when the observatory itself was awake, inside the caller's transaction.

The table is called `run`, from before that word was an executive's: renaming a table is no additive migration.
"""

import sqlite3
from datetime import UTC, datetime

LEAP_MINUTES_MAX = 1440
"""Awake for so long after any leap, we believe the clock."""
BEAT_LATE_MINUTES_MAX = 2
"""How far the present is ahead of the newest heartbeat where all is well."""


def beat(connection: sqlite3.Connection, minute: int, *, first: bool) -> None:
    """Begin a new stretch of being awake with this minute, or prolong the newest; the first beat of all begins one too."""
    if not first and _prolong(connection, minute):
        return
    connection.execute("INSERT INTO run (first_minute, last_minute) VALUES (:minute, :minute)", {"minute": minute})


def blind_minutes(connection: sqlite3.Connection, first_minute: int, end_minute: int) -> list[tuple[int, int]]:
    """Return the half-open spans between stretches of being awake, cut to [first_minute, end_minute), in order."""
    spans: list[tuple[int, int]] = []
    awake_until: int | None = None
    for start, last in connection.execute("SELECT first_minute, last_minute FROM run ORDER BY first_minute"):
        if awake_until is not None and start > awake_until:
            span = max(awake_until, first_minute), min(start, end_minute)
            if span[0] < span[1]:
                spans.append(span)
        awake_until = last + 1 if awake_until is None else max(awake_until, last + 1)
    return spans


def was_awake(connection: sqlite3.Connection, first_minute: int, last_minute: int) -> bool:
    """Return whether the observatory was awake in any of these minutes."""
    row = connection.execute(
        "SELECT 1 FROM run WHERE first_minute <= :last_minute AND last_minute >= :first_minute AND :first_minute <= :last_minute LIMIT 1",
        {"first_minute": first_minute, "last_minute": last_minute},
    ).fetchone()
    return row is not None


def forget_awake(connection: sqlite3.Connection, before_minute: int, limit: int) -> int:
    """Delete at most `limit` stretches that ended before a minute, never the newest; return how many."""
    return connection.execute(
        """DELETE FROM run WHERE id IN (SELECT id FROM run WHERE last_minute < :before_minute
           AND id < (SELECT max(id) FROM run) ORDER BY id LIMIT :limit)""",
        {"before_minute": before_minute, "limit": limit},
    ).rowcount


def believed_minute(connection: sqlite3.Connection, minute: int) -> int:
    """Return the newest minute, `minute` at most, of which it may be believed that it has come.

    A leap of the clock is believed once the observatory was awake after it for as long as it leapt, and a day at most: by
    heartbeats alone, which go on at the pace of time whatever the clock says. The first stretch is measured from the data before it.
    """
    stretches = connection.execute("SELECT first_minute, last_minute FROM run ORDER BY first_minute, id").fetchall()
    believed = _newest_before(connection, stretches[0][0] if stretches else minute)
    leapt_to = reached = awake = 0
    for first, last in stretches:
        if believed is None or first <= believed + 1:
            believed = last if believed is None else max(believed, last)
            continue
        if not awake or first > reached + LEAP_MINUTES_MAX:
            leapt_to, reached, awake = first, first - 1, 0
        awake += max(0, last - max(first - 1, reached))
        reached = max(reached, last)
        if awake >= min(leapt_to - believed, LEAP_MINUTES_MAX):
            believed, awake = reached, 0
    return minute if believed is None or minute <= believed + BEAT_LATE_MINUTES_MAX else believed


def _newest_before(connection: sqlite3.Connection, minute: int) -> int | None:
    """Return the newest minute before a minute of which anything is kept, to the day where only its strip is."""
    (row,) = connection.execute("SELECT max(minute) FROM minute WHERE minute < :minute", {"minute": minute}).fetchone()
    day = datetime.fromtimestamp(60 * minute, UTC).date().isoformat()
    (strip,) = connection.execute("SELECT max(day) FROM strip WHERE day < :day", {"day": day}).fetchone()
    of_strip = None if strip is None else int(datetime.fromisoformat(strip).replace(tzinfo=UTC).timestamp()) // 60
    return max((known for known in (row, of_strip) if known is not None), default=None)


def _prolong(connection: sqlite3.Connection, minute: int) -> bool:
    """Prolong the newest stretch; False if there is none. A clock set back never shortens it."""
    return (
        connection.execute(
            "UPDATE run SET last_minute = max(last_minute, :minute) WHERE id = (SELECT max(id) FROM run)", {"minute": minute}
        ).rowcount
        == 1
    )
