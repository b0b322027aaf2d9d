"""Keep who is signed in: rows of the table staff_sessions."""

import sqlite3
from datetime import datetime
from typing import Any

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
            """SELECT id_hash, staff_id, opened_at, last_seen_at, failures_before, last_failure_at
               FROM staff_sessions WHERE id_hash = :id_hash""",
            {"id_hash": id_hash},
        ).fetchone()
        return _session(row) if row else None

    def sessions_of(self, staff_id: str) -> list[StaffSession]:
        rows = self._connection.execute(
            """SELECT id_hash, staff_id, opened_at, last_seen_at, failures_before, last_failure_at
               FROM staff_sessions WHERE staff_id = :id ORDER BY last_seen_at DESC, id_hash""",
            {"id": staff_id},
        )
        return [_session(row) for row in rows]

    def touch(self, id_hash: bytes, now: datetime) -> None:
        self._connection.execute(
            "UPDATE staff_sessions SET last_seen_at = :now WHERE id_hash = :id_hash", {"id_hash": id_hash, "now": text_of(now)}
        )

    def end(self, id_hash: bytes) -> None:
        self._connection.execute("DELETE FROM staff_sessions WHERE id_hash = :id_hash", {"id_hash": id_hash})

    def end_all_of(self, staff_id: str, but: bytes = b"") -> int:
        return self._connection.execute(
            "DELETE FROM staff_sessions WHERE staff_id = :id AND id_hash != :but", {"id": staff_id, "but": but}
        ).rowcount

    def forget(self, opened_before: datetime, seen_before: datetime) -> int:
        return self._connection.execute(
            "DELETE FROM staff_sessions WHERE opened_at < :opened_before OR last_seen_at < :seen_before",
            {"opened_before": text_of(opened_before), "seen_before": text_of(seen_before)},
        ).rowcount


def _session(row: tuple[Any, ...]) -> StaffSession:
    id_hash, staff_id, opened_at, last_seen_at, failures_before, last_failure_at = row
    return StaffSession(id_hash, staff_id, moment_of(opened_at), moment_of(last_seen_at), failures_before, moment_of(last_failure_at))
