"""Add the tables of what people say of failures beside measuring."""

from sqlite_utils import Database

from observatory.store.sqlite.register.owners_tables import register_migrations

__all__ = ["register_migrations"]

DECLARATIONS = (
    """CREATE TABLE declaration (
        id TEXT PRIMARY KEY,
        service_id TEXT NOT NULL,
        menu_ids TEXT NOT NULL,  -- JSON; none: the service with all its menus
        severity TEXT NOT NULL,
        start TEXT NOT NULL,
        end TEXT,
        title_ko TEXT NOT NULL,
        title_en TEXT NOT NULL,
        declared_at TEXT NOT NULL,
        ended_at TEXT
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX declaration_of_service ON declaration (service_id, start)",
    "CREATE INDEX declaration_going_on ON declaration (start) WHERE end IS NULL",
)


@register_migrations(name="0015_declarations")
def keep_declarations(db: Database) -> None:
    """Keep failures that were declared by those who run a service."""
    for statement in DECLARATIONS:
        db.conn.execute(statement)


DISPUTES = (
    """CREATE TABLE dispute (
        incident_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        text_ko TEXT NOT NULL,
        text_en TEXT NOT NULL,
        at TEXT NOT NULL,
        accepted INTEGER,  -- no answer yet: null, with all that follows
        reason_ko TEXT,
        reason_en TEXT,
        answered_at TEXT,
        answered_by TEXT,
        PRIMARY KEY (incident_id, number)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE decided_correction (
        number INTEGER PRIMARY KEY,
        service_id TEXT NOT NULL,
        menu_id TEXT NOT NULL,
        start TEXT NOT NULL,
        end TEXT NOT NULL,
        noted_at TEXT NOT NULL,
        approved_at TEXT NOT NULL,
        reason_ko TEXT NOT NULL,
        reason_en TEXT NOT NULL,
        approved_by TEXT NOT NULL
    ) STRICT""",
)


@register_migrations(name="0016_disputes")
def keep_disputes(db: Database) -> None:
    """Keep what was said against incidents, and the corrections of what auditors accepted of it."""
    for statement in DISPUTES:
        db.conn.execute(statement)


SHARED_CAUSES = (
    """CREATE TABLE shared_cause (
        id TEXT PRIMARY KEY,
        title_ko TEXT NOT NULL,
        title_en TEXT NOT NULL,
        at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE shared_cause_tie (
        cause_id TEXT NOT NULL REFERENCES shared_cause,
        incident_id TEXT NOT NULL,
        at TEXT NOT NULL,
        undone_at TEXT,
        PRIMARY KEY (cause_id, incident_id, at)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX shared_cause_tie_now ON shared_cause_tie (incident_id) WHERE undone_at IS NULL",
)


@register_migrations(name="0017_shared_causes")
def keep_shared_causes(db: Database) -> None:
    """Keep causes that incidents of several services share."""
    for statement in SHARED_CAUSES:
        db.conn.execute(statement)


SCHEDULED = (
    """CREATE TABLE scheduled_message (
        number INTEGER PRIMARY KEY,
        service_id TEXT NOT NULL,
        incident_id TEXT,
        maintenance_id TEXT,
        stage TEXT,
        text_ko TEXT NOT NULL,
        text_en TEXT NOT NULL,
        publish_at TEXT NOT NULL,
        scheduled_by TEXT NOT NULL,
        outcome TEXT,  -- null: it waits
        ended_at TEXT,
        CHECK ((incident_id IS NULL) <> (maintenance_id IS NULL))
    ) STRICT""",
    "CREATE INDEX scheduled_message_waiting ON scheduled_message (publish_at) WHERE outcome IS NULL",
)


@register_migrations(name="0018_scheduled_messages")
def keep_scheduled_messages(db: Database) -> None:
    """Keep what is to be published by itself at a given time."""
    for statement in SCHEDULED:
        db.conn.execute(statement)
