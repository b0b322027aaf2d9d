"""Wrap a statement so that its signatures hold for its type and its bytes: DSSE v1 (https://github.com/secure-systems-lab/dsse)."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from observatory.errors import BadInput, phrase
from observatory.signoff.canonical_json import Json

IN_TOTO = "application/vnd.in-toto+json"
SIGNATURES_MAX = 8
WHOLE = phrase("give it as it was published, whole")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature over `pae`."""

    key_id: str
    """As `key_id_of` names the key."""
    bytes: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A document, what it is, and who signed it."""

    payload: bytes
    payload_type: str
    signatures: tuple[Signature, ...]

    @property
    def pae(self) -> bytes:
        """What is signed."""
        return pae(self.payload_type, self.payload)


@dataclass(frozen=True, slots=True)
class StatementKey:
    """A key that signs statements: its public half, and what signs with the other."""

    public_key: bytes
    """32 bytes, Ed25519 (RFC 8032)."""
    sign: Callable[[bytes], bytes]


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the pre-authentication encoding: "DSSEv1" SP length SP type SP length SP payload, lengths in decimal bytes."""
    named = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(named), named, len(payload), payload)


def key_id_of(public_key: bytes) -> str:
    """Return how envelopes name a key: the SHA-256 of its 32 bytes, in hexadecimal digits."""
    return hashlib.sha256(public_key).hexdigest()


def sign_envelope(payload: bytes, keys: Sequence[StatementKey], payload_type: str = IN_TOTO) -> Envelope:
    """Return a document signed with each of these keys."""
    signed = pae(payload_type, payload)
    return Envelope(payload, payload_type, tuple(Signature(key_id_of(key.public_key), key.sign(signed)) for key in keys))


def signed_by(envelope: Envelope, public_keys: Sequence[bytes]) -> list[bytes]:
    """Return those of the keys that signed an envelope; whether that is enough, the caller knows."""
    named = {key_id_of(key): key for key in public_keys}
    return [
        named[signature.key_id]
        for signature in envelope.signatures
        if signature.key_id in named and _verifies(named[signature.key_id], signature.bytes, envelope.pae)
    ]


def envelope_json(envelope: Envelope) -> dict[str, Json]:
    """Return an envelope as it is published; bytes in standard base64."""
    signatures: list[Json] = [{"keyid": one.key_id, "sig": _text(one.bytes)} for one in envelope.signatures]
    return {"payload": _text(envelope.payload), "payloadType": envelope.payload_type, "signatures": signatures}


def read_envelope(document: Json) -> Envelope:
    """Return the envelope that a JSON value is. Raises BadInput for anything `envelope_json` would not have written."""
    try:
        found = _envelope(document) if isinstance(document, Mapping) else None
    except (KeyError, TypeError, ValueError, binascii.Error):
        found = None
    if found is None or envelope_json(found) != document or len(found.signatures) > SIGNATURES_MAX:
        raise BadInput(phrase("cannot read this signed statement: it is no DSSE envelope"), WHOLE)
    return found


def _envelope(document: Mapping[str, Json]) -> Envelope:
    signatures = document["signatures"]
    if not isinstance(signatures, list):
        raise TypeError
    return Envelope(_bytes(document["payload"]), str(document["payloadType"]), tuple(_signature(one) for one in signatures))


def _signature(document: Json) -> Signature:
    if not isinstance(document, Mapping):
        raise TypeError
    return Signature(str(document["keyid"]), _bytes(document["sig"]))


def _verifies(public_key: bytes, signature: bytes, signed: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bytes(text: Json) -> bytes:
    if not isinstance(text, str):
        raise TypeError
    return base64.b64decode(text, validate=True)
