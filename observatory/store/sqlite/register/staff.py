"""Keep people who sign in, what proves them and their sessions: rows of the tables staff, staff_*.

Every function works inside the caller's transaction.
"""

import sqlite3
from collections import defaultdict
from datetime import datetime

from observatory.errors import Conflict
from observatory.model.staff import Grant, StaffMember, StaffSecrets, StaffSession
from observatory.store.sqlite.moments import moment_of, text_of
from observatory.store.sqlite.register.sign_in_places import forget_places

STEPS_BESIDE = 2
"""From the oldest to the newest time step whose one-time password is good at one moment."""
STEPS_KEPT = 128
"""An hour of one-time passwords: a used one is not good again when the clock goes back so far."""


def add_staff(connection: sqlite3.Connection, member: StaffMember, secrets: StaffSecrets) -> None:
    """Add somebody. Raises Conflict if the id is taken."""
    try:
        connection.execute(
            """INSERT INTO staff (id, name, office_ko, office_en, created_at, disabled_at, password_hash, totp_secret)
               VALUES (:id, :name, :office_ko, :office_en, :created_at, :disabled_at, :password_hash, :totp_secret)""",
            {
                "id": member.id,
                "name": member.name,
                "office_ko": member.office_ko,
                "office_en": member.office_en,
                "created_at": text_of(member.created_at),
                "disabled_at": text_of(member.disabled_at),
                "password_hash": secrets.password_hash,
                "totp_secret": secrets.totp_secret,
            },
        )
    except sqlite3.IntegrityError:
        raise Conflict(f"cannot add staff member {member.id!r}: the id is taken", "choose another id, or reset this one") from None
    connection.executemany(
        "INSERT INTO staff_grants (staff_id, role, service_id, agency_id) VALUES (:staff_id, :role, :service_id, :agency_id)",
        [
            {"staff_id": member.id, "role": grant.role, "service_id": grant.service_id, "agency_id": grant.agency_id}
            for grant in member.grants
        ],
    )
    _add_recovery_codes(connection, member.id, secrets)


def _add_recovery_codes(connection: sqlite3.Connection, staff_id: str, secrets: StaffSecrets) -> None:
    connection.executemany(
        "INSERT INTO staff_recovery_codes (staff_id, code_hash) VALUES (:staff_id, :code_hash)",
        [{"staff_id": staff_id, "code_hash": code_hash} for code_hash in secrets.recovery_code_hashes],
    )


def staff(connection: sqlite3.Connection, staff_id: str) -> StaffMember | None:
    """Return a member, disabled or not."""
    return next(iter(_members(connection, staff_id)), None)


def all_staff(connection: sqlite3.Connection) -> list[StaffMember]:
    """Return all members by id."""
    return _members(connection, None)


def _members(connection: sqlite3.Connection, staff_id: str | None) -> list[StaffMember]:
    """Return the member of that id, or all of them, by id."""
    grants = _grants(connection, staff_id)
    rows = connection.execute(
        "SELECT id, name, office_ko, office_en, created_at, disabled_at FROM staff WHERE :id IS NULL OR id = :id ORDER BY id",
        {"id": staff_id},
    )
    return [
        StaffMember(member_id, name, office_ko, office_en, tuple(grants[member_id]), moment_of(created_at), moment_of(disabled_at))
        for member_id, name, office_ko, office_en, created_at, disabled_at in rows
    ]


def _grants(connection: sqlite3.Connection, staff_id: str | None) -> defaultdict[str, list[Grant]]:
    """Return the grants of that member, or of all, in the order in which they were given."""
    grants: defaultdict[str, list[Grant]] = defaultdict(list)
    rows = connection.execute(
        "SELECT staff_id, role, service_id, agency_id FROM staff_grants WHERE :id IS NULL OR staff_id = :id ORDER BY rowid",
        {"id": staff_id},
    )
    for member_id, role, service_id, agency_id in rows:
        grants[member_id].append(Grant(role, service_id, agency_id))
    return grants


def staff_secrets(connection: sqlite3.Connection, staff_id: str) -> StaffSecrets | None:
    """Return what proves a member; of the recovery codes those not used yet."""
    row = connection.execute("SELECT password_hash, totp_secret FROM staff WHERE id = :id", {"id": staff_id}).fetchone()
    if row is None:
        return None
    codes = connection.execute("SELECT code_hash FROM staff_recovery_codes WHERE staff_id = :id ORDER BY code_hash", {"id": staff_id})
    return StaffSecrets(row[0], row[1], tuple(code_hash for (code_hash,) in codes))


def replace_staff_secrets(connection: sqlite3.Connection, staff_id: str, secrets: StaffSecrets) -> bool:
    """Give a member new secrets and end what rested on the old ones: sessions, recovery codes, failures."""
    changed = connection.execute(
        """UPDATE staff SET password_hash = :password_hash, totp_secret = :totp_secret, failures = 0, last_failure_at = NULL
           WHERE id = :id AND disabled_at IS NULL""",
        {"id": staff_id, "password_hash": secrets.password_hash, "totp_secret": secrets.totp_secret},
    ).rowcount
    if changed:
        connection.execute("DELETE FROM staff_recovery_codes WHERE staff_id = :id", {"id": staff_id})
        connection.execute("DELETE FROM staff_totp_steps WHERE staff_id = :id", {"id": staff_id})
        _add_recovery_codes(connection, staff_id, secrets)
        _end_sessions_of(connection, staff_id)
        forget_places(connection, staff_id)
    return changed == 1


def replace_totp_secret(connection: sqlite3.Connection, staff_id: str, before: str, after: str) -> bool:
    """Write the same secret down in another way, unless it changed meanwhile."""
    changed = connection.execute(
        "UPDATE staff SET totp_secret = :after WHERE id = :id AND totp_secret = :before", {"id": staff_id, "before": before, "after": after}
    ).rowcount
    return changed == 1


def disable_staff(connection: sqlite3.Connection, staff_id: str, now: datetime) -> bool:
    """End a membership and all its sessions; False if there was none."""
    changed = connection.execute(
        "UPDATE staff SET disabled_at = :now WHERE id = :id AND disabled_at IS NULL", {"id": staff_id, "now": text_of(now)}
    ).rowcount
    _end_sessions_of(connection, staff_id)
    return changed == 1


def _end_sessions_of(connection: sqlite3.Connection, staff_id: str) -> None:
    connection.execute("DELETE FROM staff_sessions WHERE staff_id = :id", {"id": staff_id})


def use_totp_step(connection: sqlite3.Connection, staff_id: str, step: int) -> bool:
    """Note a used time step; False if this one, or a later one that a right clock allows beside it, was used before.

    A step further ahead was used while the clock was wrong: it must not lock its owner out until then.
    """
    used = connection.execute(
        """INSERT INTO staff_totp_steps (staff_id, step) SELECT id, :step FROM staff WHERE id = :id
           AND NOT EXISTS (SELECT 1 FROM staff_totp_steps WHERE staff_id = :id AND step BETWEEN :step AND :step + :beside)""",
        {"id": staff_id, "step": step, "beside": STEPS_BESIDE},
    ).rowcount
    if used:
        connection.execute(
            """DELETE FROM staff_totp_steps WHERE staff_id = :id AND rowid NOT IN
               (SELECT rowid FROM staff_totp_steps WHERE staff_id = :id ORDER BY rowid DESC LIMIT :kept)""",
            {"id": staff_id, "kept": STEPS_KEPT},
        )
    return used == 1


def use_recovery_code(connection: sqlite3.Connection, staff_id: str, code_hash: str) -> bool:
    """Strike a recovery code; False if it was not there."""
    return (
        connection.execute(
            "DELETE FROM staff_recovery_codes WHERE staff_id = :id AND code_hash = :code_hash", {"id": staff_id, "code_hash": code_hash}
        ).rowcount
        == 1
    )


def note_sign_in(connection: sqlite3.Connection, staff_id: str, now: datetime, *, succeeded: bool) -> None:
    """Count failures in a row, or forget them after a success."""
    connection.execute(
        "UPDATE staff SET failures = iif(:succeeded, 0, failures + 1), last_failure_at = iif(:succeeded, NULL, :now) WHERE id = :id",
        {"id": staff_id, "now": text_of(now), "succeeded": succeeded},
    )


def sign_in_failures(connection: sqlite3.Connection, staff_id: str) -> tuple[int, datetime | None]:
    """Return failures in a row and when the last was; none for somebody unknown."""
    row = connection.execute("SELECT failures, last_failure_at FROM staff WHERE id = :id", {"id": staff_id}).fetchone()
    return (row[0], moment_of(row[1])) if row else (0, None)


def open_session(connection: sqlite3.Connection, session: StaffSession) -> None:
    """Keep a new session."""
    connection.execute(
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


def session(connection: sqlite3.Connection, id_hash: bytes) -> StaffSession | None:
    """Return an open session."""
    row = connection.execute(
        """SELECT staff_id, opened_at, last_seen_at, failures_before, last_failure_at
           FROM staff_sessions WHERE id_hash = :id_hash""",
        {"id_hash": id_hash},
    ).fetchone()
    return StaffSession(id_hash, row[0], moment_of(row[1]), moment_of(row[2]), row[3], moment_of(row[4])) if row else None


def touch_session(connection: sqlite3.Connection, id_hash: bytes, now: datetime) -> None:
    """Note that a session was used."""
    connection.execute("UPDATE staff_sessions SET last_seen_at = :now WHERE id_hash = :id_hash", {"id_hash": id_hash, "now": text_of(now)})


def end_session(connection: sqlite3.Connection, id_hash: bytes) -> None:
    """End a session; nothing happens if there is none."""
    connection.execute("DELETE FROM staff_sessions WHERE id_hash = :id_hash", {"id_hash": id_hash})


def forget_sessions(connection: sqlite3.Connection, opened_before: datetime, seen_before: datetime) -> int:
    """Delete sessions past their limits; return how many."""
    return connection.execute(
        "DELETE FROM staff_sessions WHERE opened_at < :opened_before OR last_seen_at < :seen_before",
        {"opened_before": text_of(opened_before), "seen_before": text_of(seen_before)},
    ).rowcount
