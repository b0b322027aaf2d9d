"""Tell which batches are new: rows of the tables key_group and import_position, inside the caller's transaction.

Keys are random. A table in their order would be written all over with every commit; here a commit appends a row with all
of its keys, and an index in memory says among which rows a key may be.

! Numbers of rows only grow while a file is open: SQLite's own begin again once all rows are forgotten.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from observatory.model.delivery import ImportPosition
from observatory.store.sqlite.telemetry.blobs import keys_of_blob, keys_to_blob, received_of_blob
from observatory.store.sqlite.telemetry.key_index import KeyIndex
from observatory.store.telemetry import KEY_BYTES, Batch

DUPLICATE_WINDOW = timedelta(minutes=60)
WINDOW_MS = DUPLICATE_WINDOW // timedelta(milliseconds=1)
NEVER = -(1 << 62)
NOTHING_NOTED = np.empty(0, np.int64)
MOVED_AT_ONCE = 4096
"""Keys in each row that an older release's table becomes."""


class KeyBook:
    """Which keys are stored; of one file, for its one writer."""

    def __init__(self, connection: sqlite3.Connection, index: KeyIndex | None = None) -> None:
        """Read all there are: an hour's."""
        self.index = index or KeyIndex()
        self._last_group = 0
        for group, blob in connection.execute("SELECT id, keys FROM key_group ORDER BY id"):
            self._add(connection, keys_of_blob(blob), group)
        self._unsettled = NOTHING_NOTED

    def begin(self) -> None:
        """Take what was noted so far for stored: its transaction succeeded."""
        self._unsettled = NOTHING_NOTED

    def take_back(self) -> None:
        """Forget what was noted since `begin`: its transaction failed."""
        self.index.take_back(self._unsettled)
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
            group = self._last_group + 1
            _append(connection, group, noted)
            self._unsettled = self._add(connection, b"".join(noted), group)
        return new

    def _received(self, connection: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, int]:
        """Return when those of these keys that are stored were received last."""
        received: dict[bytes, int] = {}
        for groups, positions in self.index.candidates(b"".join(keys)).items():
            asked = {keys[position] for position in positions}
            for key, received_ms in _received_within(connection, groups, asked):
                received[key] = max(received_ms, received.get(key, NEVER))
        return received

    def _add(self, connection: sqlite3.Connection, keys: bytes, group: int) -> NDArray[np.int64]:
        if not self.index.has_room(len(keys) // KEY_BYTES):
            (oldest,) = connection.execute("SELECT min(id) FROM key_group").fetchone()
            self.index.make_room(oldest)
        self._last_group = group
        return self.index.add(keys, group)


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
    for group, some in enumerate(iter(lambda: rows.fetchmany(MOVED_AT_ONCE), []), 1):
        _append(connection, group, dict(some))


def milliseconds(moment: datetime) -> int:
    """Return milliseconds since 1970 UTC."""
    return int(moment.timestamp() * 1000)


def _append(connection: sqlite3.Connection, group: int, noted: Mapping[bytes, int]) -> None:
    """Write down keys and when each was received."""
    row = {"group": group, "newest_ms": max(noted.values()), "keys": keys_to_blob(noted)}
    connection.execute("INSERT INTO key_group (id, newest_ms, keys) VALUES (:group, :newest_ms, :keys)", row)


def _received_within(connection: sqlite3.Connection, groups: range, asked: set[bytes]) -> Iterator[tuple[bytes, int]]:
    """Return which of the keys asked for are in these groups, and when each was received."""
    bounds = {"first": groups.start, "end": groups.stop}
    for (blob,) in connection.execute("SELECT keys FROM key_group WHERE id >= :first AND id < :end", bounds):
        for key, received_ms in received_of_blob(blob).items():
            if key in asked:
                yield key, received_ms


def _move_position(connection: sqlite3.Connection, moved: ImportPosition) -> bool:
    noted = connection.execute(
        """INSERT INTO import_position (file_id, offset) SELECT :file_id, :offset WHERE :offset > 0
           ON CONFLICT (file_id) DO UPDATE SET offset = excluded.offset WHERE offset < excluded.offset""",
        {"file_id": moved.file_id, "offset": moved.offset},
    )
    return noted.rowcount == 1
