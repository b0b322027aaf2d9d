"""Write how long the log is and what its root is as the text of a signed note (C2SP tlog-checkpoint), and read it."""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from observatory.errors import BadInput
from observatory.transparency.merkle import HASH_BYTES
from observatory.transparency.note import Note, NoteKey

SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The size and the root of a log at one moment."""

    origin: str
    """Which log."""
    size: int
    root: bytes

    @property
    def text(self) -> bytes:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n".encode()

    @classmethod
    def parse(cls, text: bytes) -> "Checkpoint":
        """Return what a text says; lines behind the third are passed over. Raises BadInput."""
        lines = text.decode(errors="replace").split("\n")
        if len(lines) < 4 or not lines[0] or not SIZE.fullmatch(lines[1]) or (root := read_hash(lines[2])) is None:
            raise BadInput("cannot read a checkpoint", "it has three lines: the log's name, its size, its root in base64")
        return cls(lines[0], int(lines[1]), root)


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint as it was signed."""

    content: bytes
    """The signed note."""
    checkpoint: Checkpoint
    signed_at: datetime
    """When; not under the signature: only what a witness adds tells a time that somebody else vouches for."""

    @property
    def size(self) -> int:
        """How many leaves."""
        return self.checkpoint.size

    @property
    def root(self) -> bytes:
        """Of all of them."""
        return self.checkpoint.root


def open_checkpoint(content: bytes, keys: Iterable[NoteKey]) -> Checkpoint:
    """Return the checkpoint of a note that one of these keys signed under its own name. Raises BadInput."""
    note = Note.parse(content)
    found = Checkpoint.parse(note.text)
    if not note.is_signed_by_any(key for key in keys if key.name == found.origin):
        raise BadInput("cannot trust a checkpoint: no key of the log has signed it", "check which log it is of, and the log's key")
    return found


def read_hash(text: str) -> bytes | None:
    """Return the 32 bytes that base64 stands for, None if it is anything else."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if len(found) == HASH_BYTES and base64.b64encode(found).decode() == text else None
