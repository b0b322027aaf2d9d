"""A batch in, whether it is new out: rows of the tables batch_key and import_position, inside the caller's transaction."""

import sqlite3
from datetime import datetime, timedelta

from observatory.store.interface import Batch, ImportPosition

DUPLICATE_WINDOW = timedelta(minutes=60)


def is_new(connection: sqlite3.Connection, batch: Batch) -> bool:
    """Note a batch's position and key; False if either says that it was stored before."""
    if batch.position is not None and not _move_position(connection, batch.position):
        return False
    return batch.key is None or _note_key(connection, batch.key, batch.received_at)


def position(connection: sqlite3.Connection, file_id: bytes) -> int:
    """Return how many bytes of a file are stored; 0 for an unknown one."""
    row = connection.execute("SELECT offset FROM import_position WHERE file_id = :file_id", {"file_id": file_id}).fetchone()
    return row[0] if row else 0


def forget_keys(connection: sqlite3.Connection, before: datetime, limit: int) -> int:
    """Delete at most `limit` keys received before a moment; return how many."""
    return connection.execute(
        "DELETE FROM batch_key WHERE key IN (SELECT key FROM batch_key WHERE received_ms < :before_ms ORDER BY received_ms LIMIT :limit)",
        {"before_ms": milliseconds(before), "limit": limit},
    ).rowcount


def milliseconds(moment: datetime) -> int:
    """Return milliseconds since 1970 UTC."""
    return int(moment.timestamp() * 1000)


def _note_key(connection: sqlite3.Connection, key: bytes, received_at: datetime) -> bool:
    """Keep a key, or renew one whose window has passed; False within the window, which a repetition does not prolong."""
    received_ms = milliseconds(received_at)
    noted = connection.execute(
        """INSERT INTO batch_key (key, received_ms) VALUES (:key, :received_ms)
           ON CONFLICT (key) DO UPDATE SET received_ms = excluded.received_ms WHERE received_ms < :oldest_ms""",
        {"key": key, "received_ms": received_ms, "oldest_ms": received_ms - DUPLICATE_WINDOW // timedelta(milliseconds=1)},
    )
    return noted.rowcount == 1


def _move_position(connection: sqlite3.Connection, moved: ImportPosition) -> bool:
    noted = connection.execute(
        """INSERT INTO import_position (file_id, offset) SELECT :file_id, :offset WHERE :offset > 0
           ON CONFLICT (file_id) DO UPDATE SET offset = excluded.offset WHERE offset < excluded.offset""",
        {"file_id": moved.file_id, "offset": moved.offset},
    )
    return noted.rowcount == 1
