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


@register_migrations(name="0027_sign_in_ways")
def keep_sign_in_ways(db: Database) -> None:
    """Keep how people sign in without a passkey, those that do so already with their password too, and codes that let them add a way."""
    db.conn.execute(
        """CREATE TABLE sign_in_way (
            id TEXT PRIMARY KEY,
            staff_id TEXT NOT NULL REFERENCES staff,
            kind TEXT NOT NULL CHECK (kind IN ('totp', 'oidc')),
            issuer TEXT NOT NULL,
            subject TEXT NOT NULL,
            enrolled_at TEXT NOT NULL,
            enrolled_by TEXT NOT NULL,
            last_used_at TEXT,
            revoked_at TEXT
        ) STRICT, WITHOUT ROWID"""
    )
    db.conn.execute("CREATE INDEX sign_in_way_by_staff ON sign_in_way (staff_id, enrolled_at)")
    db.conn.execute("CREATE UNIQUE INDEX sign_in_way_linked ON sign_in_way (issuer, subject) WHERE kind = 'oidc' AND revoked_at IS NULL")
    db.conn.execute(
        """INSERT INTO sign_in_way (id, staff_id, kind, issuer, subject, enrolled_at, enrolled_by, revoked_at)
           SELECT lower(hex(randomblob(16))), id, 'totp', '', '', created_at, 'host', disabled_at FROM staff"""
    )
    db.conn.execute(
        """CREATE TABLE enrolment_code (
            code_hash TEXT PRIMARY KEY,
            staff_id TEXT NOT NULL UNIQUE REFERENCES staff,
            given_by TEXT NOT NULL,
            given_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID"""
    )
