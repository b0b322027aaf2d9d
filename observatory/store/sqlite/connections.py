"""Open connections with the right promises; what SQLite complains of becomes one of our errors.

`SqliteFile` lends connections to any number of threads. `reading` is one snapshot, `writing` one transaction that
begins with the write lock, so that it never fails half-way because somebody else wrote first.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from observatory.errors import Overloaded, phrase
from observatory.store.lost import StoreLost

BUSY_TIMEOUT_S = 5.0
"""How long we wait for another process's lock before the caller is told to try later."""
STATEMENTS_CACHED = 256
WAL_PAGES = 4000
"""Pages (of 4 KiB) after which the writer copies the write-ahead log into the file."""
WAL_BYTES_KEPT = 64 << 20
WRITER_CACHE_KIB = 8 << 10
READER_CACHE_KIB = 2 << 10
"""What each connection keeps of its file; the operating system keeps the rest of what is in use."""
WARM_CONNECTIONS_MAX = 8
"""Idle connections that keep it. Every thread of a server may once have used one: together they would keep hundreds of megabytes."""

PASSING = {
    sqlite3.SQLITE_BUSY: phrase("cannot use %(file)s: another program has locked it for too long"),
    sqlite3.SQLITE_LOCKED: phrase("cannot use %(file)s: it is locked"),
    sqlite3.SQLITE_FULL: phrase("cannot use %(file)s: the disk is full"),
    sqlite3.SQLITE_READONLY: phrase("cannot use %(file)s: its file system has become read-only"),
    sqlite3.SQLITE_CANTOPEN: phrase("cannot use %(file)s: its file cannot be opened"),
    sqlite3.SQLITE_IOERR_SHMSIZE: phrase("cannot use %(file)s: the disk is full"),
    sqlite3.SQLITE_IOERR_SHMOPEN: phrase("cannot use %(file)s: its file cannot be opened"),
    sqlite3.SQLITE_IOERR_NOMEM: phrase("cannot use %(file)s: memory is short"),
}
"""Nothing was stored, and the same may succeed later. The whole code counts before its family (the low byte)."""

LOST = {
    sqlite3.SQLITE_IOERR: "the disk failed",
    sqlite3.SQLITE_CORRUPT: "the file is damaged",
    sqlite3.SQLITE_NOTADB: "the file is damaged",
}
"""What the file holds can no longer be trusted."""


def database_error(error: sqlite3.Error, file_name: str) -> Exception:
    """Return what an error of SQLite means to our callers; the error itself if it is a bug of ours."""
    code = getattr(error, "sqlite_errorcode", 0)
    family = code & 0xFF
    if message := PASSING.get(code) or PASSING.get(family):
        return Overloaded(message, phrase("nothing was stored; the same request will succeed once that has ended"), file=file_name)
    if reason := LOST.get(family):
        return StoreLost(f"cannot use {file_name}: {reason} ({error.sqlite_errorname})")
    return error


def connect_writer(path: Path, busy_timeout_s: float = BUSY_TIMEOUT_S, journal_mode: str = "") -> sqlite3.Connection:
    """Open a file for reading and writing, made if absent; every commit waits for the disk (synchronous=FULL)."""
    connection = sqlite3.connect(
        path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS_CACHED
    )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    if journal_mode:
        connection.execute(f"PRAGMA journal_mode = {journal_mode}")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_KEPT}")
    connection.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KIB}")
    return connection


def connect_reader(path: Path, busy_timeout_s: float = BUSY_TIMEOUT_S) -> sqlite3.Connection:
    """Open a file that exists, for reading only: such a connection never copies the write-ahead log.

    ! SQLite before 3.51.3 can corrupt a write-ahead log that two connections copy at once.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        timeout=busy_timeout_s,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=STATEMENTS_CACHED,
    )
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA cache_size = -{READER_CACHE_KIB}")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
    """Commit what happens inside, or roll it back if it raises."""
    connection.execute(begin)
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


class SqliteFile:
    """One database file, lent to any number of threads, at most one connection for each that uses it at once.

    After `StoreLost` every further use is refused with it: a disk that failed once is never tried again on the same handle.
    `on_lost` is called when that happens, on the thread it happens to.
    """

    def __init__(
        self,
        path: Path,
        connect: Callable[[], sqlite3.Connection],
        first: sqlite3.Connection | None = None,
        on_lost: Callable[[], None] = lambda: None,
        make_room: Callable[[], None] = lambda: None,
    ) -> None:
        """`make_room` is called before every transaction that writes."""
        self._make_room = make_room
        self._name = path.name
        self._connect = connect
        self._idle = [] if first is None else [first]
        self._guard = threading.Lock()
        self._closed = False
        self._lost: StoreLost | None = None
        self._on_lost = on_lost

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that sees one snapshot for as long as it is lent."""
        with self._lend() as connection, transaction(connection, "BEGIN"):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection inside a transaction that holds the write lock; leaving it normally makes it durable."""
        self._make_room()
        with self._lend() as connection, transaction(connection):
            yield connection

    @contextmanager
    def alone(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection outside of any transaction, for what SQLite does to the file as a whole."""
        with self._lend() as connection:
            yield connection

    def close(self) -> None:
        """Close the idle connections, and each lent one when it comes back."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        if self._lost is None:
            for connection in idle:
                connection.close()

    @contextmanager
    def _lend(self) -> Iterator[sqlite3.Connection]:
        if self._lost is not None:
            raise StoreLost(str(self._lost))
        try:
            connection = self._take()
            try:
                yield connection
            finally:
                self._give_back(connection)
        except sqlite3.Error as error:
            meant = database_error(error, self._name)
            if isinstance(meant, StoreLost):
                self._lost = meant
                self._on_lost()
            if meant is error:
                raise
            raise meant from error

    def _take(self) -> sqlite3.Connection:
        with self._guard:
            if self._closed:
                raise Overloaded(
                    phrase("cannot use %(file)s: the observatory is shutting down"),
                    phrase("send the same request again in a moment"),
                    file=self._name,
                )
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        """Keep it for the next; beyond a few it comes last and keeps nothing of the file."""
        if len(self._idle) >= WARM_CONNECTIONS_MAX and self._lost is None:
            connection.execute("PRAGMA shrink_memory")
        with self._guard:
            if not self._closed:
                self._idle.insert(len(self._idle) if len(self._idle) < WARM_CONNECTIONS_MAX else 0, connection)
                return
        connection.close()
