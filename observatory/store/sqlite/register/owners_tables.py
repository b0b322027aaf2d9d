"""Add the tables of what those who run a service say of it to those of `schema`; migrations are additive and never edited after release."""

from sqlite_utils import Database

from observatory.store.sqlite.register.judging_schema import register_migrations

__all__ = ["register_migrations"]

MAINTENANCE = (
    "CREATE TABLE maintenance (id TEXT PRIMARY KEY, service_id TEXT NOT NULL, cancelled_at TEXT) STRICT, WITHOUT ROWID",
    "CREATE INDEX maintenance_of_service ON maintenance (service_id)",
    """CREATE TABLE announcement (
        maintenance_id TEXT NOT NULL REFERENCES maintenance,
        number INTEGER NOT NULL,
        announced_at TEXT NOT NULL,
        start TEXT NOT NULL,
        end TEXT NOT NULL,
        title_ko TEXT NOT NULL,
        title_en TEXT NOT NULL,
        menu_ids TEXT NOT NULL,  -- JSON; none: the service as a whole
        PRIMARY KEY (maintenance_id, number)
    ) STRICT, WITHOUT ROWID""",
)

INCIDENT_UPDATES = (
    """CREATE TABLE incident_update (
        incident_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        stage TEXT NOT NULL,
        text_ko TEXT NOT NULL,
        text_en TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (incident_id, number)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX incident_by_heir ON incident (superseded_by) WHERE superseded_by IS NOT NULL",
)


@register_migrations(name="0012_maintenance_and_updates")
def keep_what_owners_say(db: Database) -> None:
    """Keep announced maintenance, with everything that was said of it, and what was written about incidents."""
    for statement in (*MAINTENANCE, *INCIDENT_UPDATES):
        db.conn.execute(statement)
