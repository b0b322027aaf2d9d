"""Keep who is signed in: rows of the table staff_sessions."""

import sqlite3
from datetime import datetime

from observatory.model.staff import StaffSession
from observatory.store.sqlite.moments import moment_of, text_of


class SqliteSessions:
    """The `SessionBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def open(self, session: StaffSession) -> None:
        self._connection.execute(
            """INSERT INTO staff_sessions (id_hash, staff_id, opened_at, last_seen_at, failures_before, last_failure_at)
               VALUES (:id_hash, :staff_id, :opened_at, :last_seen_at, :failures_before, :last_failure_at)""",
            {
                "id_hash": session.id_hash,
                "staff_id": session.staff_id,
                "opened_at": text_of(session.opened_at),
                "last_seen_at": text_of(session.last_seen_at),
                "failures_before": session.failures_before,
                "last_failure_at": text_of(session.last_failure_at),
            },
        )

    def session(self, id_hash: bytes) -> StaffSession | None:
        row = self._connection.execute(
            """SELECT staff_id, opened_at, last_seen_at, failures_before, last_failure_at
               FROM staff_sessions WHERE id_hash = :id_hash""",
            {"id_hash": id_hash},
        ).fetchone()
        return StaffSession(id_hash, row[0], moment_of(row[1]), moment_of(row[2]), row[3], moment_of(row[4])) if row else None

    def touch(self, id_hash: bytes, now: datetime) -> None:
        self._connection.execute(
            "UPDATE staff_sessions SET last_seen_at = :now WHERE id_hash = :id_hash", {"id_hash": id_hash, "now": text_of(now)}
        )

    def end(self, id_hash: bytes) -> None:
        self._connection.execute("DELETE FROM staff_sessions WHERE id_hash = :id_hash", {"id_hash": id_hash})

    def forget(self, opened_before: datetime, seen_before: datetime) -> int:
        return self._connection.execute(
            "DELETE FROM staff_sessions WHERE opened_at < :opened_before OR last_seen_at < :seen_before",
            {"opened_before": text_of(opened_before), "seen_before": text_of(seen_before)},
        ).rowcount
