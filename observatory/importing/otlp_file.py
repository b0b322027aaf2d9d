"""Read the OTLP export requests of a file one after the other, whichever way they were put into it.

| layout | what writes it |
|---|---|
| `lines` | the Collector's file exporter: a JSON object on each line |
| `document` | anybody: one JSON object over many lines, the whole file |
| `message` | anybody: one serialized request, the whole file; read by its parts, so it may be of any size |
| `delimited` | anybody: serialized requests, each behind its length as a varint |
| `lengths` | the Collector's file exporter with `format: proto`: each behind its length in four bytes, the highest first |
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from observatory.errors import BadInput
from observatory.importing.line_file import LineFile

MESSAGE_BYTES_MAX = 64 << 20
"""Of one request; the largest body any observatory may take."""
BLOCK_BYTES = 1 << 20
_FIELD_1 = 0x0A
"""Tag of the one field of every export request, its list of resources."""
_BLANK = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Request:
    """One export request of a file, or a part of one that is one by itself."""

    body: bytes
    number: int
    """1 is the first one of the file, or the first line."""
    end_offset: int


def layout_of(beginning: bytes) -> str:
    """Return how a file that begins like this is written, by the table above. Raises BadInput for none of these."""
    start = beginning.lstrip(_BLANK)[:1]
    if start == b"{":
        first, newline, _ = beginning.lstrip(_BLANK).partition(b"\n")
        return "lines" if newline and _is_json(first) else "document"
    if beginning[:1] == b"\0":
        return "lengths"
    if _is_list(beginning, 0, len(beginning)):
        return "message"
    size, at = _varint(beginning, 0)
    if at and _is_list(beginning, at, at + size):
        return "delimited"
    raise BadInput("cannot import this file: it is no OTLP", "give OTLP/JSON, one object a line, or serialized export requests")


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True


def _is_list(data: bytes, start: int, end: int) -> bool:
    """Say whether what is there of data[start:end] may be a request: entries of field 1, one behind the other."""
    at = start
    while at < min(end, len(data)):
        if data[at] != _FIELD_1:
            return False
        size, at = _varint(data, at + 1)
        if not at:
            return len(data) < end or end == len(data)
        at += size
    return at == end or end >= len(data) <= at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the number that stands at a place, and where it ends; (0, 0) if there is none of at most 35 bits."""
    number = 0
    for shift, byte in enumerate(data[at : at + 5]):
        number |= (byte & 127) << (7 * shift)
        if byte < 128:
            return number, at + shift + 1
    return 0, 0


def first_bytes(beginning: bytes, layout: str) -> int:
    """Return how much of a file's beginning its first request takes, as far as that can be seen."""
    if layout == "lines":
        return beginning.find(b"\n") + 1
    header, size = _header(beginning, layout) if layout != "document" else (0, 0)
    return len(beginning) if not header else min(len(beginning), header + size)


def requests_of(file: LineFile, layout: str) -> Iterator[Request]:
    """Yield the requests of a file from where it stands. What is cut short at its end is left. Raises BadInput."""
    if layout in ("lines", "document"):
        yield from _json_requests(file, layout)
        return
    offset, number, rest = file.offset, 0, b""
    while block := file.read(BLOCK_BYTES):
        rest, at = rest + block, 0
        while True:
            header, size = _header(rest[at : at + 8], layout)
            if size > MESSAGE_BYTES_MAX:
                raise BadInput(f"cannot read {file.path} at byte {offset}: a request of {size} bytes", "is this a whole file of OTLP?")
            if not header or at + header + size > len(rest):
                break
            number += 1
            offset += header + size
            yield Request(rest[at if layout == "message" else at + header : at + header + size], number, offset)
            at += header + size
        rest = rest[at:]


def _header(data: bytes, layout: str) -> tuple[int, int]:
    """Return the lengths of a request's header and of the request; (0, 0) if the header is not all there."""
    if layout == "lengths":
        return (4, int.from_bytes(data[:4], "big")) if len(data) >= 4 else (0, 0)
    tag_bytes = 1 if layout == "message" else 0
    size, end = _varint(data, tag_bytes)
    return end, size


def _json_requests(file: LineFile, layout: str) -> Iterator[Request]:
    if layout == "document":
        pieces, size = [], 0
        while block := file.read(BLOCK_BYTES):
            pieces.append(block)
            size += len(block)
            if size > MESSAGE_BYTES_MAX:
                raise BadInput(f"cannot read {file.path}: one JSON document of over {MESSAGE_BYTES_MAX} bytes", "write one object a line")
        if body := b"".join(pieces).strip():
            yield Request(body, 1, file.offset + size)
        return
    offset, number, rest = file.offset, file.next_line - 1, b""
    while block := file.read(BLOCK_BYTES):
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > MESSAGE_BYTES_MAX:
            raise BadInput(f"cannot read {file.path}: a line of over {MESSAGE_BYTES_MAX} bytes", "is this a file of OTLP/JSON?")
        for line in lines:
            number += 1
            offset += len(line) + 1
            if line.strip():
                yield Request(line, number, offset)
    if rest.strip() and _is_json(rest):
        yield Request(rest, number + 1, offset + len(rest))
