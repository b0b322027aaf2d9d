"""Make every table of telemetry.sqlite. Migrations are additive and never edited after release.

Minutes are whole minutes since 1970 UTC, days are ISO text, blobs are little-endian.
"""

import sqlite3
from pathlib import Path

from sqlite_utils import Database, Migrations

from observatory.store.sqlite.connections import BUSY_TIMEOUT_S, WAL_PAGES, connect_writer
from observatory.store.sqlite.migrating import migrate, use_write_ahead_log
from observatory.store.sqlite.telemetry import lasting_tables as tables

telemetry_migrations = Migrations("telemetry")

# Minute first: what comes in now is written side by side (7 times faster than service first). One service is read by
# one seek for each minute, so no second index is needed.
MINUTES = """CREATE TABLE minute (
    minute INTEGER NOT NULL,
    service INTEGER NOT NULL,
    menu INTEGER NOT NULL,
    source INTEGER NOT NULL,
    counters BLOB NOT NULL,  -- int64 for each Counter
    histogram BLOB NOT NULL,  -- (int16 bucket, uint32 count) in order of buckets
    PRIMARY KEY (minute, service, menu, source)
) STRICT, WITHOUT ROWID"""

TOTALS = """CREATE TABLE total (
    service INTEGER NOT NULL,
    menu INTEGER NOT NULL,
    source INTEGER NOT NULL,
    count INTEGER NOT NULL,
    bad INTEGER NOT NULL,
    throttled INTEGER NOT NULL,
    timed INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    newest_minute INTEGER NOT NULL,
    PRIMARY KEY (service, menu, source)
) STRICT, WITHOUT ROWID"""

BATCHES = (
    "CREATE TABLE batch_key (key BLOB PRIMARY KEY, received_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX batch_key_by_age ON batch_key (received_ms)",
    "CREATE TABLE import_position (file_id BLOB PRIMARY KEY, offset INTEGER NOT NULL) STRICT, WITHOUT ROWID",
)

KEY_GROUPS = (
    """CREATE TABLE key_group (
        id INTEGER PRIMARY KEY,
        newest_ms INTEGER NOT NULL,
        keys BLOB NOT NULL  -- 32 bytes for each key, then the int64 milliseconds when each was received
    ) STRICT""",
    "CREATE INDEX key_group_by_age ON key_group (newest_ms)",
)

JUDGED = (
    """CREATE TABLE judging (
        service INTEGER PRIMARY KEY,
        generation INTEGER NOT NULL DEFAULT 0,  -- grows with every change of the service's minutes
        revision INTEGER NOT NULL DEFAULT 0  -- grows with everything the judge stores
    ) STRICT""",
    """CREATE TABLE unjudged (
        service INTEGER NOT NULL,
        slice INTEGER NOT NULL,  -- minute / 1440, so that today's traffic does not hold up an older day
        first_minute INTEGER NOT NULL,
        last_minute INTEGER NOT NULL,
        generation INTEGER NOT NULL,
        PRIMARY KEY (service, slice)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE strip (
        service INTEGER NOT NULL,
        day TEXT NOT NULL,
        menu INTEGER NOT NULL,
        first_minute INTEGER NOT NULL,
        end_minute INTEGER NOT NULL,
        source INTEGER NOT NULL,
        settled INTEGER NOT NULL CHECK (settled IN (0, 1)),
        minutes BLOB NOT NULL,
        UNIQUE (service, day, menu)
    ) STRICT""",
    "CREATE INDEX strip_unsettled ON strip (end_minute, service, day) WHERE settled = 0",
    "CREATE INDEX strip_by_day ON strip (day)",
    """CREATE TABLE load (
        service INTEGER NOT NULL,
        day TEXT NOT NULL,
        menu INTEGER NOT NULL,
        source INTEGER NOT NULL,
        authoritative INTEGER NOT NULL CHECK (authoritative IN (0, 1)),
        counters BLOB NOT NULL,  -- as in minute
        histogram BLOB NOT NULL,  -- (int16 bucket, int64 count) in order of buckets
        PRIMARY KEY (service, day, menu, source)
    ) STRICT, WITHOUT ROWID""",
)

RUNS = "CREATE TABLE run (id INTEGER PRIMARY KEY AUTOINCREMENT, first_minute INTEGER NOT NULL, last_minute INTEGER NOT NULL) STRICT"

# Minute first, as in minute: what is forgotten lies side by side.
EXEMPLARS = (
    """CREATE TABLE exemplar (
        minute INTEGER NOT NULL,
        service INTEGER NOT NULL,
        menu INTEGER NOT NULL,
        kind INTEGER NOT NULL,  -- ExemplarKind
        number INTEGER NOT NULL CHECK (number BETWEEN 0 AND 19),
        source INTEGER NOT NULL,
        end_ms INTEGER NOT NULL,
        duration_us INTEGER NOT NULL,
        status INTEGER NOT NULL,
        template INTEGER NOT NULL,  -- number of the service's template of that day; -1: one too many
        trace_id BLOB NOT NULL,  -- 16 bytes, or none
        PRIMARY KEY (minute, service, menu, kind, number)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE template (
        day INTEGER NOT NULL,  -- minute / 1440
        service INTEGER NOT NULL,
        number INTEGER NOT NULL CHECK (number BETWEEN 0 AND 499),
        text TEXT NOT NULL,
        PRIMARY KEY (day, service, number),
        UNIQUE (day, service, text)
    ) STRICT, WITHOUT ROWID""",
)

# A new series is counted against its service's limit, so counting has to be quick: nothing but the key is read.
SERIES = (
    """CREATE TABLE series (
        service INTEGER NOT NULL,
        series BLOB NOT NULL,  -- hash of all that tells it from others
        state BLOB NOT NULL,  -- its newest points, as rollup.series writes them
        seen_ms INTEGER NOT NULL,
        PRIMARY KEY (service, series)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX series_by_age ON series (seen_ms)",
    "CREATE INDEX series_by_service ON series (service)",
)


SENDERS = """CREATE TABLE sender (
    sender TEXT NOT NULL,
    reason TEXT NOT NULL,  -- empty: counted
    service INTEGER NOT NULL,
    source INTEGER NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    template TEXT NOT NULL,
    records INTEGER NOT NULL,
    newest_minute INTEGER NOT NULL,
    PRIMARY KEY (sender, reason, service, source, namespace, name, template)
) STRICT, WITHOUT ROWID"""


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
    for statement in tables.DAY_ACCOUNTS:
        db.conn.execute(statement)


@telemetry_migrations(name="0009_day_changes")
def keep_day_changes(db: Database) -> None:
    """Keep for ever how days that were over changed later."""
    for statement in tables.DAY_CHANGES:
        db.conn.execute(statement)


@telemetry_migrations(name="0010_changed_digits")
def tell_all_changed_digits(db: Database) -> None:
    """Keep also how menus, requests and load times changed, and why; what was imported is remembered to be told as such."""
    for column in tables.MORE_COLUMNS:
        db.conn.execute(f"ALTER TABLE day_change ADD COLUMN {column}")
    db.conn.execute(tables.IMPORTED)


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
