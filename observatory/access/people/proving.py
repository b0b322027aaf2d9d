"""Prove who somebody is, by a password with a one-time password or a recovery code, and return that member.

Whoever fails learns nothing about why: unknown, disabled, made to wait, wrong password and used code are one answer.

Failures slow down the place they come from, a network or a device, not the account: whoever knows a name must not be able to
close it to its owner. Only very many failures from everywhere close it, and then to places where its owner never was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from observatory.access.people.account_marks import account_mark
from observatory.access.people.one_time_codes import compact, matching_step, recovery_code_hash
from observatory.access.people.passwords import password_matches, turn
from observatory.model.staff import CLOCK_BACK_MAX, Assertion, StaffMember, StaffSecrets
from observatory.store.opening import FolderKeys
from observatory.store.people_books import StaffBook
from observatory.store.register import RegisterStore
from observatory.store.sealing import CannotUnseal, unseal

FAILURES_FREE = 5
"""Failures in a row before a place has to wait."""
ACCOUNT_FAILURES_FREE = 100
"""Failures at all places together before places where the member never was have to wait as well."""
FIRST_DELAY = timedelta(seconds=30)
DELAY_MAX = timedelta(hours=1)
DOUBLINGS_MAX = 16
STAFF_ID_LENGTH_MAX = 64
CODE_LENGTH_MAX = 40

ASSURANCE_TOTP = "password+totp"
ASSURANCE_RECOVERY = "password+recovery-code"
ASSURANCE_DEVICE_BOUND = "passkey-device-bound"
ASSURANCE_SYNCED = "passkey-synced"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Origin:
    """From where somebody tries, as keyed hashes."""

    network: bytes
    device: bytes | None = None
    """Of a browser that says it was here before; whether it was, the member's places tell."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Somebody has just shown who they are, and how."""

    member: StaffMember
    assurance: str
    """As `SignOff.assurance`."""
    failures_before: int = 0
    """Failed attempts since the success before this one, whoever made them."""
    last_failure_at: datetime | None = None
    assertion: Assertion | None = None
    """What the passkey signed, if one did."""


def prove(
    register: RegisterStore, keys: FolderKeys, staff_id: str, password: str, code: str, origin: Origin, now: datetime
) -> Proof | None:
    """Return who these prove, None if nobody; the code is used up. Raises Overloaded.

    Failures are counted before anything is compared, so that many guesses at once count as many.
    """
    with register.look() as books:
        known = knows_device(books.staff, staff_id, origin)
    with turn(known=known):
        with register.look() as books:
            found = _who_may_try(books.staff, staff_id, origin, now)
        if found is None:
            password_matches(password, None)
            return None
        member, secrets = found
        with register.change() as books:
            failures_before, last_failure_at = books.staff.sign_in_failures(staff_id)
            books.staff.note_sign_in(staff_id, [_place_of(books.staff, staff_id, origin)], now, succeeded=False)
        if not password_matches(password, secrets.password_hash):
            return None
    readable = replace(secrets, totp_secret=_totp_secret(secrets, staff_id, keys))
    with register.change() as books:
        assurance = _use_code(books.staff, staff_id, readable, code, now)
        if assurance is None:
            return None
        books.staff.note_sign_in(staff_id, places(origin), now, succeeded=True)
        for way in books.ways.ways_of(staff_id):
            if way.kind == "totp" and way.revoked_at is None:
                books.ways.note_use(way.id, now)
    return Proof(member, assurance, failures_before, last_failure_at)


def _who_may_try(book: StaffBook, staff_id: str, origin: Origin, now: datetime) -> tuple[StaffMember, StaffSecrets] | None:
    """Return a member who may try to prove who they are just now from there, None if there is none."""
    member = book.member(staff_id) if len(staff_id) <= STAFF_ID_LENGTH_MAX else None
    secrets = book.secrets(staff_id) if member is not None else None
    if member is None or secrets is None or member.disabled_at is not None or has_to_wait(book, staff_id, origin, now):
        return None
    return member, secrets


def knows_device(book: StaffBook, staff_id: str, origin: Origin) -> bool:
    """Return whether a member signed in with this device before."""
    return (
        origin.device is not None
        and len(staff_id) <= STAFF_ID_LENGTH_MAX
        and book.sign_in_place(staff_id, origin.device).last_success_at is not None
    )


def _place_of(book: StaffBook, staff_id: str, origin: Origin) -> bytes:
    """Return the place that answers for an attempt: a device the member signed in with before, else the network."""
    return origin.device if origin.device is not None and knows_device(book, staff_id, origin) else origin.network


def places(origin: Origin) -> Sequence[bytes]:
    """Return the places where somebody is."""
    return [origin.network] if origin.device is None else [origin.network, origin.device]


def has_to_wait(book: StaffBook, staff_id: str, origin: Origin, now: datetime) -> bool:
    """Return whether attempts from there are not looked at just now, right or wrong."""
    here = book.sign_in_place(staff_id, _place_of(book, staff_id, origin))
    if _is_closed(here.failures, here.last_failure_at, FAILURES_FREE, now):
        return True
    return here.last_success_at is None and _is_closed(*book.sign_in_failures(staff_id), ACCOUNT_FAILURES_FREE, now)


def _is_closed(failures: int, last_failure_at: datetime | None, free: int, now: datetime) -> bool:
    """Return whether the last failure was too short a time ago; a clock that has since been set back is not waited for."""
    return last_failure_at is not None and last_failure_at - CLOCK_BACK_MAX <= now < last_failure_at + delay_after(failures, free)


def delay_after(failures: int, free: int = FAILURES_FREE) -> timedelta:
    """Return how long a place is closed after so many failures in a row: nothing, then 30 s, doubling up to an hour."""
    if failures < free:
        return timedelta()
    return min(DELAY_MAX, FIRST_DELAY * (1 << min(failures - free, DOUBLINGS_MAX)))


def _totp_secret(secrets: StaffSecrets, staff_id: str, keys: FolderKeys) -> str:
    """Return the secret of the authenticator; one whose key is not here matches nothing, and recovery codes still do."""
    try:
        return unseal(secrets.totp_secret, staff_id, keys)
    except CannotUnseal as error:
        log.error("authenticator of an account cannot be checked", account=account_mark(keys, staff_id), reason=str(error))  # noqa: TRY400
        return ""


def _use_code(book: StaffBook, staff_id: str, secrets: StaffSecrets, code: str, now: datetime) -> str | None:
    """Return how a code proves somebody, after using it up; None if it does not."""
    typed = compact(code)
    if len(typed) > CODE_LENGTH_MAX:
        return None
    step = matching_step(secrets.totp_secret, typed, now) if secrets.totp_secret else None
    if step is not None:
        return ASSURANCE_TOTP if book.use_totp_step(staff_id, step) else None
    return ASSURANCE_RECOVERY if book.use_recovery_code(staff_id, recovery_code_hash(typed)) else None
