"""Verify what an authenticator signed, from what stands in the log alone: a WebAuthn assertion over a statement.

Its challenge is the SHA-256 of the statement's DSSE encoding, so the same touch of a key cannot stand for another statement.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm

from observatory.errors import BadInput, NotAllowed, phrase
from observatory.signoff.canonical_json import Json

FIELDS = ("credential", "publicKey", "rpId", "origin", "authenticatorData", "clientDataJSON", "signature")
ORIGIN = re.compile(r"https?://([a-z0-9.-]{1,253})(?::[0-9]{1,5})?", re.ASCII)
"""How a browser writes which site it is at (RFC 6454 section 6.2)."""
NOT_VERIFIED = (UnsupportedAlgorithm, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""What the library raises beside its own errors of bytes that are no answer: keys and answers come from anybody's log."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an authenticator said, and everything needed to check it."""

    public_key: bytes
    """COSE (RFC 9052), as the authenticator gave it when it was enrolled."""
    rp_id: str
    """The domain the key was made for."""
    origin: str
    """The site that asked."""
    authenticator_data: bytes
    client_data_json: bytes
    signature: bytes

    @property
    def thumbprint(self) -> str:
        """What stands for the key in the log: SHA-256 of its COSE bytes, in hexadecimal digits."""
        return hashlib.sha256(self.public_key).hexdigest()


def challenge_of(encoded: bytes) -> bytes:
    """Return the challenge that stands for a statement: 32 bytes; `encoded` as `dsse.pae` writes it."""
    return hashlib.sha256(encoded).digest()


def check_assertion(assertion: Assertion, challenge: bytes) -> None:
    """Raise NotAllowed unless the key signed this challenge, its user verified, for the site and domain that are named.

    Web Authentication Level 3, section 7.2. Whether the key may sign for somebody is not told here: the log of enrolments does.
    """
    from webauthn import verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException
    from webauthn.helpers.structs import AuthenticationCredential, AuthenticatorAssertionResponse

    site = ORIGIN.fullmatch(assertion.origin)
    if site is None or not f".{site[1]}".endswith(f".{assertion.rp_id}"):
        raise _refused("its origin is not of its domain")
    unknown_id = hashlib.sha256(assertion.public_key).digest()  # The log does not keep what the authenticator calls its key.
    response = AuthenticatorAssertionResponse(
        client_data_json=assertion.client_data_json,
        authenticator_data=assertion.authenticator_data,
        signature=assertion.signature,
    )
    try:
        verify_authentication_response(
            credential=AuthenticationCredential(id=_text(unknown_id), raw_id=unknown_id, response=response),
            expected_challenge=challenge,
            expected_rp_id=assertion.rp_id,
            expected_origin=assertion.origin,
            credential_public_key=assertion.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except (WebAuthnException, *NOT_VERIFIED) as error:
        raise _refused(str(error)) from None


def assertion_json(assertion: Assertion) -> dict[str, Json]:
    """Return an assertion as it stands in the log; bytes in base64url without padding, as browsers write them."""
    return {
        "authenticatorData": _text(assertion.authenticator_data),
        "clientDataJSON": _text(assertion.client_data_json),
        "credential": assertion.thumbprint,
        "origin": assertion.origin,
        "publicKey": _text(assertion.public_key),
        "rpId": assertion.rp_id,
        "signature": _text(assertion.signature),
    }


def read_assertion(document: Json) -> Assertion:
    """Return the assertion that a JSON value is. Raises BadInput for anything `assertion_json` would not have written."""
    found = None
    if isinstance(document, Mapping) and all(isinstance(document.get(name), str) for name in FIELDS):
        given = {name: str(document[name]) for name in FIELDS}
        try:
            found = Assertion(
                _bytes(given["publicKey"]),
                given["rpId"],
                given["origin"],
                _bytes(given["authenticatorData"]),
                _bytes(given["clientDataJSON"]),
                _bytes(given["signature"]),
            )
        except (ValueError, binascii.Error):
            found = None
    if found is None or assertion_json(found) != document:
        raise BadInput(phrase("cannot read what the security key signed"), phrase("give it as it was published, whole"))
    return found


def _refused(reason: str) -> NotAllowed:
    return NotAllowed(
        phrase("the security key did not sign this: %(reason)s"), phrase("read what would be published once more, then sign"), reason=reason
    )


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
