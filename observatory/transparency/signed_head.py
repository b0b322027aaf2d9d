"""Sign the head of the log, its size and newest hash, with Ed25519 over a text of four lines.

Whoever keeps such a text can prove later that the log was rewritten before that point: the same size cannot have two hashes.
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from observatory.transparency.chain import recorded_text

FIRST_LINE = "observatory log head"
SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class SignedHead:
    """How long the log was at a moment and what its newest entry was, signed."""

    size: int
    hash: bytes
    """Of the newest entry, 32 bytes; of the empty log SHA-256 of nothing."""
    signed_at: datetime
    public_key: bytes
    """32 bytes, Ed25519 (RFC 8032)."""
    signature: bytes
    """64 bytes over `text`."""

    @property
    def text(self) -> bytes:
        """What is signed: four lines, each with its line feed."""
        return head_text(self.size, self.hash, self.signed_at)


def head_text(size: int, newest_hash: bytes, signed_at: datetime) -> bytes:
    """Return the four lines that are signed."""
    return f"{FIRST_LINE}\n{size}\n{newest_hash.hex()}\n{recorded_text(signed_at)}\n".encode()


def sign_head(root: bytes, size: int, newest_hash: bytes, now: datetime) -> SignedHead:
    """Return the head signed with the key that a root of 32 random bytes stands for."""
    key = Ed25519PrivateKey.from_private_bytes(HKDF(SHA256(), SEED_BYTES, salt=None, info=FIRST_LINE.encode()).derive(root))
    return SignedHead(size, newest_hash, now, key.public_key().public_bytes_raw(), key.sign(head_text(size, newest_hash, now)))


def is_genuine(head: SignedHead) -> bool:
    """Tell whether a head was signed by the key it names; whether that is the right key, its reader has to know."""
    try:
        Ed25519PublicKey.from_public_bytes(head.public_key).verify(head.signature, head.text)
    except (InvalidSignature, ValueError):
        return False
    return True
