"""A file of lines comes in; where its import stopped, and pieces of whole lines from there on, go out."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from observatory.errors import BadInput

PIECE_BYTES = 1 << 20
LINE_BYTES_MAX = 1 << 20
IDENTITY_BYTES = (1 << 16, 1 << 12)
"""A file is known by as much of its beginning as it has, and a short one by its first line: so it may grow."""
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
    first_line: int


@contextmanager
def open_lines(path: Path) -> Iterator[BinaryIO]:
    """Open a file of text lines. Raises BadInput when it cannot be read, or is compressed."""
    try:
        with path.open("rb") as file:
            if file.read(len(GZIP_MAGIC)) == GZIP_MAGIC:
                raise BadInput(f"cannot import {path}: it is compressed", f"unpack it first: gunzip --keep {path}")
            yield file
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}", "name a file that can be read") from None


def find_start(file: BinaryIO, path: Path, target: str, stored_bytes: Callable[[bytes], int]) -> Start:
    """Return where the import of a file for a target goes on; `stored_bytes` tells how much of an identity is stored.

    Raises BadInput when more of the file is stored than it has.
    """
    size = path.stat().st_size
    identities = _identities(file, size, target)
    known = next((identity for identity in identities if stored_bytes(identity)), None)
    if known is None:
        return Start(identities[0], 0, 1)
    offset = stored_bytes(known)
    if offset > size:
        raise BadInput(
            f"cannot import {path}: it has {size} bytes, of a file that begins like it {offset} are stored",
            "import the whole file; what is stored of it is not stored again",
        )
    return Start(known, offset, 1 + _line_count(file, offset))


def _identities(file: BinaryIO, size: int, target: str) -> list[bytes]:
    """Return the digests the file may be known by, the most telling first."""
    file.seek(0)
    beginning = file.read(IDENTITY_BYTES[0])
    prefixes = [beginning[:length] for length in IDENTITY_BYTES if size >= length]
    # A table's first line is its header: the second is the first that tells one table from another.
    prefixes.append(b"".join(beginning.splitlines(keepends=True)[: 2 if target.startswith("probes") else 1]))
    return [hashlib.sha256(f"{target}\n{len(prefix)}\n".encode() + prefix).digest() for prefix in prefixes]


def _line_count(file: BinaryIO, end: int) -> int:
    file.seek(0)
    count = 0
    while (left := end - file.tell()) > 0:
        count += file.read(min(left, PIECE_BYTES)).count(b"\n")
    return count


def pieces(file: BinaryIO, start: Start, *, take_unended: bool) -> Iterator[Piece]:
    """Yield the rest of a file in pieces of about `PIECE_BYTES` that end with a line.

    A last line without its end is still being written and is left, unless `take_unended`. Raises BadInput for a line
    over `LINE_BYTES_MAX`: such a file is no text.
    """
    file.seek(start.offset)
    offset, line, rest = start.offset, start.first_line, b""
    while block := file.read(PIECE_BYTES):
        lines, newline, rest = (rest + block).rpartition(b"\n")
        if len(rest) > LINE_BYTES_MAX:
            number = line + lines.count(b"\n") + len(newline)
            raise BadInput(f"cannot read line {number}: it is longer than {LINE_BYTES_MAX} bytes", "is this a text file?")
        if newline:
            lines += newline
            offset += len(lines)
            yield Piece(lines, line, offset)
            line += lines.count(b"\n")
    if rest and take_unended:
        yield Piece(rest, line, offset + len(rest))


def has_unended_line(file: BinaryIO) -> bool:
    """Return whether the last line of a file lacks its end."""
    size = file.seek(0, 2)
    if not size:
        return False
    file.seek(size - 1)
    return file.read(1) != b"\n"
