"""Sign checkpoints as a witness, and read when one did (C2SP cosignature/v1 over Ed25519)."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from observatory.transparency.key_types import COSIGNATURE, TIME_BYTES, cosigned_text
from observatory.transparency.note import NoteKey, NoteSignature


class Cosigner:
    """A witness's key, from a seed of 32 bytes."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = NoteKey(name, COSIGNATURE, self._private.public_key().public_bytes_raw())

    def cosign(self, text: bytes, seconds: int) -> str:
        """Return the line that says this witness had seen a checkpoint by a second since 1970."""
        payload = seconds.to_bytes(TIME_BYTES, "big") + self._private.sign(cosigned_text(text, seconds))
        return NoteSignature(self.key.name, self.key.key_id, payload).line


def seconds_of(cosignature: NoteSignature) -> int:
    """Return by when a witness had seen what it signed, in seconds since 1970."""
    return int.from_bytes(cosignature.payload[:TIME_BYTES], "big")
