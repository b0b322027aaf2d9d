"""List the kinds of keys that sign notes, and which message each of them signs of a text.

Types are those of C2SP signed-note. A new one is a line of this table.
"""

from collections.abc import Callable
from dataclasses import dataclass

ED25519 = 0x01
COSIGNATURE = 0x04
SIGNATURE_BYTES = 64
PUBLIC_KEY_BYTES = 32
TIME_BYTES = 8


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """What an Ed25519 signature (RFC 8032) has to fit."""

    message: bytes
    signature: bytes


def _plain(text: bytes, payload: bytes) -> SignedMessage:
    return SignedMessage(text, payload)


def _cosigned(text: bytes, payload: bytes) -> SignedMessage:
    return SignedMessage(cosigned_text(text, int.from_bytes(payload[:TIME_BYTES], "big")), payload[TIME_BYTES:])


def cosigned_text(text: bytes, seconds: int) -> bytes:
    """Return what a witness signs (C2SP cosignature/v1): that it had seen a checkpoint by this second since 1970."""
    return b"cosignature/v1\ntime %d\n" % seconds + text


MESSAGES: dict[int, Callable[[bytes, bytes], SignedMessage]] = {ED25519: _plain, COSIGNATURE: _cosigned}
