"""Make the tables of what the judge goes by besides evidence: choices, corrections, versions."""

from sqlite_utils import Database

from observatory.store.sqlite.register.schema import register_migrations

__all__ = ["register_migrations"]

CORRECTIONS = (
    """CREATE TABLE correction (
        service_id TEXT NOT NULL,
        menu_id TEXT NOT NULL,  -- empty: the service as a whole
        start TEXT NOT NULL,
        end TEXT NOT NULL,
        noted_at TEXT NOT NULL,
        approved_at TEXT,
        reason_ko TEXT,
        reason_en TEXT,
        approved_by TEXT,
        PRIMARY KEY (service_id, menu_id, start)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE judge_again (
        number INTEGER PRIMARY KEY,
        service_id TEXT NOT NULL,
        start TEXT NOT NULL,
        end TEXT NOT NULL
    ) STRICT""",
)

SOURCE_CHOICES = """CREATE TABLE source_choice (
    service_id TEXT NOT NULL,
    from_day TEXT NOT NULL,
    source INTEGER NOT NULL,
    PRIMARY KEY (service_id, from_day)
) STRICT, WITHOUT ROWID"""


@register_migrations(name="0005_source_choices")
def keep_source_choices(db: Database) -> None:
    """Remember which server source was chosen to tell of each service, and from which day on."""
    db.conn.execute(SOURCE_CHOICES)


@register_migrations(name="0006_withdrawn_incidents")
def keep_withdrawn_incidents(db: Database) -> None:
    """Keep an incident that turned out to be none, with the reason."""
    db.conn.execute("ALTER TABLE incident ADD COLUMN withdrawn TEXT")


@register_migrations(name="0007_corrections")
def keep_corrections(db: Database) -> None:
    """Keep final minutes that late evidence would make better, and what auditors said of them."""
    for statement in CORRECTIONS:
        db.conn.execute(statement)


@register_migrations(name="0008_hours_changes")
def keep_hours_changes(db: Database) -> None:
    """Remember from which day on which service hours are in force."""
    db.conn.execute(
        """CREATE TABLE hours_change (
            service_id TEXT NOT NULL,
            from_day TEXT NOT NULL,
            hours TEXT NOT NULL,
            PRIMARY KEY (service_id, from_day)
        ) STRICT, WITHOUT ROWID"""
    )


@register_migrations(name="0009_removed_at")
def keep_when_removed(db: Database) -> None:
    """Remember when a service left the catalogue: it is frozen from then on. Of earlier ones the log tells."""
    db.conn.execute("ALTER TABLE service ADD COLUMN removed_at TEXT")
    db.conn.execute(
        """UPDATE service SET removed_at = (
               SELECT max(recorded_at) FROM log WHERE kind = 'service-removed' AND json_extract(CAST(body AS TEXT), '$.id') = service.id
           ) WHERE removed = 1"""
    )


@register_migrations(name="0010_method")
def keep_the_method(db: Database) -> None:
    """Remember by which version of the method what is stored was judged."""
    db.conn.execute("CREATE TABLE method (only INTEGER PRIMARY KEY CHECK (only = 1), version TEXT NOT NULL) STRICT")
    db.conn.execute("INSERT INTO method (only, version) SELECT 1, 'obs-method/1' WHERE EXISTS (SELECT 1 FROM service)")


@register_migrations(name="0011_holidays")
def keep_holidays(db: Database) -> None:
    """Keep the public holidays of the site."""
    db.conn.execute("ALTER TABLE site ADD COLUMN holidays TEXT NOT NULL DEFAULT '[]'")


AGENCY_CHECKS = (
    "CREATE TABLE agency_vantage (source INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT",
    "ALTER TABLE token ADD COLUMN signals TEXT",  # NULL: all of them
)


@register_migrations(name="0013_agency_checks")
def tell_agencies_checks_apart(db: Database) -> None:
    """Number who checks with a token apart from operators' vantages, and say what a token may send; what is there stays as it was."""
    for statement in AGENCY_CHECKS:
        db.conn.execute(statement)


@register_migrations(name="0014_rule_changes")
def keep_rule_changes(db: Database) -> None:
    """Remember from which day on rules of the catalogue are in force: without a row they always were. Find what the log tells of them."""
    db.conn.execute(
        """CREATE TABLE rule_change (
            service_id TEXT NOT NULL,  -- empty: of all services
            rule TEXT NOT NULL,
            from_day TEXT NOT NULL,
            value TEXT NOT NULL,  -- JSON
            PRIMARY KEY (service_id, rule, from_day)
        ) STRICT, WITHOUT ROWID"""
    )
    db.conn.execute("CREATE INDEX log_by_kind_and_second ON log (kind, substr(recorded_at, 1, 19), log_index)")
