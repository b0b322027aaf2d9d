"""Add what places of checks and forms of the desk need to the tables of register.sqlite; a migration is never edited after release."""

from sqlite_utils import Database

from observatory.store.sqlite.register.story_tables import register_migrations

__all__ = ["register_migrations"]


@register_migrations(name="0019_vantage_tokens")
def name_the_vantage_of_a_token(db: Database) -> None:
    """Say of a token which of the operator's own places of checks it is; those that are there are none."""
    db.conn.execute("ALTER TABLE token ADD COLUMN vantage TEXT NOT NULL DEFAULT ''")


@register_migrations(name="0020_check_seen")
def keep_what_checks_saw(db: Database) -> None:
    """Keep what the checks of a menu come to at each place, and which certificate was shown there."""
    db.conn.execute(
        """CREATE TABLE check_seen (
            service INTEGER NOT NULL,
            menu INTEGER NOT NULL,
            source INTEGER NOT NULL,
            outcome TEXT NOT NULL,
            since TEXT NOT NULL,
            last_at TEXT NOT NULL,
            certificate_ends_at TEXT,
            PRIMARY KEY (service, menu, source)
        ) STRICT, WITHOUT ROWID"""
    )


@register_migrations(name="0021_sighted")
def count_checks_seen_again(db: Database) -> None:
    """Count of each service and day how many of our checks it answered, and how many were seen again in its telemetry."""
    db.conn.execute(
        """CREATE TABLE sighted (
            service INTEGER NOT NULL,
            day TEXT NOT NULL,
            checks INTEGER NOT NULL,
            seen INTEGER NOT NULL,
            traced INTEGER NOT NULL,
            PRIMARY KEY (service, day)
        ) STRICT, WITHOUT ROWID"""
    )


@register_migrations(name="0022_sent_forms")
def keep_sent_forms(db: Database) -> None:
    """Keep which forms were acted upon, so that none does anything twice."""
    db.conn.execute("CREATE TABLE sent_form (key BLOB PRIMARY KEY, content BLOB NOT NULL, at TEXT NOT NULL) STRICT, WITHOUT ROWID")
    db.conn.execute("CREATE INDEX sent_form_by_age ON sent_form (at)")
