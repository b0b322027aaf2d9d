"""Batches in, which of them are new out: rows of the tables key_group and import_position, inside the caller's transaction.

Keys are random. A table in their order would be written all over with every commit; here a commit appends a row with all
of its keys, and an index in memory says in which rows a key may be.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from observatory.store.interface import KEY_BYTES, Batch, ImportPosition
from observatory.store.sqlite.blobs import keys_of_blob, keys_to_blob, received_of_blob
from observatory.store.sqlite.key_index import KeyIndex

DUPLICATE_WINDOW = timedelta(minutes=60)
WINDOW_MS = DUPLICATE_WINDOW // timedelta(milliseconds=1)
NEVER = -(1 << 62)
MOVED_AT_ONCE = 4096
"""Keys in each row that an older release's table becomes."""


class KeyBook:
    """Which keys are stored; of one file, for its one writer."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Read all there are: an hour's."""
        self.index = KeyIndex()
        self._unsettled = b"", 0
        for group, blob in connection.execute("SELECT id, keys FROM key_group"):
            self._add(connection, keys_of_blob(blob), group)

    def begin(self) -> None:
        """Take what was noted so far for stored: its transaction succeeded."""
        self._unsettled = b"", 0

    def take_back(self) -> None:
        """Forget what was noted since `begin`: its transaction failed."""
        self.index.take_back(*self._unsettled)
        self.begin()

    def are_new(self, connection: sqlite3.Connection, batches: Sequence[Batch]) -> list[bool]:
        """Note positions and keys of batches; False for each of which either says that it was stored before.

        A repetition within the window does not prolong it. Once in a transaction.
        """
        received = self._received(connection, [batch.key for batch in batches if batch.key is not None])
        noted: dict[bytes, int] = {}
        new = []
        for batch in batches:
            fresh = batch.position is None or _move_position(connection, batch.position)
            if fresh and batch.key is not None:
                received_ms = milliseconds(batch.received_at)
                fresh = received.get(batch.key, NEVER) < received_ms - WINDOW_MS
                if fresh:
                    received[batch.key] = noted[batch.key] = received_ms
            new.append(fresh)
        if noted:
            keys, group = b"".join(noted), _append(connection, noted)
            self._add(connection, keys, group)
            self._unsettled = keys, group
        return new

    def _received(self, connection: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, int]:
        """Return when those of these keys that are stored were received last."""
        received: dict[bytes, int] = {}
        for position, group in self.index.candidates(b"".join(keys)):
            key = keys[position]
            received_ms = _received_ms(connection, group, key)
            if received_ms is not None:
                received[key] = max(received_ms, received.get(key, NEVER))
        return received

    def _add(self, connection: sqlite3.Connection, keys: bytes, group: int) -> None:
        count = len(keys) // KEY_BYTES
        if not self.index.has_room(count):
            (oldest,) = connection.execute("SELECT min(id) FROM key_group").fetchone()
            self.index.make_room(count, oldest)
        self.index.add(keys, group)


def position(connection: sqlite3.Connection, file_id: bytes) -> int:
    """Return how many bytes of a file are stored; 0 for an unknown one."""
    row = connection.execute("SELECT offset FROM import_position WHERE file_id = :file_id", {"file_id": file_id}).fetchone()
    return row[0] if row else 0


def forget_keys(connection: sqlite3.Connection, before: datetime, limit: int) -> int:
    """Delete at most `limit` groups of keys all received before a moment; return how many."""
    return connection.execute(
        "DELETE FROM key_group WHERE id IN (SELECT id FROM key_group WHERE newest_ms < :before_ms ORDER BY newest_ms LIMIT :limit)",
        {"before_ms": milliseconds(before), "limit": limit},
    ).rowcount


def move_keys(connection: sqlite3.Connection) -> None:
    """Copy the keys of an older release's table."""
    rows = connection.execute("SELECT key, received_ms FROM batch_key ORDER BY received_ms")
    while some := rows.fetchmany(MOVED_AT_ONCE):
        _append(connection, dict(some))


def milliseconds(moment: datetime) -> int:
    """Return milliseconds since 1970 UTC."""
    return int(moment.timestamp() * 1000)


def _append(connection: sqlite3.Connection, noted: Mapping[bytes, int]) -> int:
    """Write down keys and when each was received; return the number of their group."""
    row = {"newest_ms": max(noted.values()), "keys": keys_to_blob(noted)}
    group = connection.execute("INSERT INTO key_group (newest_ms, keys) VALUES (:newest_ms, :keys)", row).lastrowid
    assert group is not None
    return group


def _received_ms(connection: sqlite3.Connection, group: int, key: bytes) -> int | None:
    """Return when a key was received, None if it is not in this group."""
    row = connection.execute("SELECT keys FROM key_group WHERE id = :group", {"group": group}).fetchone()
    return received_of_blob(row[0], key) if row else None


def _move_position(connection: sqlite3.Connection, moved: ImportPosition) -> bool:
    noted = connection.execute(
        """INSERT INTO import_position (file_id, offset) SELECT :file_id, :offset WHERE :offset > 0
           ON CONFLICT (file_id) DO UPDATE SET offset = excluded.offset WHERE offset < excluded.offset""",
        {"file_id": moved.file_id, "offset": moved.offset},
    )
    return noted.rowcount == 1
