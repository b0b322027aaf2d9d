"""Keep the keys that sign: rows of the table signing_key."""

import sqlite3
from datetime import datetime

from observatory.errors import Conflict, phrase
from observatory.model.signing_key import SigningKey
from observatory.store.sqlite.moments import moment_of, text_of


class SqliteKeys:
    """The `KeyBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, key: SigningKey) -> None:
        try:
            self._connection.execute(
                """INSERT INTO signing_key (generation, sealed, log_key, statement_key, made_at, retired_at)
                   VALUES (:generation, :sealed, :log_key, :statement_key, :made_at, :retired_at)""",
                {
                    "generation": key.generation,
                    "sealed": key.sealed,
                    "log_key": key.log_key,
                    "statement_key": key.statement_key,
                    "made_at": text_of(key.made_at),
                    "retired_at": text_of(key.retired_at),
                },
            )
        except sqlite3.IntegrityError:
            raise Conflict(
                phrase("cannot add keys: generation %(number)d is there already"), phrase("look at it first"), number=key.generation
            ) from None

    def keys(self) -> list[SigningKey]:
        rows = self._connection.execute(
            "SELECT generation, sealed, log_key, statement_key, made_at, retired_at FROM signing_key ORDER BY generation DESC"
        )
        return [SigningKey(row[0], row[1], bytes(row[2]), bytes(row[3]), moment_of(row[4]), moment_of(row[5])) for row in rows]

    def retire(self, generation: int, at: datetime) -> None:
        self._connection.execute(
            """UPDATE signing_key SET retired_at = :at
               WHERE generation = :generation AND (retired_at IS NULL OR retired_at > :at)""",
            {"generation": generation, "at": text_of(at)},
        )

    def seal_again(self, generation: int, before: str, after: str) -> bool:
        changed = self._connection.execute(
            "UPDATE signing_key SET sealed = :after WHERE generation = :generation AND sealed = :before",
            {"generation": generation, "before": before, "after": after},
        )
        return changed.rowcount == 1
