"""Ask this request's browser for a passkey, and tell who its answer proves."""

import hmac
from datetime import datetime
from urllib.parse import urlsplit

import structlog

from observatory.access.people.account_marks import account_mark
from observatory.access.people.challenges import CHALLENGE_GOOD_FOR, Challenge, is_ours, new_challenge, take_challenge
from observatory.access.people.devices import device_value, new_device_value, remember_device
from observatory.access.people.forgery import our_origin
from observatory.access.people.passkey_answers import (
    Answer,
    RefusedAnswer,
    RelyingParty,
    assertion_of,
    check_assertion,
    check_registration,
    read_answer,
)
from observatory.access.people.places import origin_here
from observatory.access.people.proving import ASSURANCE_DEVICE_BOUND, ASSURANCE_SYNCED, Proof, places
from observatory.model.staff import Passkey, StaffMember
from observatory.signoff.canonical_json import Json
from observatory.store.opening import FolderKeys
from observatory.store.register import Books
from observatory.web.context import parts

__all__ = [
    "Challenge",
    "creation_options",
    "new_challenge",
    "passkey_made",
    "prove_by_passkey",
    "relying_party",
    "request_options",
    "take_challenge",
]

TIMEOUT_MS = int(CHALLENGE_GOOD_FOR.total_seconds()) * 1000

log = structlog.get_logger(__name__)


def relying_party() -> RelyingParty:
    """Return for whom passkeys are made here: the host and origin of our own pages."""
    origin = our_origin()
    return RelyingParty(urlsplit(origin).hostname or "", origin)


def request_options(member: StaffMember | None, challenge: Challenge) -> dict[str, Json]:
    """Return what `navigator.credentials.get` is asked: for a passkey of this member, else for any the authenticator has for us.

    Whoever is not signed in is told of no passkey: that would tell who has an account.
    """
    from webauthn import generate_authentication_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

    allowed = [] if member is None else [PublicKeyCredentialDescriptor(id=each.credential_id) for each in _live_passkeys(member.id)]
    options = generate_authentication_options(
        rp_id=relying_party().id,
        challenge=challenge.value,
        timeout=TIMEOUT_MS,
        allow_credentials=allowed,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    told = options_to_json_dict(options)
    return {name: value for name, value in told.items() if name != "rpId" or _host_is_set()} | {"challengeProof": challenge.proof}


def creation_options(member: StaffMember, challenge: Challenge, site_name: str) -> dict[str, Json]:
    """Return what `navigator.credentials.create` is asked: for a passkey that is kept by an authenticator which verifies its user."""
    from webauthn import generate_registration_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=relying_party().id,
        rp_name=site_name,
        user_id=user_handle(parts().keys, member.id),
        user_name=member.id,
        user_display_name=member.name,
        challenge=challenge.value,
        timeout=TIMEOUT_MS,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in _live_passkeys(member.id)],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    told = options_to_json_dict(options)
    party = told["rp"] if _host_is_set() else {"name": site_name}
    return {**told, "rp": party, "challengeProof": challenge.proof}


def _host_is_set() -> bool:
    """Return whether we know by ourselves for whom passkeys are: no page repeats the host that a client names, its browser knows it."""
    return bool(parts().settings.public_url)


def user_handle(keys: FolderKeys, staff_id: str) -> bytes:
    """Return what an authenticator knows an account by: nothing that tells whose it is (WebAuthn section 14.6.1)."""
    return hmac.digest(keys.secret, b"passkey user\0" + staff_id.encode(), "sha256")


def passkey_made(response_json: str, purpose: str, member: StaffMember, name: str, enrolled_by: str, now: datetime) -> Passkey | None:
    """Return the passkey of a member that the answer of an authenticator makes known, None if none; the challenge is used up."""
    try:
        answer = read_answer(response_json)
        made = check_registration(answer, relying_party(), member.id, name, enrolled_by, now)
    except RefusedAnswer as refused:
        log.warning("passkey refused", reason=str(refused))
        return None
    with parts().register.change() as books:
        return made if take_challenge(books.challenges, answer.challenge, answer.challenge_proof, purpose, now) else None


def prove_by_passkey(
    response_json: str, purpose: str, now: datetime, *, staff_id: str | None = None, challenge: bytes | None = None
) -> Proof | None:
    """Return who the answer of an authenticator proves, None if nobody; the challenge is used up.

    `staff_id`: only that member; `challenge`: only an answer to these bytes.
    """
    try:
        return _prove(read_answer(response_json), purpose, now, staff_id, challenge)
    except RefusedAnswer as refused:
        log.warning("passkey refused", reason=str(refused))
        return None


def _prove(answer: Answer, purpose: str, now: datetime, staff_id: str | None, challenge: bytes | None) -> Proof:
    if challenge is not None and not hmac.compare_digest(challenge, answer.challenge):
        raise RefusedAnswer("another challenge")
    if not is_ours(answer.challenge, answer.challenge_proof, purpose, now):
        raise RefusedAnswer("no challenge of ours, or too old")
    found = parts()
    with found.register.look() as books:
        member, passkey = _owner(books, answer, staff_id)
    sign_count = check_assertion(answer, passkey, relying_party())
    device = device_value() or new_device_value()
    origin = origin_here(device)
    with found.register.change() as books:
        _owner(books, answer, staff_id)
        fresh = take_challenge(books.challenges, answer.challenge, answer.challenge_proof, purpose, now)
        used = fresh and books.passkeys.use(passkey.credential_id, sign_count, now)
        failures_before, last_failure_at = books.staff.sign_in_failures(member.id)
        if used:
            books.staff.note_sign_in(member.id, places(origin), now, succeeded=True)
    if not used:
        raise RefusedAnswer("its count did not go on: there is a copy of it" if fresh else "challenge used before")
    remember_device(device)
    assurance = ASSURANCE_DEVICE_BOUND if passkey.device_bound else ASSURANCE_SYNCED
    log.info("signed in", account=account_mark(found.keys, member.id), assurance=assurance, failures_before=failures_before)
    return Proof(member, assurance, failures_before, last_failure_at, assertion_of(answer, passkey))


def _owner(books: Books, answer: Answer, staff_id: str | None) -> tuple[StaffMember, Passkey]:
    """Return whose passkey answered, and which. Raises RefusedAnswer for one that proves nobody, or not who is meant."""
    passkey = books.passkeys.passkey(answer.credential_id)
    member = books.staff.member(passkey.staff_id) if passkey is not None else None
    if passkey is None or member is None:
        raise RefusedAnswer("unknown")
    if passkey.revoked_at is not None or member.disabled_at is not None:
        raise RefusedAnswer("revoked, or its account has ended")
    if staff_id not in (None, member.id) or answer.user_handle not in (None, user_handle(parts().keys, member.id)):
        raise RefusedAnswer("somebody else's")
    return member, passkey


def _live_passkeys(staff_id: str) -> list[Passkey]:
    with parts().register.look() as books:
        return [passkey for passkey in books.passkeys.passkeys_of(staff_id) if passkey.revoked_at is None]
