"""When the observatory itself was awake: rows of the table run, inside the caller's transaction."""

import sqlite3


def beat(connection: sqlite3.Connection, minute: int, *, first: bool) -> None:
    """Begin a new run with this minute, or prolong the newest; the first beat of all begins one too."""
    if not first and _prolong(connection, minute):
        return
    connection.execute("INSERT INTO run (first_minute, last_minute) VALUES (:minute, :minute)", {"minute": minute})


def blind_minutes(connection: sqlite3.Connection, first_minute: int, end_minute: int) -> list[tuple[int, int]]:
    """Return the half-open spans between runs, cut to [first_minute, end_minute), in order."""
    spans: list[tuple[int, int]] = []
    awake_until: int | None = None
    for start, last in connection.execute("SELECT first_minute, last_minute FROM run ORDER BY first_minute"):
        if awake_until is not None and start > awake_until:
            span = max(awake_until, first_minute), min(start, end_minute)
            if span[0] < span[1]:
                spans.append(span)
        awake_until = last + 1 if awake_until is None else max(awake_until, last + 1)
    return spans


def forget_runs(connection: sqlite3.Connection, before_minute: int, limit: int) -> int:
    """Delete at most `limit` runs that ended before a minute, never the newest; return how many."""
    return connection.execute(
        """DELETE FROM run WHERE id IN (SELECT id FROM run WHERE last_minute < :before_minute
           AND id < (SELECT max(id) FROM run) ORDER BY id LIMIT :limit)""",
        {"before_minute": before_minute, "limit": limit},
    ).rowcount


def _prolong(connection: sqlite3.Connection, minute: int) -> bool:
    """Prolong the newest run; False if there is none. A clock set back never shortens it."""
    return (
        connection.execute(
            "UPDATE run SET last_minute = max(last_minute, :minute) WHERE id = (SELECT max(id) FROM run)", {"minute": minute}
        ).rowcount
        == 1
    )
