"""Read what was signed: the body of a leaf of the kind sign-off, in its form of today and in that of before."""

import base64
import binascii
from dataclasses import dataclass

import msgspec

from observatory.errors import BadInput, phrase
from observatory.model.signoff import SignOff
from observatory.signoff.canonical_json import parse
from observatory.signoff.statement import WRITTEN_HERE, read_statement

CANNOT_READ = phrase("cannot read a sign-off: it is none of this observatory")


class Assertion(msgspec.Struct, frozen=True, rename="camel"):
    """What a passkey signed; bytes are base64url."""

    credential: str
    """Thumbprint of its public key."""


class Envelope(msgspec.Struct, frozen=True, rename="camel"):
    """DSSE."""

    payload: str
    payload_type: str


class _Body(msgspec.Struct, frozen=True):
    assertion: Assertion | None
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Signed:
    """A sign-off with what proves it; an old one stands there without an envelope."""

    signoff: SignOff
    envelope: Envelope | None
    assertion: Assertion | None
    payload: bytes


def read_signed(body: bytes) -> Signed:
    """Return what such a leaf tells. Raises BadInput."""
    told = parse(body)
    if not isinstance(told, dict) or "envelope" not in told:
        return Signed(read_statement(body), None, None, body)
    try:
        found = msgspec.convert(told, _Body)
        payload = base64.b64decode(found.envelope.payload, validate=True)
    except (msgspec.ValidationError, binascii.Error):
        raise BadInput(CANNOT_READ, WRITTEN_HERE) from None
    return Signed(read_statement(payload), found.envelope, found.assertion, payload)
