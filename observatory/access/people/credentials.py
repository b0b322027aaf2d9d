"""Let people add ways to sign in that others gave them leave for, and end such ways: each change stands in the log.

Nobody enrols themself: a code is given by an administrator or by a command on this host, never by the account it is for. It is
good once, for 72 hours, and kept as a hash.
"""

from dataclasses import dataclass
from datetime import datetime

from observatory.access.people.account_marks import account_mark
from observatory.access.people.enrolment import replace_secrets
from observatory.access.people.one_time_codes import new_code, recovery_code_hash
from observatory.errors import Conflict, NotAllowed, NotFound, phrase
from observatory.model.sign_in_ways import ENROLMENT_CODE_GOOD_FOR, EnrolmentCode, SignInWay
from observatory.model.signoff import NewEntry
from observatory.model.staff import CLOCK_BACK_MAX, NO_SECRETS, Passkey, StaffMember, StaffSecrets
from observatory.signoff.canonical_json import Json, canonical
from observatory.store.opening import FolderKeys
from observatory.store.register import Books, RegisterStore

OFFERED, CREDENTIAL_ENROLLED, CREDENTIAL_REVOKED = "enrolment-offered", "credential-enrolled", "credential-revoked"
PASSKEYS_MAX = 20
"""Of a member, live ones."""
CODE_LENGTH_MAX = 40


@dataclass(frozen=True, slots=True)
class Invitation:
    """A code that is good, and whom it is for."""

    member: StaffMember
    code: EnrolmentCode


@dataclass(frozen=True, slots=True)
class Credential:
    """One way of a member to sign in, whatever it is."""

    id: str
    """As in the log: the thumbprint of a passkey, else a random hex id."""
    kind: str
    name: str
    """Of a passkey as its owner named it, of single sign-on its provider."""
    enrolled_at: datetime
    enrolled_by: str
    last_used_at: datetime | None
    revoked_at: datetime | None


def offer(register: RegisterStore, keys: FolderKeys, staff_id: str, by: str, now: datetime) -> str:
    """Return a new enrolment code for a member; an earlier one ends. `by` is the mark of who gives it, or "host".

    Raises NotFound if nobody can sign in by that id, NotAllowed for who would enrol themself.
    """
    account, text = account_mark(keys, staff_id), new_code()
    if by == account:
        raise NotAllowed(phrase("cannot give yourself an enrolment code"), phrase("ask another administrator, or whoever runs this host"))
    with register.change() as books:
        member = books.staff.member(staff_id)
        if member is None or member.disabled_at is not None:
            raise NotFound(
                phrase("cannot invite staff member %(id)r: there is none who can sign in"),
                phrase("choose one of those who can sign in"),
                id=staff_id,
            )
        books.enrolment_codes.give(EnrolmentCode(recovery_code_hash(text), staff_id, by, now))
        books.log.append(NewEntry(OFFERED, canonical({"account": account, "by": by}), now))
    return text


def invitation(books: Books, code: str, now: datetime) -> Invitation | None:
    """Return whom a code is for, None for one that is wrong, used, too old, or of an account that has ended."""
    found = books.enrolment_codes.code(recovery_code_hash(code)) if len(code) <= CODE_LENGTH_MAX else None
    member = books.staff.member(found.staff_id) if found is not None else None
    if found is None or member is None or member.disabled_at is not None:
        return None
    return Invitation(member, found) if -CLOCK_BACK_MAX <= now - found.given_at < ENROLMENT_CODE_GOOD_FOR else None


def add_passkey(register: RegisterStore, keys: FolderKeys, code: str, passkey: Passkey, now: datetime) -> None:
    """Use a code up for a passkey. Raises NotAllowed for a code that is no longer good, Conflict for one passkey too many."""
    with register.change() as books:
        _take(books, code, passkey.staff_id, now)
        if sum(kept.revoked_at is None for kept in books.passkeys.passkeys_of(passkey.staff_id)) >= PASSKEYS_MAX:
            raise Conflict(phrase("cannot add a passkey: there are %(max)d already"), phrase("revoke one first"), max=PASSKEYS_MAX)
        books.passkeys.add(passkey)
        _tell_enrolled(books, keys, passkey.staff_id, _of_passkey(passkey), now)


def add_password(register: RegisterStore, keys: FolderKeys, code: str, way: SignInWay, secrets: StaffSecrets, step: int) -> None:
    """Use a code up for a password with its authenticator, and the number shown at a time step with it; an earlier password ends.

    Raises NotAllowed for a code that is no longer good.
    """
    now = way.enrolled_at
    with register.change() as books:
        _take(books, code, way.staff_id, now)
        for old in books.ways.ways_of(way.staff_id):
            if old.kind == "totp" and old.revoked_at is None:
                _tell_revoked(books, keys, way.staff_id, old.id, way.enrolled_by, now)
        replace_secrets(books, keys, way, secrets)
        books.staff.use_totp_step(way.staff_id, step)
        _tell_enrolled(books, keys, way.staff_id, _of_way(way), now)


def link(register: RegisterStore, keys: FolderKeys, code: str, way: SignInWay) -> None:
    """Use a code up for single sign-on. Raises NotAllowed for a code that is no longer good, Conflict for a person linked before."""
    with register.change() as books:
        _take(books, code, way.staff_id, way.enrolled_at)
        books.ways.add(way)
        _tell_enrolled(books, keys, way.staff_id, _of_way(way), way.enrolled_at)


def credentials_of(books: Books, staff_id: str) -> list[Credential]:
    """Return every way of a member to sign in, ended ones too, oldest first."""
    passkeys = [_of_passkey(passkey) for passkey in books.passkeys.passkeys_of(staff_id)]
    return sorted([*passkeys, *(_of_way(way) for way in books.ways.ways_of(staff_id))], key=lambda each: each.enrolled_at)


def revoke(register: RegisterStore, keys: FolderKeys, staff_id: str, credential_id: str, by: str, now: datetime, kept: bytes = b"") -> None:
    """End a way to sign in and the sessions of its member, but for `kept`. Raises NotFound if they have none of that id that works."""
    with register.change() as books:
        if not _revoke(books, staff_id, credential_id, now):
            raise NotFound(
                phrase("cannot revoke way to sign in %(id)r: there is none that works"),
                phrase("choose one of those listed"),
                id=credential_id,
            )
        books.sessions.end_all_of(staff_id, kept)
        _tell_revoked(books, keys, staff_id, credential_id, by, now)


def _revoke(books: Books, staff_id: str, credential_id: str, now: datetime) -> bool:
    for passkey in books.passkeys.passkeys_of(staff_id):
        if passkey.thumbprint == credential_id and books.passkeys.revoke(passkey.credential_id, now):
            return True
    way = next((way for way in books.ways.ways_of(staff_id) if way.id == credential_id), None)
    if way is None or not books.ways.revoke(way.id, now):
        return False
    if way.kind == "totp":
        books.staff.replace_secrets(staff_id, NO_SECRETS)
    return True


def _take(books: Books, code: str, staff_id: str, now: datetime) -> None:
    found = invitation(books, code, now)
    if found is None or found.member.id != staff_id or not books.enrolment_codes.take(found.code.code_hash):
        raise NotAllowed(phrase("cannot use this enrolment code: it was used, or is too old"), phrase("ask for a new one"))


def _tell_enrolled(books: Books, keys: FolderKeys, staff_id: str, made: Credential, now: datetime) -> None:
    body: dict[str, Json] = {"account": account_mark(keys, staff_id), "by": made.enrolled_by, "credential": made.id, "way": made.kind}
    books.log.append(NewEntry(CREDENTIAL_ENROLLED, canonical(body), now))


def _tell_revoked(books: Books, keys: FolderKeys, staff_id: str, credential_id: str, by: str, now: datetime) -> None:
    body: dict[str, Json] = {"account": account_mark(keys, staff_id), "by": by, "credential": credential_id}
    books.log.append(NewEntry(CREDENTIAL_REVOKED, canonical(body), now))


def _of_passkey(each: Passkey) -> Credential:
    kind = "passkey-device-bound" if each.device_bound else "passkey-synced"
    return Credential(each.thumbprint, kind, each.name, each.enrolled_at, each.enrolled_by, each.last_used_at, each.revoked_at)


def _of_way(each: SignInWay) -> Credential:
    return Credential(each.id, each.kind, each.issuer, each.enrolled_at, each.enrolled_by, each.last_used_at, each.revoked_at)
