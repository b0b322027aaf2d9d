"""Keep the append-only log: rows of the tables log and log_head."""

import sqlite3
from datetime import UTC, datetime

from observatory.errors import Conflict, phrase
from observatory.model.signoff import LogEntry, NewEntry
from observatory.transparency.chain import GENESIS, entry_hash, recorded_text

SECOND = "substr(recorded_at, 1, 19)"
NEWEST_SECOND = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())
UNREADABLE = datetime.min.replace(tzinfo=UTC)
"""Stands for a time that is not written as we write it: somebody edited it, and the entry's hash will not match."""


class SqliteLog:
    """The `LogBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def append(self, entry: NewEntry) -> LogEntry:
        size, newest_hash = self.head()
        recorded_at = recorded_text(entry.recorded_at)
        digest = entry_hash(newest_hash, size, entry.kind, recorded_at, entry.body)
        try:
            self._connection.execute(
                """INSERT INTO log (log_index, kind, body, recorded_at, previous_hash, hash)
                   VALUES (:log_index, :kind, :body, :recorded_at, :previous_hash, :hash)""",
                {
                    "log_index": size,
                    "kind": entry.kind,
                    "body": entry.body,
                    "recorded_at": recorded_at,
                    "previous_hash": newest_hash,
                    "hash": digest,
                },
            )
        except sqlite3.IntegrityError:
            raise Conflict(
                phrase("cannot append to the log: entry %(index)d is already there"), phrase("run: observatory check-log"), index=size
            ) from None
        self._keep_head(size + 1, digest)
        return LogEntry(size, entry.kind, entry.body, entry.recorded_at, newest_hash, digest)

    def _keep_head(self, size: int, newest_hash: bytes) -> None:
        self._connection.execute(
            """INSERT INTO log_head (only, size, hash) VALUES (1, :size, :hash)
               ON CONFLICT (only) DO UPDATE SET size = excluded.size, hash = excluded.hash""",
            {"size": size, "hash": newest_hash},
        )

    def entries(self, first: int = 0, limit: int | None = None) -> list[LogEntry]:
        # Texts are read as bytes: one that somebody edited may be no UTF-8, and still has to be read to be shown broken.
        rows = self._connection.execute(
            """SELECT log_index, CAST(kind AS BLOB), body, CAST(recorded_at AS BLOB), previous_hash, hash
               FROM log WHERE log_index >= :first ORDER BY log_index LIMIT :limit""",
            {"first": first, "limit": -1 if limit is None else limit},
        )
        return [_entry(row) for row in rows]

    def entries_of_kind(self, kind: str) -> list[LogEntry]:
        rows = self._connection.execute(
            """SELECT log_index, CAST(kind AS BLOB), body, CAST(recorded_at AS BLOB), previous_hash, hash
               FROM log WHERE kind = :kind ORDER BY log_index""",
            {"kind": kind},
        )
        return [_entry(row) for row in rows]

    def entries_before(self, kind: str, before: tuple[int, int] | None, limit: int) -> list[LogEntry]:
        seconds, index = before or (NEWEST_SECOND, 0)
        rows = self._connection.execute(
            f"""SELECT log_index, CAST(kind AS BLOB), body, CAST(recorded_at AS BLOB), previous_hash, hash FROM log
                WHERE kind = :kind AND ({SECOND}, log_index) < (:second, :index) ORDER BY {SECOND} DESC, log_index DESC LIMIT :limit""",  # noqa: S608  # our own words
            {
                "kind": kind,
                "second": f"{datetime.fromtimestamp(min(seconds, NEWEST_SECOND), UTC):%Y-%m-%dT%H:%M:%S}",
                "index": index,
                "limit": limit,
            },
        )
        return [_entry(row) for row in rows]

    def head(self) -> tuple[int, bytes]:
        row = self._connection.execute("SELECT size, hash FROM log_head").fetchone()
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
