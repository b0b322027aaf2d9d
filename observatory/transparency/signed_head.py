"""Verify a signed head of the chain that the log was before it became a tree: size and newest hash, over a text of four lines.

Whoever keeps such a text can prove that the log was rewritten before that point: the same size cannot have two hashes.
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from observatory.transparency.leaf import recorded_text

FIRST_LINE = "observatory log head"


@dataclass(frozen=True, slots=True)
class SignedHead:
    """How long the chain was at a moment and what its newest entry was, signed."""

    size: int
    hash: bytes
    """Of the newest entry, 32 bytes; of the empty chain SHA-256 of nothing."""
    signed_at: datetime
    public_key: bytes
    """32 bytes, Ed25519 (RFC 8032)."""
    signature: bytes
    """64 bytes over `text`."""

    @property
    def text(self) -> bytes:
        """What was signed: four lines, each with its line feed."""
        return f"{FIRST_LINE}\n{self.size}\n{self.hash.hex()}\n{recorded_text(self.signed_at)}\n".encode()


def is_genuine(head: SignedHead) -> bool:
    """Tell whether a head was signed by the key it names; whether that is the right key, its reader has to know."""
    try:
        Ed25519PublicKey.from_public_bytes(head.public_key).verify(head.signature, head.text)
    except (InvalidSignature, ValueError):
        return False
    return True
