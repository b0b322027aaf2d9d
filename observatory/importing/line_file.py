"""Read a file of lines, gzip or not, in pieces of whole lines from where its import stopped.

A file is known by its beginning, not by its name, and as what it holds, not as how it is packed: a log that was
rotated, copied or compressed since it was read is not read again. Positions count inflated bytes.
"""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self, cast

from isal import igzip, isal_zlib

from observatory.errors import BadInput, Conflict

PIECE_BYTES = 4 << 20
LINE_BYTES_MAX = 1 << 20
IDENTITY_BYTES = (1 << 16, 1 << 12)
"""A file is known by as much of its beginning as it has, and a short one by its first line: so it may grow."""
MARK_BYTES = 256
GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole lines of a file."""

    lines: bytes
    first_line: int
    """Number of the first of them; 1 is the first line of the file."""
    end_offset: int
    """Where the file goes on."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where an import begins or goes on."""

    file_id: bytes
    offset: int


class LineFile:
    """A file that is read forward in pieces, and may grow meanwhile."""

    def __init__(self, path: Path, raw: BinaryIO) -> None:
        self.path = path
        self.offset = 0
        """Bytes given out in pieces."""
        self.next_line = 1
        """Number of the line that follows them."""
        self.is_gzip = raw.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        raw.seek(0)
        self.raw = raw
        self._content = cast(BinaryIO, igzip.open(raw, "rb")) if self.is_gzip else raw  # type: ignore[no-untyped-call]
        self._rest = b""
        """Read, but not yet a whole line."""
        self._mark = b""
        """The last bytes read."""

    @property
    def done_bytes(self) -> int:
        """How much of the file on disk was read."""
        return self.raw.tell()

    @property
    def has_unended_line(self) -> bool:
        """Whether the last line that was read lacks its end."""
        return bool(self._rest)

    @property
    def is_continued(self) -> bool:
        """Whether the file still has what was read of it, as far as its last bytes tell; False once it was emptied. Not for gzip."""
        return os.pread(self.raw.fileno(), len(self._mark), self.raw.tell() - len(self._mark)) == self._mark

    def hold(self) -> None:
        """Keep every other import out of this file until it is closed: two at once would count lines twice. Raises Conflict."""
        try:
            fcntl.flock(self.raw, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(f"cannot import {self.path}: another import reads it", "wait for that one, or stop it") from None

    def release(self) -> None:
        """Let other imports read this file."""
        fcntl.flock(self.raw, fcntl.LOCK_UN)

    def beginning(self) -> bytes:
        """Return as much of the file's beginning as an identity takes; reading starts over after it."""
        self._content.seek(0)
        beginning = b""
        while block := self.read(IDENTITY_BYTES[0] - len(beginning)):
            beginning += block
        self._content.seek(0)
        self.offset, self.next_line, self._rest, self._mark = 0, 1, b"", b""
        return beginning

    def skip_to(self, offset: int) -> Self:
        """Go on behind what is stored, and count its lines. Raises BadInput if the file has less."""
        while (left := offset - self.offset) > 0:
            block = self.read(min(left, PIECE_BYTES))
            if not block:
                raise BadInput(
                    f"cannot import {self.path}: it has {self.offset} bytes, of a file that begins like it {offset} are stored",
                    "import the whole file; what is stored of it is not stored again",
                )
            self._mark = block[-MARK_BYTES:]
            self.offset += len(block)
            self.next_line += block.count(b"\n")
        return self

    def pieces(self) -> Iterator[Piece]:
        """Yield pieces of about `PIECE_BYTES` that end with a line, up to the file's present end; later again what was added.

        Raises BadInput for a line over `LINE_BYTES_MAX`: such a file is no text.
        """
        while block := self.read(PIECE_BYTES):
            self._mark = block[-MARK_BYTES:]
            lines, newline, self._rest = (self._rest + block).rpartition(b"\n")
            if len(self._rest) > LINE_BYTES_MAX:
                number = self.next_line + lines.count(b"\n") + len(newline)
                raise BadInput(
                    f"cannot read line {number} of {self.path}: it is longer than {LINE_BYTES_MAX} bytes", "is this a text file?"
                )
            if newline:
                yield self._piece(lines + newline)

    def last_piece(self) -> Piece | None:
        """Return the last line although it lacks its end, None if there is none."""
        lines, self._rest = self._rest, b""
        return self._piece(lines) if lines else None

    def _piece(self, lines: bytes) -> Piece:
        first_line = self.next_line
        self.offset += len(lines)
        self.next_line += lines.count(b"\n")
        return Piece(lines, first_line, self.offset)

    def read(self, size: int) -> bytes:
        """Return up to so many of the inflated bytes that follow, none at the end."""
        try:
            return self._content.read(size)
        except EOFError:
            raise BadInput(f"cannot inflate {self.path}: it is cut short", "import the whole file") from None
        except (isal_zlib.error, OSError) as error:  # type: ignore[misc]  # the stub takes the class for an instance
            reason = (error.strerror if isinstance(error, OSError) else None) or "it is damaged"
            raise BadInput(f"cannot read {self.path}: {reason}", "name a file that can be read") from None


@contextmanager
def open_lines(path: Path) -> Iterator[LineFile]:
    """Open a file of text lines. Raises BadInput when it cannot be read."""
    with ExitStack() as stack:
        yield LineFile(path, stack.enter_context(open_raw(path)))


def open_raw(path: Path) -> BinaryIO:
    """Open a file of bytes. Raises BadInput when it cannot be read."""
    try:
        return path.open("rb")
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}", "name a file that can be read") from None


def find_start(beginning: bytes, target: str, stored_bytes: Callable[[bytes], int], first_bytes: int | None = None) -> Start:
    """Return where the import of a file for a target goes on; `stored_bytes` tells how much of an identity is stored.

    `first_bytes` is the least of its beginning that tells a file from others, without it the first line.
    """
    identities = _identities(beginning, target, first_bytes)
    known = next((identity for identity in identities if stored_bytes(identity)), identities[0])
    return Start(known, stored_bytes(known))


def _identities(beginning: bytes, target: str, first_bytes: int | None) -> list[bytes]:
    """Return the digests the file may be known by, the most telling first."""
    prefixes = [beginning[:length] for length in IDENTITY_BYTES if len(beginning) >= length]
    if first_bytes is None:
        # A table's first line is its header: the second is the first that tells one table from another.
        first_bytes = sum(map(len, beginning.splitlines(keepends=True)[: 2 if target.startswith("probes") else 1]))
    prefixes.append(beginning[:first_bytes])
    return [hashlib.sha256(f"{target}\n{len(prefix)}\n".encode() + prefix).digest() for prefix in prefixes]
