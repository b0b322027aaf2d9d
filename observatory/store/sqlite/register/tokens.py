"""Keep who may send: rows of the table token, inside the caller's transaction."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from observatory.errors import Conflict
from observatory.model.staff import Token
from observatory.store.sqlite.moments import moment_of, text_of

USE_KEPT = timedelta(days=30)
ROWS = "SELECT id, service_ids, mac, created_at, revoked_at FROM token "
Row = tuple[str, str, bytes, str, str | None]


def add_token(connection: sqlite3.Connection, token: Token) -> None:
    """Keep a new token. Raises Conflict if its id is taken."""
    try:
        connection.execute(
            """INSERT INTO token (id, service_ids, mac, created_at, revoked_at)
               VALUES (:id, :service_ids, :mac, :created_at, :revoked_at)""",
            {
                "id": token.id,
                "service_ids": json.dumps(token.service_ids),
                "mac": token.mac,
                "created_at": text_of(token.created_at),
                "revoked_at": text_of(token.revoked_at),
            },
        )
    except sqlite3.IntegrityError:
        raise Conflict(f"cannot add token {token.id!r}: the id is taken", "create it again, it gets another id") from None


def token(connection: sqlite3.Connection, token_id: str) -> Token | None:
    """Return a token, revoked or not."""
    row = connection.execute(ROWS + "WHERE id = :id", {"id": token_id}).fetchone()
    return _token(row) if row else None


def tokens(connection: sqlite3.Connection) -> list[Token]:
    """Return all tokens, oldest first."""
    return [_token(row) for row in connection.execute(ROWS + "ORDER BY created_at, id")]


def revoke_token(connection: sqlite3.Connection, token_id: str, now: datetime) -> bool:
    """End a token from now on; False if there is none of that id that still works."""
    ended = connection.execute(
        "UPDATE token SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL", {"id": token_id, "now": text_of(now)}
    )
    return ended.rowcount == 1


def keep_token_use(connection: sqlite3.Connection, day: date, used: Mapping[str, int]) -> None:
    """Keep how many bytes tokens sent on a day; forget what is older than USE_KEPT."""
    connection.executemany(
        "INSERT INTO token_use (token_id, day, bytes) VALUES (?, ?, ?) ON CONFLICT (token_id, day) DO UPDATE SET bytes = excluded.bytes",
        [(token_id, day.isoformat(), count) for token_id, count in used.items()],
    )
    connection.execute("DELETE FROM token_use WHERE day < :before", {"before": (day - USE_KEPT).isoformat()})


def token_use(connection: sqlite3.Connection, day: date) -> dict[str, int]:
    """Return how many bytes each token sent on a day."""
    return dict(connection.execute("SELECT token_id, bytes FROM token_use WHERE day = :day", {"day": day.isoformat()}).fetchall())


def _token(row: Row) -> Token:
    token_id, service_ids, mac, created_at, revoked_at = row
    return Token(token_id, tuple(json.loads(service_ids)), mac, moment_of(created_at), moment_of(revoked_at))
