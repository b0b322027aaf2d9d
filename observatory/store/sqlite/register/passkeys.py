"""Keep passkeys and the challenges they answered: rows of the tables passkey and answered_challenge."""

import sqlite3
from datetime import datetime
from typing import Any

from observatory.errors import Conflict, phrase
from observatory.model.staff import Passkey
from observatory.store.people_books import CHALLENGES_KEPT
from observatory.store.sqlite.moments import moment_of, text_of

COLUMNS = "credential_id, staff_id, public_key, sign_count, device_bound, name, enrolled_at, enrolled_by, revoked_at, last_used_at"


class SqlitePasskeys:
    """The `PasskeyBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, passkey: Passkey) -> None:
        try:
            self._connection.execute(
                f"""INSERT INTO passkey ({COLUMNS}) VALUES (:credential_id, :staff_id, :public_key, :sign_count, :device_bound, :name,
                    :enrolled_at, :enrolled_by, :revoked_at, :last_used_at)""",  # noqa: S608  # our own words
                {
                    "credential_id": passkey.credential_id,
                    "staff_id": passkey.staff_id,
                    "public_key": passkey.public_key,
                    "sign_count": passkey.sign_count,
                    "device_bound": passkey.device_bound,
                    "name": passkey.name,
                    "enrolled_at": text_of(passkey.enrolled_at),
                    "enrolled_by": passkey.enrolled_by,
                    "revoked_at": text_of(passkey.revoked_at),
                    "last_used_at": text_of(passkey.last_used_at),
                },
            )
        except sqlite3.IntegrityError:
            raise Conflict(phrase("cannot add this passkey: it is in use already"), phrase("make a new one, or sign in with it")) from None

    def passkey(self, credential_id: bytes) -> Passkey | None:
        row = self._connection.execute(
            f"SELECT {COLUMNS} FROM passkey WHERE credential_id = :id",  # noqa: S608  # our own words
            {"id": credential_id},
        ).fetchone()
        return _passkey(row) if row else None

    def passkeys_of(self, staff_id: str) -> list[Passkey]:
        rows = self._connection.execute(
            f"SELECT {COLUMNS} FROM passkey WHERE staff_id = :id ORDER BY enrolled_at, credential_id",  # noqa: S608  # our own words
            {"id": staff_id},
        )
        return [_passkey(row) for row in rows]

    def use(self, credential_id: bytes, sign_count: int, now: datetime) -> bool:
        changed = self._connection.execute(
            """UPDATE passkey SET sign_count = :count, last_used_at = :now WHERE credential_id = :id AND revoked_at IS NULL
               AND (sign_count < :count OR (sign_count = 0 AND :count = 0))""",
            {"id": credential_id, "count": sign_count, "now": text_of(now)},
        ).rowcount
        return changed == 1

    def revoke(self, credential_id: bytes, now: datetime) -> bool:
        changed = self._connection.execute(
            "UPDATE passkey SET revoked_at = :now WHERE credential_id = :id AND revoked_at IS NULL",
            {"id": credential_id, "now": text_of(now)},
        ).rowcount
        return changed == 1


class SqliteChallenges:
    """The `ChallengeBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def use(self, challenge: bytes, now: datetime) -> bool:
        self._connection.execute("DELETE FROM answered_challenge WHERE at < :before", {"before": text_of(now - CHALLENGES_KEPT)})
        added = self._connection.execute(
            "INSERT INTO answered_challenge (challenge, at) VALUES (:challenge, :at) ON CONFLICT DO NOTHING",
            {"challenge": challenge, "at": text_of(now)},
        ).rowcount
        return added == 1


def _passkey(row: tuple[Any, ...]) -> Passkey:
    credential_id, staff_id, public_key, sign_count, device_bound, name, enrolled_at, enrolled_by, revoked_at, last_used_at = row
    return Passkey(
        credential_id=credential_id,
        staff_id=staff_id,
        public_key=public_key,
        sign_count=sign_count,
        device_bound=bool(device_bound),
        name=name,
        enrolled_at=moment_of(enrolled_at),
        enrolled_by=enrolled_by,
        revoked_at=moment_of(revoked_at),
        last_used_at=moment_of(last_used_at),
    )
