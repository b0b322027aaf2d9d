"""Add what proves people to the tables of register.sqlite; a migration is never edited after release."""

from sqlite_utils import Database

from observatory.store.sqlite.register.log_tables import register_migrations

__all__ = ["register_migrations"]


@register_migrations(name="0026_passkeys")
def keep_passkeys(db: Database) -> None:
    """Keep the public halves of passkeys, and which challenges were answered."""
    db.conn.execute(
        """CREATE TABLE passkey (
            credential_id BLOB PRIMARY KEY,
            staff_id TEXT NOT NULL REFERENCES staff,
            public_key BLOB NOT NULL,
            sign_count INTEGER NOT NULL,
            device_bound INTEGER NOT NULL CHECK (device_bound IN (0, 1)),
            name TEXT NOT NULL,
            enrolled_at TEXT NOT NULL,
            enrolled_by TEXT NOT NULL,
            revoked_at TEXT,
            last_used_at TEXT
        ) STRICT, WITHOUT ROWID"""
    )
    db.conn.execute("CREATE INDEX passkey_by_staff ON passkey (staff_id, enrolled_at)")
    db.conn.execute("CREATE TABLE answered_challenge (challenge BLOB PRIMARY KEY, at TEXT NOT NULL) STRICT, WITHOUT ROWID")
    db.conn.execute("CREATE INDEX answered_challenge_by_age ON answered_challenge (at)")
