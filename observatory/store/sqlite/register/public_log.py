"""Append bytes to the log and read its entries: rows of the tables log and log_head.

`append_entry` works inside the caller's transaction, so that a change and the entry that tells of it are stored together.
"""

import sqlite3
from datetime import UTC, datetime

from observatory.errors import Conflict
from observatory.model.signoff import LogEntry, NewEntry
from observatory.transparency.chain import GENESIS, entry_hash, recorded_text

UNREADABLE = datetime.min.replace(tzinfo=UTC)
"""Stands for a time that is not written as we write it: somebody edited it, and the entry's hash will not match."""


def append(connection: sqlite3.Connection, entry: NewEntry | None) -> bool:
    """Append an entry if there is one, in the transaction of the change it tells of; return True."""
    if entry is not None:
        append_entry(connection, entry.kind, entry.body, entry.recorded_at)
    return True


def append_entry(connection: sqlite3.Connection, kind: str, body: bytes, now: datetime) -> LogEntry:
    """Append an entry after the newest; the connection is in a transaction that writes. Raises Conflict if the log is damaged."""
    size, newest_hash = log_head(connection)
    digest = entry_hash(newest_hash, size, kind, recorded_text(now), body)
    try:
        connection.execute(
            """INSERT INTO log (log_index, kind, body, recorded_at, previous_hash, hash)
               VALUES (:log_index, :kind, :body, :recorded_at, :previous_hash, :hash)""",
            {
                "log_index": size,
                "kind": kind,
                "body": body,
                "recorded_at": recorded_text(now),
                "previous_hash": newest_hash,
                "hash": digest,
            },
        )
    except sqlite3.IntegrityError:
        raise Conflict(f"cannot append to the log: entry {size} is already there", "run: observatory check-log") from None
    _keep_head(connection, size + 1, digest)
    return LogEntry(index=size, kind=kind, body=body, recorded_at=now, previous_hash=newest_hash, hash=digest)


def _keep_head(connection: sqlite3.Connection, size: int, newest_hash: bytes) -> None:
    connection.execute(
        """INSERT INTO log_head (only, size, hash) VALUES (1, :size, :hash)
           ON CONFLICT (only) DO UPDATE SET size = excluded.size, hash = excluded.hash""",
        {"size": size, "hash": newest_hash},
    )


def entries(connection: sqlite3.Connection, first: int = 0, limit: int | None = None) -> list[LogEntry]:
    """Return entries from index `first` on, in order, exactly as stored.

    Texts are read as bytes: one that somebody edited may be no UTF-8, and still has to be read to be shown broken.
    """
    rows = connection.execute(
        """SELECT log_index, CAST(kind AS BLOB), body, CAST(recorded_at AS BLOB), previous_hash, hash
           FROM log WHERE log_index >= :first ORDER BY log_index LIMIT :limit""",
        {"first": first, "limit": -1 if limit is None else limit},
    )
    return [_entry(row) for row in rows]


def entries_of_kind(connection: sqlite3.Connection, kind: str) -> list[LogEntry]:
    """Return all entries of a kind, in order, exactly as stored."""
    rows = connection.execute(
        """SELECT log_index, CAST(kind AS BLOB), body, CAST(recorded_at AS BLOB), previous_hash, hash
           FROM log WHERE kind = :kind ORDER BY log_index""",
        {"kind": kind},
    )
    return [_entry(row) for row in rows]


def log_head(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """Return how many entries were ever appended, and the newest hash."""
    row = connection.execute("SELECT size, hash FROM log_head").fetchone()
    return (int(row[0]), bytes(row[1])) if row else (0, GENESIS)


def _entry(row: tuple[int, bytes, bytes, bytes, bytes, bytes]) -> LogEntry:
    index, kind, body, recorded_at, previous_hash, digest = row
    return LogEntry(index, kind.decode(errors="replace"), body, _moment(recorded_at.decode(errors="replace")), previous_hash, digest)


def _moment(text: str) -> datetime:
    """Return the moment a text means, `UNREADABLE` unless it is written exactly as it was hashed."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return UNREADABLE
    return moment if moment.tzinfo is not None and recorded_text(moment) == text else UNREADABLE
