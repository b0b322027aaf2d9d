"""Make the table of the keys that sign: migration 0032."""

from sqlite_utils import Database

from observatory.store.sqlite.register.people_tables import register_migrations

__all__ = ["register_migrations"]


@register_migrations(name="0032_signing_keys")
def keep_signing_keys(db: Database) -> None:
    """Keep every generation of the keys that sign, its secret sealed."""
    db.conn.execute(
        """CREATE TABLE signing_key (
            generation INTEGER PRIMARY KEY CHECK (generation > 0),
            sealed TEXT NOT NULL,
            log_key BLOB NOT NULL CHECK (length(log_key) = 32),
            statement_key BLOB NOT NULL CHECK (length(statement_key) = 32),
            made_at TEXT NOT NULL,
            retired_at TEXT
        ) STRICT"""
    )
