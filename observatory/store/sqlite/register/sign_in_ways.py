"""Keep how people sign in without a passkey, and codes that let them add a way: rows of sign_in_way and enrolment_code."""

import sqlite3
from datetime import datetime
from typing import Any

from observatory.errors import Conflict, phrase
from observatory.model.sign_in_ways import ENROLMENT_CODE_GOOD_FOR, EnrolmentCode, SignInWay
from observatory.store.sqlite.moments import moment_of, text_of

COLUMNS = "id, staff_id, kind, enrolled_at, enrolled_by, issuer, subject, last_used_at, revoked_at"


class SqliteWays:
    """The `WayBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, way: SignInWay) -> None:
        try:
            self._connection.execute(
                f"""INSERT INTO sign_in_way ({COLUMNS}) VALUES (:id, :staff_id, :kind, :enrolled_at, :enrolled_by, :issuer, :subject,
                    :last_used_at, :revoked_at)""",  # noqa: S608  # our own words
                {
                    "id": way.id,
                    "staff_id": way.staff_id,
                    "kind": way.kind,
                    "enrolled_at": text_of(way.enrolled_at),
                    "enrolled_by": way.enrolled_by,
                    "issuer": way.issuer,
                    "subject": way.subject,
                    "last_used_at": text_of(way.last_used_at),
                    "revoked_at": text_of(way.revoked_at),
                },
            )
        except sqlite3.IntegrityError:
            raise Conflict(
                phrase("cannot link this single sign-on: it signs somebody in already"), phrase("sign in there as the person meant")
            ) from None

    def ways_of(self, staff_id: str) -> list[SignInWay]:
        rows = self._connection.execute(
            f"SELECT {COLUMNS} FROM sign_in_way WHERE staff_id = :id ORDER BY enrolled_at, id",  # noqa: S608  # our own words
            {"id": staff_id},
        )
        return [_way(row) for row in rows]

    def linked(self, issuer: str, subject: str) -> SignInWay | None:
        row = self._connection.execute(
            f"""SELECT {COLUMNS} FROM sign_in_way
                WHERE kind = 'oidc' AND revoked_at IS NULL AND issuer = :issuer AND subject = :subject""",  # noqa: S608  # our own words
            {"issuer": issuer, "subject": subject},
        ).fetchone()
        return _way(row) if row else None

    def note_use(self, way_id: str, now: datetime) -> None:
        self._connection.execute("UPDATE sign_in_way SET last_used_at = :now WHERE id = :id", {"id": way_id, "now": text_of(now)})

    def revoke(self, way_id: str, now: datetime) -> bool:
        changed = self._connection.execute(
            "UPDATE sign_in_way SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL", {"id": way_id, "now": text_of(now)}
        ).rowcount
        return changed == 1


class SqliteEnrolmentCodes:
    """The `EnrolmentBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def give(self, code: EnrolmentCode) -> None:
        self._connection.execute(
            "DELETE FROM enrolment_code WHERE staff_id = :id OR given_at < :before",
            {"id": code.staff_id, "before": text_of(code.given_at - ENROLMENT_CODE_GOOD_FOR)},
        )
        self._connection.execute(
            "INSERT INTO enrolment_code (code_hash, staff_id, given_by, given_at) VALUES (:code_hash, :staff_id, :given_by, :given_at)",
            {"code_hash": code.code_hash, "staff_id": code.staff_id, "given_by": code.given_by, "given_at": text_of(code.given_at)},
        )

    def code(self, code_hash: str) -> EnrolmentCode | None:
        row = self._connection.execute(
            "SELECT staff_id, given_by, given_at FROM enrolment_code WHERE code_hash = :code_hash", {"code_hash": code_hash}
        ).fetchone()
        return EnrolmentCode(code_hash, row[0], row[1], moment_of(row[2])) if row else None

    def take(self, code_hash: str) -> bool:
        taken = self._connection.execute("DELETE FROM enrolment_code WHERE code_hash = :code_hash", {"code_hash": code_hash}).rowcount
        return taken == 1


def _way(row: tuple[Any, ...]) -> SignInWay:
    way_id, staff_id, kind, enrolled_at, enrolled_by, issuer, subject, last_used_at, revoked_at = row
    return SignInWay(
        id=way_id,
        staff_id=staff_id,
        kind=kind,
        enrolled_at=moment_of(enrolled_at),
        enrolled_by=enrolled_by,
        issuer=issuer,
        subject=subject,
        last_used_at=moment_of(last_used_at),
        revoked_at=moment_of(revoked_at),
    )
