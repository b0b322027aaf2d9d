"""Check what an authenticator answers (WebAuthn level 3, sections 7.1 and 7.2): JSON of a browser becomes a passkey, or a use of one.

The parts of an answer are read strictly before the library sees them; whatever it refuses is one error with a short reason.
"""

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from observatory.model.staff import Assertion, Passkey

ANSWER_LENGTH_MAX = 16 * 1024
"""An attestation with its certificates takes 4 KiB."""
CREDENTIAL_ID_BYTES_MAX = 1023
"""WebAuthn section 5.8.3."""
PUBLIC_KEY_BYTES_MAX = 1024
CHALLENGE_BYTES = 32
REFUSALS = (InvalidSignature, UnsupportedAlgorithm, ValueError, LookupError, TypeError, AttributeError)
"""What the library raises beside its own errors for bytes that it does not like."""

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """For whom passkeys are made: a host name, and the origin of the pages that ask for them."""

    id: str
    origin: str


class RefusedAnswer(Exception):
    """An answer that proves nothing; the reason is for the process's log, not for whoever answered."""


class _AnswerFields(msgspec.Struct, frozen=True, rename="camel"):
    client_data_json: str = msgspec.field(name="clientDataJSON")
    authenticator_data: str = ""
    signature: str = ""
    attestation_object: str = ""
    user_handle: str | None = None


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    raw_id: str
    response: _AnswerFields
    challenge_proof: str


class _ClientData(msgspec.Struct, frozen=True, rename="camel"):
    challenge: str
    cross_origin: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser sent, its parts decoded."""

    credential_id: bytes
    client_data_json: bytes
    challenge: bytes
    challenge_proof: str
    authenticator_data: bytes
    signature: bytes
    attestation_object: bytes
    user_handle: bytes | None


def read_answer(text: str) -> Answer:
    """Return the parts of an answer as our script sends it. Raises RefusedAnswer."""
    if len(text) > ANSWER_LENGTH_MAX:
        raise RefusedAnswer("too long")
    try:
        answer = msgspec.json.decode(text, type=_Answer)
        client_data_json = _bytes(answer.response.client_data_json)
        client_data = msgspec.json.decode(client_data_json, type=_ClientData)
        found = Answer(
            credential_id=_bytes(answer.raw_id),
            client_data_json=client_data_json,
            challenge=_bytes(client_data.challenge),
            challenge_proof=answer.challenge_proof,
            authenticator_data=_bytes(answer.response.authenticator_data),
            signature=_bytes(answer.response.signature),
            attestation_object=_bytes(answer.response.attestation_object),
            user_handle=_bytes(answer.response.user_handle) if answer.response.user_handle else None,
        )
    except (msgspec.DecodeError, ValueError):
        raise RefusedAnswer("unreadable") from None
    if client_data.cross_origin or len(found.challenge) != CHALLENGE_BYTES or not 1 <= len(found.credential_id) <= CREDENTIAL_ID_BYTES_MAX:
        raise RefusedAnswer("unreadable")
    return found


def check_assertion(answer: Answer, passkey: Passkey, party: RelyingParty) -> int:
    """Return the sign count of an answer that this passkey signed for us, its user verified. Raises RefusedAnswer.

    Whether the challenge is one of ours and the count goes on is for the caller to say: both are good once.
    """
    from webauthn import verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException
    from webauthn.helpers.structs import AuthenticationCredential, AuthenticatorAssertionResponse, CredentialDeviceType

    try:
        verified = verify_authentication_response(
            credential=AuthenticationCredential(
                id=_text(answer.credential_id),
                raw_id=answer.credential_id,
                response=AuthenticatorAssertionResponse(answer.client_data_json, answer.authenticator_data, answer.signature),
            ),
            expected_challenge=answer.challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,  # The library compares before it checks the signature: anybody could make it cry wolf.
            require_user_verification=True,
        )
    except (WebAuthnException, *REFUSALS) as error:
        _refuse(error)
    if (verified.credential_device_type is CredentialDeviceType.SINGLE_DEVICE) != passkey.device_bound:
        raise RefusedAnswer("another kind of authenticator")
    return verified.new_sign_count


def check_registration(answer: Answer, party: RelyingParty, staff_id: str, name: str, enrolled_by: str, now: datetime) -> Passkey:
    """Return the passkey that an answer makes known, its user verified. Raises RefusedAnswer."""
    from webauthn import verify_registration_response
    from webauthn.helpers.exceptions import WebAuthnException
    from webauthn.helpers.structs import AuthenticatorAttestationResponse, CredentialDeviceType, RegistrationCredential

    try:
        made = verify_registration_response(
            credential=RegistrationCredential(
                id=_text(answer.credential_id),
                raw_id=answer.credential_id,
                response=AuthenticatorAttestationResponse(answer.client_data_json, answer.attestation_object),
            ),
            expected_challenge=answer.challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, *REFUSALS) as error:
        _refuse(error)
    if made.credential_id != answer.credential_id or len(made.credential_public_key) > PUBLIC_KEY_BYTES_MAX:
        raise RefusedAnswer("unreadable")
    device_bound = made.credential_device_type is CredentialDeviceType.SINGLE_DEVICE
    return Passkey(made.credential_id, staff_id, made.credential_public_key, made.sign_count, device_bound, name, now, enrolled_by)


def assertion_of(answer: Answer, passkey: Passkey) -> Assertion:
    """Return what was signed, as the log keeps it."""
    return Assertion(passkey.credential_id, passkey.public_key, answer.authenticator_data, answer.client_data_json, answer.signature)


def _refuse(error: Exception) -> NoReturn:
    raise RefusedAnswer(type(error).__name__) from None


def _bytes(text: str) -> bytes:
    if not _BASE64URL.fullmatch(text):
        raise ValueError("no base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
