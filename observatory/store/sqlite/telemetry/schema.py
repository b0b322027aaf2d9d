"""Make every table of telemetry.sqlite. Migrations are additive and never edited after release."""

import sqlite3
from pathlib import Path

from sqlite_utils import Database, Migrations

from observatory.store.sqlite.connections import BUSY_TIMEOUT_S, WAL_PAGES, connect_writer
from observatory.store.sqlite.migrating import migrate, use_write_ahead_log
from observatory.store.sqlite.telemetry.lasting_tables import DAY_CHANGES, IMPORTED, LEFT_OUT, MORE_COLUMNS, PUBLISHED
from observatory.store.sqlite.telemetry.tables import (
    BATCHES,
    DAY_ACCOUNTS,
    EXEMPLARS,
    JUDGED,
    KEY_GROUPS,
    MINUTES,
    RUNS,
    SENDERS,
    SERIES,
    TOTALS,
)

telemetry_migrations = Migrations("telemetry")


@telemetry_migrations(name="0001_telemetry")
def create_telemetry(db: Database) -> None:
    """Create all tables of the first release."""
    for statement in (MINUTES, TOTALS, *BATCHES, *JUDGED, RUNS):
        db.conn.execute(statement)


@telemetry_migrations(name="0002_day_revisions")
def note_day_revisions(db: Database) -> None:
    """Let each day tell by which revision it was stored, without reading its strips."""
    db.conn.execute("ALTER TABLE strip ADD COLUMN revision INTEGER NOT NULL DEFAULT 0")
    db.conn.execute("CREATE INDEX strip_by_revision ON strip (service, day, revision)")


@telemetry_migrations(name="0003_exemplars")
def keep_exemplars(db: Database) -> None:
    """Make room for single records of the last days."""
    for statement in EXEMPLARS:
        db.conn.execute(statement)


@telemetry_migrations(name="0004_series")
def remember_series(db: Database) -> None:
    """Remember the newest points of cumulative series, against which the next ones are counted."""
    for statement in SERIES:
        db.conn.execute(statement)


@telemetry_migrations(name="0005_journal")
def keep_journal(db: Database) -> None:
    """Make room for counters that are stored, and not yet added to those that are read."""
    db.conn.execute("CREATE TABLE journal (id INTEGER PRIMARY KEY, rows BLOB NOT NULL) STRICT")


@telemetry_migrations(name="0006_key_groups")
def group_keys(db: Database) -> None:
    """Keep the keys of batches as they came, a row for each commit: a table in order of keys was written all over with every one."""
    for statement in KEY_GROUPS:
        db.conn.execute(statement)
    if db["batch_key"].count:
        from observatory.store.sqlite.telemetry.duplicates import move_keys  # noqa: PLC0415  # it waits for the compiler

        move_keys(db.conn)
    db.conn.execute("DROP TABLE batch_key")


@telemetry_migrations(name="0007_senders")
def remember_senders(db: Database) -> None:
    """Remember who sends what, and what of it is nobody's or no menu's."""
    db.conn.execute(SENDERS)


@telemetry_migrations(name="0008_day_accounts")
def keep_day_accounts(db: Database) -> None:
    """Keep for ever how many minutes of each class a day had: strips leave into them."""
    for statement in DAY_ACCOUNTS:
        db.conn.execute(statement)


@telemetry_migrations(name="0009_day_changes")
def keep_day_changes(db: Database) -> None:
    """Keep for ever how days that were over changed later."""
    for statement in DAY_CHANGES:
        db.conn.execute(statement)


@telemetry_migrations(name="0010_client_errors")
def count_client_errors(db: Database) -> None:
    """Note from when on client errors are counted: what is stored so far does not tell how many are usual."""
    db.conn.execute("CREATE TABLE client_errors (from_minute INTEGER NOT NULL) STRICT")
    db.conn.execute(
        """INSERT INTO client_errors (from_minute)
           SELECT max(coalesce((SELECT max(end_minute) FROM strip), 0), coalesce((SELECT max(minute) + 1 FROM minute), 0))"""
    )


@telemetry_migrations(name="0011_changed_digits")
def tell_all_changed_digits(db: Database) -> None:
    """Keep also how menus, requests and load times changed, and why; what was imported is remembered to be told as such."""
    for column in MORE_COLUMNS:
        db.conn.execute(f"ALTER TABLE day_change ADD COLUMN {column}")
    db.conn.execute(IMPORTED)


@telemetry_migrations(name="0012_left_out")
def tell_what_was_left_out(db: Database) -> None:
    """Keep how many records of each service were left out, or came late, and from when on that was counted."""
    for statement in LEFT_OUT:
        db.conn.execute(statement)


@telemetry_migrations(name="0013_published")
def keep_what_is_read(db: Database) -> None:
    """Make room for what is made ready for readers; it is made from what is there, service by service, once the observatory runs."""
    for statement in PUBLISHED:
        db.conn.execute(statement)


def connect_telemetry(path: Path, busy_timeout_s: float = BUSY_TIMEOUT_S) -> sqlite3.Connection:
    """Open telemetry.sqlite for writing, made if absent, with today's tables. Raises BadSettings for a newer schema."""
    connection = connect_writer(path, busy_timeout_s)
    try:
        use_write_ahead_log(connection, busy_timeout_s)
        connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        migrate(connection, telemetry_migrations, path.name)
    except BaseException:
        connection.close()
        raise
    return connection
