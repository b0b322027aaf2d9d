"""Keep from where people tried to sign in: rows of the table sign_in_place, each in the caller's transaction."""

import sqlite3
from datetime import datetime

from observatory.model.staff import NOBODY_WAS_HERE, SignInPlace
from observatory.store.register import SIGN_IN_PLACES_MAX
from observatory.store.sqlite.moments import moment_of, text_of


def note(connection: sqlite3.Connection, staff_id: str, place: bytes, now: datetime, *, succeeded: bool) -> None:
    """Count a failure at a place, or forget its failures after a success; the oldest place gives way."""
    connection.execute(
        """INSERT INTO sign_in_place (staff_id, place, failures, last_failure_at, last_success_at)
           SELECT id, :place, iif(:succeeded, 0, 1), iif(:succeeded, NULL, :now), iif(:succeeded, :now, NULL)
           FROM staff WHERE id = :staff_id
           ON CONFLICT (staff_id, place) DO UPDATE SET
               failures = iif(:succeeded, 0, failures + 1),
               last_failure_at = iif(:succeeded, NULL, :now),
               last_success_at = iif(:succeeded, :now, last_success_at)""",
        {"staff_id": staff_id, "place": place, "now": text_of(now), "succeeded": succeeded},
    )
    connection.execute(
        """DELETE FROM sign_in_place WHERE staff_id = :staff_id AND place IN (
               SELECT place FROM sign_in_place WHERE staff_id = :staff_id
               ORDER BY place = :place DESC, last_success_at IS NOT NULL DESC,
                   max(coalesce(last_success_at, ''), coalesce(last_failure_at, '')) DESC
               LIMIT -1 OFFSET :kept)""",
        {"staff_id": staff_id, "place": place, "kept": SIGN_IN_PLACES_MAX},
    )


def sign_in_place(connection: sqlite3.Connection, staff_id: str, place: bytes) -> SignInPlace:
    """Return how attempts went at a place."""
    row = connection.execute(
        "SELECT failures, last_failure_at, last_success_at FROM sign_in_place WHERE staff_id = :staff_id AND place = :place",
        {"staff_id": staff_id, "place": place},
    ).fetchone()
    return SignInPlace(row[0], moment_of(row[1]), moment_of(row[2])) if row else NOBODY_WAS_HERE


def forget_places(connection: sqlite3.Connection, staff_id: str) -> None:
    """Know none of a member's places any more."""
    connection.execute("DELETE FROM sign_in_place WHERE staff_id = :staff_id", {"staff_id": staff_id})
