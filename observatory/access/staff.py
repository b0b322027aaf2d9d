"""What somebody typed in, who that proves them to be out: password and one-time password, or a recovery code.

Whoever fails learns nothing about why: unknown, disabled, locked, wrong password and used code are one answer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from observatory.access.one_time_codes import compact, matching_step, recovery_code_hash
from observatory.access.passwords import password_matches
from observatory.model.staff import CLOCK_BACK_MAX, StaffMember, StaffSecrets
from observatory.store.interface import StaffRegister

FAILURES_FREE = 5
"""Failures in a row before the account has to wait."""
FIRST_DELAY = timedelta(seconds=30)
DELAY_MAX = timedelta(hours=1)
DOUBLINGS_MAX = 16
STAFF_ID_LENGTH_MAX = 64
CODE_LENGTH_MAX = 40

ASSURANCE_TOTP = "password+totp"
ASSURANCE_RECOVERY = "password+recovery-code"


@dataclass(frozen=True, slots=True)
class Proof:
    """Somebody has just shown who they are, and how."""

    member: StaffMember
    assurance: str
    """As `SignOff.assurance`."""


def prove(register: StaffRegister, staff_id: str, password: str, code: str, now: datetime) -> Proof | None:
    """Return who these prove, None if nobody; the code is used up. Raises Overloaded.

    Failures are counted before anything is compared, so that many guesses at once count as many.
    """
    member = register.staff(staff_id) if len(staff_id) <= STAFF_ID_LENGTH_MAX else None
    secrets = register.staff_secrets(staff_id) if member is not None else None
    if member is None or secrets is None or member.disabled_at is not None or _has_to_wait(register, staff_id, now):
        password_matches(password, None)
        return None
    register.note_sign_in(staff_id, now, succeeded=False)
    if not password_matches(password, secrets.password_hash):
        return None
    assurance = _use_code(register, staff_id, secrets, code, now)
    if assurance is None:
        return None
    register.note_sign_in(staff_id, now, succeeded=True)
    return Proof(member, assurance)


def _has_to_wait(register: StaffRegister, staff_id: str, now: datetime) -> bool:
    failures, last_failure_at = register.sign_in_failures(staff_id)
    return last_failure_at is not None and last_failure_at <= now + CLOCK_BACK_MAX and now < last_failure_at + delay_after(failures)


def delay_after(failures: int) -> timedelta:
    """Return how long an account is closed after so many failures in a row: nothing, then 30 s, doubling up to an hour."""
    if failures < FAILURES_FREE:
        return timedelta()
    return min(DELAY_MAX, FIRST_DELAY * (1 << min(failures - FAILURES_FREE, DOUBLINGS_MAX)))


def _use_code(register: StaffRegister, staff_id: str, secrets: StaffSecrets, code: str, now: datetime) -> str | None:
    """Return how a code proves somebody, after using it up; None if it does not."""
    typed = compact(code)
    if len(typed) > CODE_LENGTH_MAX:
        return None
    step = matching_step(secrets.totp_secret, typed, now)
    if step is not None:
        return ASSURANCE_TOTP if register.use_totp_step(staff_id, step) else None
    return ASSURANCE_RECOVERY if register.use_recovery_code(staff_id, recovery_code_hash(typed)) else None
