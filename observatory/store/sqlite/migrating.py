"""Bring a file to today's tables by its migrations; a file of a newer release is refused.

Any number of processes may do this to one fresh file at once.
"""

import sqlite3
import time

from sqlite_utils import Database, Migrations

from observatory.errors import BadSettings
from observatory.store.sqlite.connections import transaction

RETRY_S = 0.02


def migrate(connection: sqlite3.Connection, migrations: Migrations, file_name: str) -> None:
    """Bring a file to the newest schema, all of it or nothing. Raises BadSettings for one that is newer still.

    ! sqlite-utils begins deferred: of several processes that migrate a fresh file most would fail. We take the write
    lock first and then ask again what is missing.
    """
    database = _database(connection)
    _refuse_newer(database, migrations, file_name)
    if migrations.pending(database):
        with transaction(connection):
            _refuse_newer(database, migrations, file_name)
            migrations.apply(database)


def require_schema(connection: sqlite3.Connection, migrations: Migrations, file_name: str) -> None:
    """Raise BadSettings unless a file has exactly today's tables, for those who only read it."""
    database = _database(connection)
    _refuse_newer(database, migrations, file_name)
    if migrations.pending(database):
        raise BadSettings(f"cannot read {file_name}: it is of an older release", "start the observatory once, which brings it up to date")


def use_write_ahead_log(connection: sqlite3.Connection, busy_timeout_s: float) -> None:
    """Turn a file to write-ahead logging, for ever.

    ! SQLite does not wait for a lock here, whatever its busy timeout, so the waiting is ours.
    """
    deadline = time.monotonic() + busy_timeout_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(RETRY_S)
        else:
            return


def _refuse_newer(database: Database, migrations: Migrations, file_name: str) -> None:
    """Raise BadSettings if the file was migrated by a release that knows more than this one."""
    unknown = {migration.name for migration in migrations.applied(database)} - _names(migrations)
    if unknown:
        raise BadSettings(
            f"cannot open {file_name}: a newer release of the observatory has changed it ({max(unknown)})",
            "start that release, or restore the backup made before it",
        )


def _database(connection: sqlite3.Connection) -> Database:
    return Database(connection, recursive_triggers=False, execute_plugins=False)


def _names(migrations: Migrations) -> set[str]:
    """Return the names of all migrations of this release: on an empty database all of them are pending."""
    nothing = Database(memory=True)
    try:
        return {migration.name for migration in migrations.pending(nothing)}
    finally:
        nothing.close()
