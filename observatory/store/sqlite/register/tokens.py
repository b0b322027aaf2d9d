"""Keep who may send, and how much they did: rows of the tables token and token_use."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from observatory.errors import Conflict
from observatory.model.delivery import SIGNALS
from observatory.model.staff import Token
from observatory.store.sqlite.moments import moment_of, text_of

USE_KEPT = timedelta(days=30)
ROWS = "SELECT id, service_ids, mac, created_at, revoked_at, signals, vantage FROM token "
Row = tuple[str, str, bytes, str, str | None, str | None, str]


class SqliteTokens:
    """The `TokenBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, token: Token) -> None:
        try:
            self._connection.execute(
                """INSERT INTO token (id, service_ids, mac, created_at, revoked_at, signals, vantage)
                   VALUES (:id, :service_ids, :mac, :created_at, :revoked_at, :signals, :vantage)""",
                {
                    "id": token.id,
                    "service_ids": json.dumps(token.service_ids),
                    "mac": token.mac,
                    "created_at": text_of(token.created_at),
                    "revoked_at": text_of(token.revoked_at),
                    "signals": None if token.signals == SIGNALS else json.dumps(token.signals),
                    "vantage": token.vantage,
                },
            )
        except sqlite3.IntegrityError:
            raise Conflict(f"cannot add token {token.id!r}: the id is taken", "create it again, it gets another id") from None

    def token(self, token_id: str) -> Token | None:
        row = self._connection.execute(ROWS + "WHERE id = :id", {"id": token_id}).fetchone()
        return _token(row) if row else None

    def tokens(self) -> list[Token]:
        return [_token(row) for row in self._connection.execute(ROWS + "ORDER BY created_at, id")]

    def revoke(self, token_id: str, now: datetime) -> bool:
        ended = self._connection.execute(
            "UPDATE token SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL", {"id": token_id, "now": text_of(now)}
        )
        return ended.rowcount == 1

    def keep_use(self, day: date, used: Mapping[str, int]) -> None:
        self._connection.executemany(
            """INSERT INTO token_use (token_id, day, bytes) VALUES (:token_id, :day, :bytes)
               ON CONFLICT (token_id, day) DO UPDATE SET bytes = excluded.bytes""",
            [{"token_id": token_id, "day": day.isoformat(), "bytes": count} for token_id, count in used.items()],
        )
        self._connection.execute("DELETE FROM token_use WHERE day < :before", {"before": (day - USE_KEPT).isoformat()})

    def use(self, day: date) -> dict[str, int]:
        return dict(self._connection.execute("SELECT token_id, bytes FROM token_use WHERE day = :day", {"day": day.isoformat()}).fetchall())


def _token(row: Row) -> Token:
    token_id, service_ids, mac, created_at, revoked_at, signals, vantage = row
    may_send = SIGNALS if signals is None else tuple(json.loads(signals))
    return Token(token_id, tuple(json.loads(service_ids)), mac, moment_of(created_at), moment_of(revoked_at), may_send, vantage)
