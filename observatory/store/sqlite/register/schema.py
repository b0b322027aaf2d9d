"""Make every table of register.sqlite. Migrations are additive and never edited after release.

Times are text in UTC as `moments` writes them, so that they sort; lists are JSON.
"""

import hashlib

from sqlite_utils import Database, Migrations

register_migrations = Migrations("register")

CATALOGUE = (
    """CREATE TABLE site (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        name_ko TEXT NOT NULL,
        name_en TEXT NOT NULL,
        time_zone TEXT NOT NULL,
        version INTEGER NOT NULL  -- grows with every applied catalogue
    ) STRICT""",
    """CREATE TABLE agency (
        id TEXT PRIMARY KEY,
        position INTEGER NOT NULL,
        name_ko TEXT NOT NULL,
        name_en TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE service (
        service_index INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        agency_id TEXT NOT NULL REFERENCES agency,
        position INTEGER NOT NULL,
        removed INTEGER NOT NULL CHECK (removed IN (0, 1)),
        registered_at TEXT NOT NULL,
        definition BLOB NOT NULL  -- canonical JSON, as in the log
    ) STRICT""",
    """CREATE TABLE menu (
        menu_index INTEGER PRIMARY KEY AUTOINCREMENT,
        service_index INTEGER NOT NULL REFERENCES service,
        id TEXT NOT NULL,
        UNIQUE (service_index, id)
    ) STRICT""",
    "CREATE TABLE vantage (source INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT",
    """CREATE TABLE probe_series (
        service INTEGER NOT NULL,
        menu INTEGER NOT NULL,
        source INTEGER NOT NULL,
        interval_s INTEGER NOT NULL,
        PRIMARY KEY (service, menu, source)
    ) STRICT, WITHOUT ROWID""",
)

TOKENS = (
    """CREATE TABLE token (
        id TEXT PRIMARY KEY,
        service_ids TEXT NOT NULL,
        mac BLOB NOT NULL,
        created_at TEXT NOT NULL,
        revoked_at TEXT
    ) STRICT, WITHOUT ROWID""",
)

INCIDENTS = (
    """CREATE TABLE incident (
        id TEXT PRIMARY KEY,
        service_id TEXT NOT NULL,
        menu_id TEXT,
        menu_ids TEXT NOT NULL,
        severity TEXT NOT NULL,
        started_at TEXT NOT NULL,
        ended_at TEXT,
        detected_at TEXT NOT NULL,
        end_reason TEXT,
        detected_by TEXT NOT NULL,
        down_minutes INTEGER NOT NULL,
        partial_minutes INTEGER NOT NULL,
        superseded_by TEXT
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX incident_by_start ON incident (started_at DESC, id)",
    "CREATE INDEX incident_by_service ON incident (service_id, started_at DESC, id)",
)

STAFF = (
    """CREATE TABLE staff (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        office_ko TEXT NOT NULL,
        office_en TEXT NOT NULL,
        created_at TEXT NOT NULL,
        disabled_at TEXT,
        password_hash TEXT NOT NULL,
        totp_secret TEXT NOT NULL,
        totp_step_used INTEGER NOT NULL DEFAULT -1,
        failures INTEGER NOT NULL DEFAULT 0,
        last_failure_at TEXT
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE staff_grants (
        staff_id TEXT NOT NULL REFERENCES staff,
        role TEXT NOT NULL,
        service_id TEXT,
        agency_id TEXT
    ) STRICT""",
    "CREATE INDEX staff_grants_by_staff ON staff_grants (staff_id)",
    """CREATE TABLE staff_recovery_codes (
        staff_id TEXT NOT NULL REFERENCES staff,
        code_hash TEXT NOT NULL,
        PRIMARY KEY (staff_id, code_hash)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE staff_sessions (
        id_hash BLOB PRIMARY KEY,
        staff_id TEXT NOT NULL REFERENCES staff,
        opened_at TEXT NOT NULL,
        last_seen_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX staff_sessions_by_staff ON staff_sessions (staff_id)",
)

LOG = (
    """CREATE TABLE log (
        log_index INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        body BLOB NOT NULL,
        recorded_at TEXT NOT NULL,
        previous_hash BLOB NOT NULL,
        hash BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX log_by_kind ON log (kind, log_index)",
    """CREATE TABLE log_head (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        size INTEGER NOT NULL,
        hash BLOB NOT NULL
    ) STRICT""",
)

SIGN_IN_PLACES = (
    """CREATE TABLE sign_in_place (
        staff_id TEXT NOT NULL REFERENCES staff,
        place BLOB NOT NULL,  -- a network or a device, as a keyed hash
        failures INTEGER NOT NULL,
        last_failure_at TEXT,
        last_success_at TEXT,
        PRIMARY KEY (staff_id, place)
    ) STRICT, WITHOUT ROWID""",
    "ALTER TABLE staff_sessions ADD COLUMN failures_before INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE staff_sessions ADD COLUMN last_failure_at TEXT",
)


# In order of use: of each member the newest are kept.
TOTP_STEPS = (
    "CREATE TABLE staff_totp_steps (staff_id TEXT NOT NULL REFERENCES staff, step INTEGER NOT NULL, UNIQUE (staff_id, step)) STRICT",
    "INSERT INTO staff_totp_steps (staff_id, step) SELECT id, totp_step_used FROM staff WHERE totp_step_used >= 0",
)


@register_migrations(name="0001_register")
def create_register(db: Database) -> None:
    """Create all tables of the first release; the head of the empty log is the hash of nothing (RFC 6962 section 2.1)."""
    for statement in (*CATALOGUE, *TOKENS, *INCIDENTS, *STAFF, *LOG):
        db.conn.execute(statement)
    db.conn.execute("INSERT INTO log_head (only, size, hash) VALUES (1, 0, ?)", (hashlib.sha256(b"").digest(),))


@register_migrations(name="0002_sign_in_places")
def keep_sign_in_places(db: Database) -> None:
    """Count failed attempts by the place they come from, so that strangers cannot close an account to its owner."""
    for statement in SIGN_IN_PLACES:
        db.conn.execute(statement)


@register_migrations(name="0003_totp_steps")
def keep_totp_steps(db: Database) -> None:
    """Keep each one-time password that was used, and not the newest alone (`staff.totp_step_used`): that may be of a wrong clock."""
    for statement in TOTP_STEPS:
        db.conn.execute(statement)


@register_migrations(name="0004_token_use")
def count_token_use(db: Database) -> None:
    """Count by day what each token sends."""
    db.conn.execute(
        """CREATE TABLE token_use (
            token_id TEXT NOT NULL,
            day TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            PRIMARY KEY (token_id, day)
        ) STRICT, WITHOUT ROWID"""
    )
