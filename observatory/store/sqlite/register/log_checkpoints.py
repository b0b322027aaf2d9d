"""Keep checkpoints that witnesses have signed: rows of the table log_checkpoint."""

import sqlite3


class SqliteCheckpoints:
    """The `CheckpointBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def newest(self, limit: int) -> list[tuple[int, bytes]]:
        rows = self._connection.execute("SELECT size, note FROM log_checkpoint ORDER BY size DESC LIMIT :limit", {"limit": limit})
        return [(int(size), bytes(note)) for size, note in rows]

    def keep(self, size: int, note: bytes, kept_max: int) -> None:
        self._connection.execute(
            "INSERT INTO log_checkpoint (size, note) VALUES (:size, :note) ON CONFLICT (size) DO UPDATE SET note = excluded.note",
            {"size": size, "note": note},
        )
        self._forget(kept_max)

    def _forget(self, kept_max: int) -> None:
        self._connection.execute(
            "DELETE FROM log_checkpoint WHERE size NOT IN (SELECT size FROM log_checkpoint ORDER BY size DESC LIMIT :kept)",
            {"kept": kept_max},
        )
