"""Keep the append-only log: rows of the tables log, log_node and log_head."""

import hmac
import sqlite3
from datetime import UTC, datetime

from observatory.errors import Conflict, phrase
from observatory.model.signoff import LogEntry, NewEntry
from observatory.store.log_books import WholeCheck
from observatory.store.sqlite.register.log_rows import entry_of
from observatory.transparency.leaf import is_unchanged, leaf_data, recorded_text
from observatory.transparency.merkle import EMPTY_ROOT, CompactRange, hash_leaf, peaks_of

COLUMNS = "log_index, CAST(kind AS BLOB), body, CAST(recorded_at AS BLOB), leaf_hash"
SECOND = "substr(recorded_at, 1, 19)"
NEWEST_SECOND = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())
CHECK = phrase("run: observatory check-log")


class SqliteLog:
    """The `LogBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def append(self, entry: NewEntry) -> LogEntry:
        size, root = self.tree()
        appended = self._insert(size, entry)
        tree = CompactRange(size, [self.node(level, position) for level, position in peaks_of(size)])
        if not hmac.compare_digest(tree.root(), root):
            raise Conflict(phrase("cannot append to the log: what is kept of its tree was changed"), CHECK)
        for level, completed in enumerate(tree.append(appended.leaf_hash), start=1):
            self._keep_node(level, size >> level, completed)
        self._swap_head((size, root), tree)
        return appended

    def _insert(self, index: int, entry: NewEntry) -> LogEntry:
        """Write a row and read it back: what counts is what is there."""
        recorded_at = recorded_text(entry.recorded_at)
        written = {
            "log_index": index,
            "kind": entry.kind,
            "body": entry.body,
            "recorded_at": recorded_at,
            "leaf_hash": hash_leaf(leaf_data(entry.kind, recorded_at, entry.body)),
        }
        try:
            self._connection.execute(
                """INSERT INTO log (log_index, kind, body, recorded_at, leaf_hash)
                   VALUES (:log_index, :kind, :body, :recorded_at, :leaf_hash)""",
                written,
            )
        except sqlite3.IntegrityError:
            raise Conflict(phrase("cannot append to the log: entry %(index)d is already there"), CHECK, index=index) from None
        found = self.entries(index, 1)
        if len(found) != 1 or found[0].index != index or not is_unchanged(found[0]):
            raise Conflict(phrase("cannot append to the log: entry %(index)d does not read back as it was written"), CHECK, index=index)
        return found[0]

    def _keep_node(self, level: int, position: int, completed: bytes) -> None:
        try:
            self._connection.execute(
                "INSERT INTO log_node (level, position, hash) VALUES (:level, :position, :hash)",
                {"level": level, "position": position, "hash": completed},
            )
        except sqlite3.IntegrityError:
            raise Conflict(phrase("cannot append to the log: what is kept of its tree was changed"), CHECK) from None

    def _swap_head(self, before: tuple[int, bytes], tree: CompactRange) -> None:
        """Write the new size and root if the old ones still stand."""
        swapped = self._connection.execute(
            """INSERT INTO log_head (only, size, hash) VALUES (1, :size, :root)
               ON CONFLICT (only) DO UPDATE SET size = excluded.size, hash = excluded.hash WHERE (size, hash) = (:old_size, :old_root)""",
            {"size": tree.size, "root": tree.root(), "old_size": before[0], "old_root": before[1]},
        )
        if swapped.rowcount != 1:
            raise Conflict(phrase("cannot append to the log: somebody else has just appended to it"), CHECK)

    def entries(self, first: int = 0, limit: int | None = None) -> list[LogEntry]:
        rows = self._connection.execute(
            f"SELECT {COLUMNS} FROM log WHERE log_index >= :first ORDER BY log_index LIMIT :limit",  # noqa: S608  # our own words
            {"first": first, "limit": -1 if limit is None else limit},
        )
        return [entry_of(row) for row in rows]

    def entries_of_kind(self, kind: str) -> list[LogEntry]:
        rows = self._connection.execute(
            f"SELECT {COLUMNS} FROM log WHERE kind = :kind ORDER BY log_index",  # noqa: S608  # as above
            {"kind": kind},
        )
        return [entry_of(row) for row in rows]

    def entries_before(self, kind: str, before: tuple[int, int] | None, limit: int) -> list[LogEntry]:
        seconds, index = before or (NEWEST_SECOND, 0)
        rows = self._connection.execute(
            f"""SELECT {COLUMNS} FROM log
                WHERE kind = :kind AND ({SECOND}, log_index) < (:second, :index) ORDER BY {SECOND} DESC, log_index DESC LIMIT :limit""",  # noqa: S608  # as above
            {
                "kind": kind,
                "second": f"{datetime.fromtimestamp(min(seconds, NEWEST_SECOND), UTC):%Y-%m-%dT%H:%M:%S}",
                "index": index,
                "limit": limit,
            },
        )
        return [entry_of(row) for row in rows]

    def tree(self) -> tuple[int, bytes]:
        row = self._connection.execute("SELECT size, hash FROM log_head").fetchone()
        return (int(row[0]), bytes(row[1])) if row else (0, EMPTY_ROOT)

    def node(self, level: int, position: int) -> bytes:
        found = self.nodes(level, position, 1)
        if not found:
            raise Conflict(phrase("cannot read the tree of the log: a part of it is missing"), CHECK)
        return found[0]

    def nodes(self, level: int, first: int, limit: int) -> list[bytes]:
        where = {"level": level, "first": first, "end": first + limit}
        if level == 0:
            rows = self._connection.execute(
                "SELECT leaf_hash FROM log WHERE log_index >= :first AND log_index < :end ORDER BY log_index", where
            )
        else:
            rows = self._connection.execute(
                "SELECT hash FROM log_node WHERE level = :level AND position >= :first AND position < :end ORDER BY position", where
            )
        return [bytes(each) for (each,) in rows]

    def origin(self) -> str:
        row = self._connection.execute("SELECT name FROM log_origin").fetchone()
        return str(row[0]) if row else ""

    def keep_origin(self, origin: str) -> None:
        self._connection.execute("INSERT INTO log_origin (only, name) VALUES (1, :name) ON CONFLICT DO NOTHING", {"name": origin})

    def whole_check(self) -> WholeCheck | None:
        row = self._connection.execute("SELECT at, size FROM log_checked").fetchone()
        return WholeCheck(datetime.fromisoformat(row[0]), int(row[1])) if row else None

    def keep_whole_check(self, check: WholeCheck) -> None:
        self._connection.execute(
            """INSERT INTO log_checked (only, at, size) VALUES (1, :at, :size)
               ON CONFLICT (only) DO UPDATE SET at = excluded.at, size = excluded.size""",
            {"at": recorded_text(check.at), "size": check.size},
        )
