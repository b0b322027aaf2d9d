"""Inflate a request body: counted on the wire and after decompression, never past a limit.

! Werkzeug cuts chunked bodies at MAX_CONTENT_LENGTH without an error, and a server may hand over a body that ends
early as if it were whole: only our own counters are believed.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from isal import igzip_lib
from werkzeug.exceptions import BadRequest
from werkzeug.wsgi import get_input_stream

from observatory.errors import BadTelemetry, TooLarge, UnsupportedMedia
from observatory.receive.large_bodies import LARGE_BYTES, Places
from observatory.web.arrivals import Arriving

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PIECE_BYTES = 1 << 18
"""Read from the wire, and given to be inflated, at once."""
INFLATED_PIECE_BYTES = 1 << 19
"""Inflated at once at most: with each further piece the thread has to get the interpreter back."""
GZIP_OVERHEAD_BYTES = 1 << 16
"""How much larger than its content a gzip body may be."""
HASHED_LONG_BYTES = 1 << 15
"""Content that takes longer to hash than `_clean_registers` does."""

held = Places()
"""Of large bodies that are whole in memory until they are stored, whichever road they came."""
_inflated = Places()
"""Of those that turn out large only while they are inflated."""


def media_type(content_type: str | None, *accepted: str) -> str:
    """Return which of the `accepted` media types a Content-Type header names; text must be UTF-8. Raises UnsupportedMedia."""
    kind, _, parameters = (content_type or "").partition(";")
    kind = kind.strip().lower()
    if kind not in accepted:
        raise UnsupportedMedia(f"cannot read a body of type {kind[:80]!r}", f"send Content-Type: {' or '.join(accepted)}")
    for parameter in parameters.lower().split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "utf8", "us-ascii"):
            raise UnsupportedMedia(f"cannot read text in {value.strip()[:40]!r}", "send UTF-8")
    return kind


def is_gzip(content_encoding: str | None) -> bool:
    """Return whether a body has to be inflated. Raises UnsupportedMedia for anything but gzip and identity, also twice gzip."""
    encoding = (content_encoding or "identity").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        return True
    if encoding in ("identity", ""):
        return False
    raise UnsupportedMedia(f"cannot read a body in encoding {encoding[:80]!r}", "send Content-Encoding: gzip, or none")


@contextmanager
def whole_body(environ: "WSGIEnvironment", bytes_max: int) -> Iterator[bytes]:
    """Lend the whole inflated body of a request; of large ones only a few are lent at once, until each is stored.

    Raises as `Incoming` and `inflate` do, BadTelemetry for a body that breaks off, and Overloaded.
    """
    incoming, stream = Incoming(environ, bytes_max), get_input_stream(environ)
    try:
        while piece := stream.read(PIECE_BYTES):
            incoming.add(piece)
    except (BadRequest, OSError):
        raise incoming.broken_off() from None
    if incoming.likely_bytes <= LARGE_BYTES:
        yield incoming.content(bytes_max)
        return
    with held.lend():
        yield incoming.content(bytes_max)


class Incoming(Arriving):
    """A telemetry body as it comes. Raises UnsupportedMedia for its encoding, and as `Arriving` does."""

    def __init__(self, environ: "WSGIEnvironment", bytes_max: int) -> None:
        self._gzipped = is_gzip(environ.get("HTTP_CONTENT_ENCODING"))
        self._bytes_max = bytes_max
        wire_max = bytes_max + GZIP_OVERHEAD_BYTES if self._gzipped else bytes_max
        super().__init__(environ, wire_max, proves_its_end=self._gzipped, hint="send Content-Length, or gzip")

    @property
    def likely_bytes(self) -> int:
        """How long the content of what came is, if it is to be believed what a gzip member says of itself; at least what came."""
        return max(self.count, _said_length(self._pieces[-1])) if self._gzipped and self._pieces else self.count

    def content(self, bytes_max: int) -> bytes:
        """Return all that came, inflated. Raises BadTelemetry if it is not what was declared, and as `inflate` does."""
        return inflate(self.wire(), bytes_max) if self._gzipped else self.wire()

    def too_large(self) -> TooLarge:
        """Return what to raise when there is too much."""
        return _too_large(self._bytes_max)


def _too_large(bytes_max: int) -> TooLarge:
    return TooLarge(f"cannot take body: it is larger than {bytes_max} bytes", "send smaller batches")


def inflate(packed: bytes, bytes_max: int) -> bytes:
    """Return the content of one gzip member, inflated piece by piece if it is large, so that a bomb costs no more than `bytes_max`.

    Raises TooLarge, BadTelemetry when the member is damaged, cut short or followed by anything, and Overloaded when
    other large bodies take too long.
    """
    if (content := _inflate_at_once(packed, bytes_max)) is not None:
        return content
    if bytes_max > LARGE_BYTES:
        with suppress(TooLarge):
            return _inflate(packed, LARGE_BYTES)
        with _inflated.lend():  # From the start again: who waits holds nothing but what was sent.
            return _inflate(packed, bytes_max)
    return _inflate(packed, bytes_max)


def _inflate_at_once(packed: bytes, bytes_max: int) -> bytes | None:
    """Return the content of one whole gzip member, made room for as it says; None for anything else, or what is too much for one step."""
    said = _said_length(packed)
    if said > min(bytes_max, INFLATED_PIECE_BYTES) or len(packed) > PIECE_BYTES:
        return None
    stream = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    try:
        content = stream.decompress(packed, said + 1)
    except igzip_lib.error:  # type: ignore[misc]  # the stub takes the class for an instance
        return None
    if said >= HASHED_LONG_BYTES:
        _clean_registers()
    return content if stream.eof and not stream.unused_data else None


def _inflate(packed: bytes, bytes_max: int) -> bytes:
    stream = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    contents: list[bytes] = []
    room = bytes_max
    for start in range(0, len(packed), PIECE_BYTES):
        if stream.eof:
            raise _not_one_member("something follows its end")
        piece = packed[start : start + PIECE_BYTES]
        more = True
        while more:
            limit = min(room + 1, INFLATED_PIECE_BYTES)  # One over: so it shows when there is more than room for.
            try:
                content = stream.decompress(piece, limit)
            except igzip_lib.error:  # type: ignore[misc]  # the stub takes the class for an instance
                raise _not_one_member("it is damaged") from None
            room -= len(content)
            if room < 0:
                raise _too_large(bytes_max)
            contents.append(content)
            more = len(content) == limit and not stream.eof
            piece = b""  # The stream keeps what is left of it.
    if bytes_max - room >= HASHED_LONG_BYTES:
        _clean_registers()
    if stream.unused_data:
        raise _not_one_member("something follows its end")
    if not stream.eof:
        raise _not_one_member("it is cut short")
    return contents[0] if len(contents) == 1 else b"".join(contents)


def _said_length(packed: bytes) -> int:
    """Return what the last word of a gzip member says of the length of its content."""
    return int.from_bytes(packed[-4:], "little")


def _clean_registers() -> None:
    """Let SHA-256 run at full speed on this thread.

    ! isal leaves the upper halves of the vector registers in use, which makes the instructions behind OpenSSL's SHA-256 a
    third slower until somebody clears them: its SHA-512 does, within a microsecond. Elsewhere that does no harm.
    """
    hashlib.sha512().digest()


def _not_one_member(reason: str) -> BadTelemetry:
    return BadTelemetry(f"cannot inflate gzip body: {reason}", "send exactly one whole gzip member")
