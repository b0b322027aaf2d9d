"""Sign short texts and read signed ones (C2SP signed-note): a text, an empty line, and a line for each signature.

A line is `— <name> <base64 of key id and signature>`. A key id is four bytes, so what counts is whether the signature fits.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from observatory.errors import BadInput
from observatory.transparency.key_types import ED25519, MESSAGES, PUBLIC_KEY_BYTES

NOTE_BYTES_MAX = 64 << 10
SIGNATURES_MAX = 100
KEY_ID_BYTES = 4
NAME = re.compile(r"[^\s+\x00-\x20\x7f]{1,255}")
LINE = re.compile("— ([^\\s+]{1,255}) ([A-Za-z0-9+/]+={0,2})")
VKEY = re.compile(r"([^\s+]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class NoteKey:
    """The public half of a key that signs notes under a name."""

    name: str
    key_type: int
    public_key: bytes

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name) or self.key_type not in MESSAGES or len(self.public_key) != PUBLIC_KEY_BYTES:
            raise BadInput(f"cannot use the key of {self.name[:40]!r}", "a key is written NAME+ID+KEY, of type 1 or 4")

    @classmethod
    def parse(cls, vkey: str) -> "NoteKey":
        """Return the key that `NAME+ID+KEY` stands for. Raises BadInput."""
        match = VKEY.fullmatch(vkey)
        key = _unpacked(match[3]) if match else b""
        found = cls(match[1] if match else vkey[:40], *(key[0], key[1:])) if key else None
        if match is None or found is None or found.key_id.hex() != match[2]:
            raise BadInput(f"cannot read key {vkey[:80]!r}", "copy it whole: NAME+ID+KEY, as published")
        return found

    @property
    def key_id(self) -> bytes:
        """The four bytes that name it in a signature."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.key_type]) + self.public_key).digest()[:KEY_ID_BYTES]

    @property
    def vkey(self) -> str:
        """How it is written down for those who verify."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([self.key_type]) + self.public_key).decode()}"

    def fits(self, text: bytes, payload: bytes) -> bool:
        """Tell whether the bytes of a signature are this key's over a text."""
        signed = MESSAGES[self.key_type](text, payload)
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signed.signature, signed.message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature under a note, not yet verified."""

    name: str
    key_id: bytes
    payload: bytes

    @property
    def line(self) -> str:
        """How it stands under the note, with its line feed."""
        return f"— {self.name} {base64.b64encode(self.key_id + self.payload).decode()}\n"

    @classmethod
    def parse(cls, line: str) -> "NoteSignature":
        """Return the signature of a line without its line feed. Raises BadInput."""
        match = LINE.fullmatch(line)
        content = _unpacked(match[2]) if match else b""
        if match is None or len(content) <= KEY_ID_BYTES:
            raise BadInput("cannot read a signature", "a line is: — NAME BASE64")
        return cls(match[1], content[:KEY_ID_BYTES], content[KEY_ID_BYTES:])


@dataclass(frozen=True, slots=True)
class Note:
    """A text and what stands under it."""

    text: bytes
    """Ends with a line feed."""
    signatures: tuple[NoteSignature, ...]

    @classmethod
    def parse(cls, content: bytes) -> "Note":
        """Return what a signed note says; nothing is verified yet. Raises BadInput for what is no such note."""
        try:
            lines = content.decode()
        except UnicodeDecodeError:
            lines = ""
        text, gap, signatures = lines.rpartition("\n\n")
        if len(content) > NOTE_BYTES_MAX or not gap or not signatures.endswith("\n") or any(sign < " " and sign != "\n" for sign in lines):
            raise BadInput("cannot read a signed note", "it is a text, an empty line, and lines of signatures")
        found = tuple(NoteSignature.parse(line) for line in signatures.removesuffix("\n").split("\n"))
        if len(found) > SIGNATURES_MAX:
            raise BadInput("cannot read a signed note", f"at most {SIGNATURES_MAX} signatures are read")
        return cls(f"{text}\n".encode(), found)

    @property
    def content(self) -> bytes:
        """The whole of it as bytes."""
        return self.text + b"\n" + "".join(signature.line for signature in self.signatures).encode()

    def signed_by(self, key: NoteKey) -> NoteSignature | None:
        """Return the signature of a key under this text, verified; None without one."""
        named = (each for each in self.signatures if each.name == key.name and each.key_id == key.key_id)
        return next((each for each in named if key.fits(self.text, each.payload)), None)

    def is_signed_by_any(self, keys: Iterable[NoteKey]) -> bool:
        """Tell whether one of these keys has signed it."""
        return any(self.signed_by(key) is not None for key in keys)


class NoteSigner:
    """A key that signs notes under a name, from a seed of 32 bytes (RFC 8032)."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = NoteKey(name, ED25519, self._private.public_key().public_bytes_raw())

    @property
    def public_key(self) -> bytes:
        """32 bytes."""
        return self.key.public_key

    @property
    def key_id(self) -> bytes:
        """Four bytes."""
        return self.key.key_id

    @property
    def vkey(self) -> str:
        """How the public half is written down."""
        return self.key.vkey

    def sign(self, text: bytes) -> str:
        """Return the line of signature that belongs under a text."""
        return NoteSignature(self.key.name, self.key_id, self._private.sign(text)).line


def signed_note(text: bytes, signers: Iterable[NoteSigner]) -> bytes:
    """Return a text with a line of signature of each signer."""
    return text + b"\n" + "".join(signer.sign(text) for signer in signers).encode()


def _unpacked(text: str) -> bytes:
    """Return the bytes that base64 stands for; nothing if they would be written otherwise."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return found if base64.b64encode(found).decode() == text else b""
