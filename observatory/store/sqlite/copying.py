"""Copy two database files that are being written as they were at one instant, and tell whether such copies are sound.

What telemetry tells of (services, menus, vantages) is named in the register, and the judge keeps an incident there before it
notes in telemetry that it has judged. So the register is held against writers while both snapshots are taken: each copy is
what a power cut at that instant would have left. The register is copied while it is held, telemetry from its snapshot.

! Telemetry is only ever read here: exactly one connection, the server's, may write it or copy its write-ahead log.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database, Migrations

from observatory.errors import Overloaded
from observatory.store.sqlite.connections import BUSY_TIMEOUT_S, connect_reader, database_error
from observatory.store.sqlite.register.log_whole import inspect_log
from observatory.store.sqlite.register.signing_tables import register_migrations
from observatory.store.sqlite.telemetry.schema import telemetry_migrations

PAGES_AT_ONCE = 2048
WAL_BYTES_MAX = 2 << 30
"""What the write-ahead log may grow to while a snapshot is held: it cannot be copied into its file meanwhile."""

Tell = Callable[[int, int], None]
"""Called with the bytes copied so far and those there are."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a pair of copies is."""

    flaws: tuple[str, ...]
    """What is wrong with them, each as the end of "the backup is damaged: "; none if they are sound."""
    schema: tuple[str, ...]
    """Names of the migrations of both files."""
    log_size: int
    log_head: str


def copy_pair(register: Path, telemetry: Path, target: Path, tell: Tell) -> None:
    """Write copies of both files, under their names, into a folder. Raises Overloaded, then what is there is good for nothing."""
    try:
        # ! A connection that holds a file against writers cannot be copied from: SQLite calls it busy, for ever.
        with (
            closing(_connect_register(register)) as hold,
            closing(connect_reader(register)) as source,
            closing(connect_reader(telemetry)) as history,
        ):
            hold.execute("BEGIN IMMEDIATE")
            history.execute("BEGIN")
            history.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # Only reading takes the snapshot.
            sizes = [_bytes_of(connection) for connection in (source, history)]
            _copy(source, target / register.name, lambda done: tell(done, sum(sizes)))
            hold.execute("ROLLBACK")
            wal = telemetry.with_name(f"{telemetry.name}-wal")

            def tell_more(done: int) -> None:
                _refuse_to_hold(wal)
                tell(sizes[0] + done, sum(sizes))

            _copy(history, target / telemetry.name, tell_more)
            history.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise database_error(error, "the data folder, or its backup") from error


def inspect_pair(register: Path, telemetry: Path) -> Inspection:
    """Return what a pair of copies is; nobody may be writing them, and nothing is written."""
    flaws, schema, head = [], [], (0, b"")
    for file, migrations in ((register, register_migrations), (telemetry, telemetry_migrations)):
        try:
            with closing(_connect_still(file)) as connection:
                schema += _applied(connection, migrations)
                answers = [str(answer) for (answer,) in connection.execute("PRAGMA integrity_check(3)")]
                flaws += [f"{file.name}: {answer}" for answer in answers if answer != "ok"]
        except sqlite3.Error as error:
            flaws.append(f"{file.name}: {error}")
    if not flaws:
        with closing(_connect_still(register)) as connection, closing(_connect_still(telemetry)) as history:
            head, broken = inspect_log(connection, schema)
            flaws += [f"log entry {broken.index} {broken.reason}"] if broken else []
            flaws += _strangers(connection, history)
    return Inspection(tuple(flaws), tuple(schema), head[0], head[1].hex())


def _connect_register(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)


def _connect_still(file: Path) -> sqlite3.Connection:
    """Open a file nobody writes, without a lock or a file beside it."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)


def _bytes_of(connection: sqlite3.Connection) -> int:
    (pages,), (page_bytes,) = (connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
    return int(pages) * int(page_bytes)


def _copy(source: sqlite3.Connection, target: Path, tell: Callable[[int], None]) -> None:
    (page_bytes,) = source.execute("PRAGMA page_size").fetchone()
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("PRAGMA synchronous = OFF")  # Its folder is synced as a whole, and named only then.
        source.backup(copy, pages=PAGES_AT_ONCE, progress=lambda _, left, total: tell((total - left) * int(page_bytes)))


def _refuse_to_hold(wal: Path) -> None:
    if wal.exists() and wal.stat().st_size > WAL_BYTES_MAX:
        raise Overloaded(
            f"cannot go on with the backup: {wal.name} has grown to {WAL_BYTES_MAX >> 30} GiB meanwhile",
            "back up to a faster disk, or when less comes in",
        )


def _applied(connection: sqlite3.Connection, migrations: Migrations) -> list[str]:
    database = Database(connection, recursive_triggers=False, execute_plugins=False)
    return sorted(migration.name for migration in migrations.applied(database))


def _strangers(register: sqlite3.Connection, telemetry: sqlite3.Connection) -> list[str]:
    """Return what telemetry tells of and the register does not know."""
    known = {index for (index,) in register.execute("SELECT service_index FROM service")}
    told = {index for (index,) in telemetry.execute("SELECT DISTINCT service FROM total")}
    return [f"telemetry of service number {index}, which the register does not know" for index in sorted(told - known)]
