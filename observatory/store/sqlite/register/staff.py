"""Keep people who sign in, what proves them and how attempts went: rows of the tables staff, staff_* and sign_in_place."""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from observatory.errors import Conflict
from observatory.model.staff import NOBODY_WAS_HERE, Grant, SignInPlace, StaffMember, StaffSecrets
from observatory.model.text import Text
from observatory.store.people_books import SIGN_IN_PLACES_MAX
from observatory.store.sqlite.moments import moment_of, text_of

STEPS_BESIDE = 2
"""From the oldest to the newest time step whose one-time password is good at one moment."""
STEPS_KEPT = 128
"""An hour of one-time passwords: a used one is not good again when the clock goes back so far."""


class SqliteStaff:
    """The `StaffBook`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, member: StaffMember, secrets: StaffSecrets) -> None:
        try:
            self._connection.execute(
                """INSERT INTO staff (id, name, office_ko, office_en, created_at, disabled_at, password_hash, totp_secret)
                   VALUES (:id, :name, :office_ko, :office_en, :created_at, :disabled_at, :password_hash, :totp_secret)""",
                {
                    "id": member.id,
                    "name": member.name,
                    "office_ko": member.office.ko,
                    "office_en": member.office.en,
                    "created_at": text_of(member.created_at),
                    "disabled_at": text_of(member.disabled_at),
                    "password_hash": secrets.password_hash,
                    "totp_secret": secrets.totp_secret,
                },
            )
        except sqlite3.IntegrityError:
            raise Conflict(f"cannot add staff member {member.id!r}: the id is taken", "choose another id, or reset this one") from None
        self._add_grants(member.id, member.grants)
        self._add_recovery_codes(member.id, secrets)

    def _add_grants(self, staff_id: str, grants: Sequence[Grant]) -> None:
        self._connection.executemany(
            "INSERT INTO staff_grants (staff_id, role, service_id, agency_id) VALUES (:staff_id, :role, :service_id, :agency_id)",
            [{"staff_id": staff_id, "role": grant.role, "service_id": grant.service_id, "agency_id": grant.agency_id} for grant in grants],
        )

    def member(self, staff_id: str) -> StaffMember | None:
        return next(iter(self._members(staff_id)), None)

    def members(self) -> list[StaffMember]:
        return self._members(None)

    def _members(self, staff_id: str | None) -> list[StaffMember]:
        """Return the member of that id, or all of them, by id."""
        grants = self._grants(staff_id)
        rows = self._connection.execute(
            "SELECT id, name, office_ko, office_en, created_at, disabled_at FROM staff WHERE :id IS NULL OR id = :id ORDER BY id",
            {"id": staff_id},
        )
        return [
            StaffMember(
                member_id, name, Text(office_ko, office_en), tuple(grants[member_id]), moment_of(created_at), moment_of(disabled_at)
            )
            for member_id, name, office_ko, office_en, created_at, disabled_at in rows
        ]

    def _grants(self, staff_id: str | None) -> defaultdict[str, list[Grant]]:
        """Return the grants of that member, or of all, in the order in which they were given."""
        grants: defaultdict[str, list[Grant]] = defaultdict(list)
        rows = self._connection.execute(
            "SELECT staff_id, role, service_id, agency_id FROM staff_grants WHERE :id IS NULL OR staff_id = :id ORDER BY rowid",
            {"id": staff_id},
        )
        for member_id, role, service_id, agency_id in rows:
            grants[member_id].append(Grant(role, service_id, agency_id))
        return grants

    def secrets(self, staff_id: str) -> StaffSecrets | None:
        row = self._connection.execute("SELECT password_hash, totp_secret FROM staff WHERE id = :id", {"id": staff_id}).fetchone()
        if row is None:
            return None
        codes = self._connection.execute(
            "SELECT code_hash FROM staff_recovery_codes WHERE staff_id = :id ORDER BY code_hash", {"id": staff_id}
        )
        return StaffSecrets(row[0], row[1], tuple(code_hash for (code_hash,) in codes))

    def replace_secrets(self, staff_id: str, secrets: StaffSecrets) -> bool:
        changed = self._connection.execute(
            """UPDATE staff SET password_hash = :password_hash, totp_secret = :totp_secret, failures = 0, last_failure_at = NULL
               WHERE id = :id AND disabled_at IS NULL""",
            {"id": staff_id, "password_hash": secrets.password_hash, "totp_secret": secrets.totp_secret},
        ).rowcount
        if changed:
            self._connection.execute("DELETE FROM staff_recovery_codes WHERE staff_id = :id", {"id": staff_id})
            self._connection.execute("DELETE FROM staff_totp_steps WHERE staff_id = :id", {"id": staff_id})
            self._add_recovery_codes(staff_id, secrets)
            self._end_sessions_of(staff_id)
            self._forget_places(staff_id)
        return changed == 1

    def _add_recovery_codes(self, staff_id: str, secrets: StaffSecrets) -> None:
        self._connection.executemany(
            "INSERT INTO staff_recovery_codes (staff_id, code_hash) VALUES (:staff_id, :code_hash)",
            [{"staff_id": staff_id, "code_hash": code_hash} for code_hash in secrets.recovery_code_hashes],
        )

    def replace_totp_secret(self, staff_id: str, before: str, after: str) -> bool:
        changed = self._connection.execute(
            "UPDATE staff SET totp_secret = :after WHERE id = :id AND totp_secret = :before",
            {"id": staff_id, "before": before, "after": after},
        ).rowcount
        return changed == 1

    def replace_grants(self, staff_id: str, grants: Sequence[Grant]) -> bool:
        live = self._connection.execute("SELECT 1 FROM staff WHERE id = :id AND disabled_at IS NULL", {"id": staff_id}).fetchone()
        if live is None:
            return False
        self._connection.execute("DELETE FROM staff_grants WHERE staff_id = :id", {"id": staff_id})
        self._add_grants(staff_id, grants)
        self._end_sessions_of(staff_id)
        return True

    def disable(self, staff_id: str, now: datetime) -> bool:
        changed = self._connection.execute(
            "UPDATE staff SET disabled_at = :now WHERE id = :id AND disabled_at IS NULL", {"id": staff_id, "now": text_of(now)}
        ).rowcount
        self._end_sessions_of(staff_id)
        return changed == 1

    def _end_sessions_of(self, staff_id: str) -> None:
        self._connection.execute("DELETE FROM staff_sessions WHERE staff_id = :id", {"id": staff_id})

    def use_totp_step(self, staff_id: str, step: int) -> bool:
        # A step further ahead was used while the clock was wrong: it must not lock its owner out until then.
        used = self._connection.execute(
            """INSERT INTO staff_totp_steps (staff_id, step) SELECT id, :step FROM staff WHERE id = :id
               AND NOT EXISTS (SELECT 1 FROM staff_totp_steps WHERE staff_id = :id AND step BETWEEN :step AND :step + :beside)""",
            {"id": staff_id, "step": step, "beside": STEPS_BESIDE},
        ).rowcount
        if used:
            self._connection.execute(
                """DELETE FROM staff_totp_steps WHERE staff_id = :id AND rowid NOT IN
                   (SELECT rowid FROM staff_totp_steps WHERE staff_id = :id ORDER BY rowid DESC LIMIT :kept)""",
                {"id": staff_id, "kept": STEPS_KEPT},
            )
        return used == 1

    def use_recovery_code(self, staff_id: str, code_hash: str) -> bool:
        return (
            self._connection.execute(
                "DELETE FROM staff_recovery_codes WHERE staff_id = :id AND code_hash = :code_hash", {"id": staff_id, "code_hash": code_hash}
            ).rowcount
            == 1
        )

    def note_sign_in(self, staff_id: str, places: Sequence[bytes], now: datetime, *, succeeded: bool) -> None:
        self._connection.execute(
            "UPDATE staff SET failures = iif(:succeeded, 0, failures + 1), last_failure_at = iif(:succeeded, NULL, :now) WHERE id = :id",
            {"id": staff_id, "now": text_of(now), "succeeded": succeeded},
        )
        for place in places:
            self._note_place(staff_id, place, now, succeeded=succeeded)

    def _note_place(self, staff_id: str, place: bytes, now: datetime, *, succeeded: bool) -> None:
        """Count a failure at a place, or forget its failures after a success; the oldest place gives way."""
        self._connection.execute(
            """INSERT INTO sign_in_place (staff_id, place, failures, last_failure_at, last_success_at)
               SELECT id, :place, iif(:succeeded, 0, 1), iif(:succeeded, NULL, :now), iif(:succeeded, :now, NULL)
               FROM staff WHERE id = :staff_id
               ON CONFLICT (staff_id, place) DO UPDATE SET
                   failures = iif(:succeeded, 0, failures + 1),
                   last_failure_at = iif(:succeeded, NULL, :now),
                   last_success_at = iif(:succeeded, :now, last_success_at)""",
            {"staff_id": staff_id, "place": place, "now": text_of(now), "succeeded": succeeded},
        )
        self._connection.execute(
            """DELETE FROM sign_in_place WHERE staff_id = :staff_id AND place IN (
                   SELECT place FROM sign_in_place WHERE staff_id = :staff_id
                   ORDER BY place = :place DESC, last_success_at IS NOT NULL DESC,
                       max(coalesce(last_success_at, ''), coalesce(last_failure_at, '')) DESC
                   LIMIT -1 OFFSET :kept)""",
            {"staff_id": staff_id, "place": place, "kept": SIGN_IN_PLACES_MAX},
        )

    def sign_in_place(self, staff_id: str, place: bytes) -> SignInPlace:
        row = self._connection.execute(
            "SELECT failures, last_failure_at, last_success_at FROM sign_in_place WHERE staff_id = :staff_id AND place = :place",
            {"staff_id": staff_id, "place": place},
        ).fetchone()
        return SignInPlace(row[0], moment_of(row[1]), moment_of(row[2])) if row else NOBODY_WAS_HERE

    def sign_in_failures(self, staff_id: str) -> tuple[int, datetime | None]:
        row = self._connection.execute("SELECT failures, last_failure_at FROM staff WHERE id = :id", {"id": staff_id}).fetchone()
        return (row[0], moment_of(row[1])) if row else (0, None)

    def _forget_places(self, staff_id: str) -> None:
        """Know none of a member's places any more."""
        self._connection.execute("DELETE FROM sign_in_place WHERE staff_id = :staff_id", {"staff_id": staff_id})
