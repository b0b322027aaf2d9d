"""Rewrite OTLP/JSON bodies as the same requests in protobuf, as far as they are read: compiled.

So JSON costs little more than protobuf, and everything behind it exists once. Only what is plain is rewritten: strict
JSON whose fields are of their usual types, each at most once. Whatever else there is, and every mistake, is left to
`decode.otlp.json`, which knows what to make of it.
"""

import numpy as np
from numpy.typing import NDArray

from observatory.decode.otlp.json_schema import CHILD, KIND, MEMBERS_MAX, NAME_LENGTH, NAMES, TABLE, TAG, Kind
from observatory.decode.otlp.json_text import (
    ARRAY,
    ARRAY_END,
    BACKSLASH,
    COLON,
    COMMA,
    INTEGER_DIGITS_MAX,
    MINUS,
    NATURAL_DIGITS_MAX,
    OBJECT,
    OBJECT_END,
    QUOTE,
    UNSURE,
    Bytes,
    escape_end,
    hex_value,
    null_end,
    read_double,
    read_natural,
    skip_space,
    string_end,
    value_end,
)
from observatory.decode.otlp.protobuf_wire import is_utf8
from observatory.decode.otlp.schema import Message
from observatory.decode.request_rows import TRACE_ID_BYTES
from observatory.kernels.compiling import compiled, inlined
from observatory.kernels.interning import equals
from observatory.kernels.words import put_word, word_at, word_of

_VALUE = int(Message.READ_VALUE)
_KIND_TEXT, _KIND_MOMENT, _KIND_INTEGER, _KIND_DOUBLE = int(Kind.TEXT), int(Kind.MOMENT), int(Kind.INTEGER), int(Kind.DOUBLE)
_KIND_TRACE_ID, _KIND_MESSAGE, _KIND_MESSAGES = int(Kind.TRACE_ID), int(Kind.MESSAGE), int(Kind.MESSAGES)
_N = 110

_OPEN_MAX = 8
"""Messages within each other: request, resource, scope, record, attribute, value."""
_SIZE_BYTES = 4
"""What the size of a message takes, which is known only at its end; enough for 256 MiB."""
_ENUM_DIGITS_MAX = 9
_ESCAPED = np.frombuffer(b'"\\/\x08\x0c\n\r\t', np.uint8)
_ESCAPES = np.frombuffer(b'"\\/bfnrt', np.uint8)


def rewritten_logs(body: bytes) -> bytes | None:
    """Return an ExportLogsServiceRequest as protobuf, None if it is not plain."""
    return _rewritten(body, Message.LOGS_REQUEST)


def rewritten_traces(body: bytes) -> bytes | None:
    """Return an ExportTraceServiceRequest as protobuf, None if it is not plain."""
    return _rewritten(body, Message.TRACES_REQUEST)


def _rewritten(body: bytes, request: Message) -> bytes | None:
    text = np.frombuffer(body, np.uint8)
    out = np.empty(2 * len(text) + 64, np.uint8)  # `{},` is the shortest that becomes five bytes
    size = _rewrite(text, int(request), out, np.zeros((_OPEN_MAX, 6), np.int64))
    return out[:size].tobytes() if size >= 0 else None


_MESSAGE, _TAG_OF, _SIZE_AT, _IN_ARRAY, _COUNT, _SEEN = range(6)
"""Columns of what is open: its type and tag, where its size is to be written, whether it stands in an array, how many
members it had so far, and which of those that are read."""


@compiled
def _rewrite(text: Bytes, request: int, out: Bytes, opened: NDArray[np.int64]) -> int:
    """Fill `out`, twice as long as `text` and a little more; return how many bytes, or UNSURE."""
    end = len(text)
    at = skip_space(text, 0, end)
    if at >= end or text[at] != OBJECT or not is_utf8(text, 0, end):
        return UNSURE
    _open(opened, 0, request, 0, 0, 0)
    at, to, depth = at + 1, 0, 0
    while depth >= 0:
        at = skip_space(text, at, end)
        if at >= end:
            return UNSURE
        if text[at] == OBJECT_END:
            at, to, depth = _close(text, at + 1, end, out, to, opened, depth)
        else:
            at, to, depth = _rewrite_member(text, at, end, out, to, opened, depth)
        if at < 0:
            return UNSURE
    return to if skip_space(text, at, end) == end else UNSURE


@inlined
def _open(opened: NDArray[np.int64], depth: int, message: int, tag: int, size_at: int, in_array: int) -> None:
    row = opened[depth]
    row[_MESSAGE], row[_TAG_OF], row[_SIZE_AT], row[_IN_ARRAY], row[_COUNT], row[_SEEN] = message, tag, size_at, in_array, 0, 0


@inlined
def _close(text: Bytes, at: int, end: int, out: Bytes, to: int, opened: NDArray[np.int64], depth: int) -> tuple[int, int, int]:
    """Write the size of the message that ends here, and open the next one of its array, if there is one."""
    tag, in_array = opened[depth, _TAG_OF], opened[depth, _IN_ARRAY]
    if depth > 0:
        _write_size(out, opened[depth, _SIZE_AT], to)
    if in_array:
        at = skip_space(text, at, end)
        if at < end and text[at] == COMMA:
            at = skip_space(text, at + 1, end)
            if at >= end or text[at] != OBJECT:
                return UNSURE, to, depth
            out[to] = tag
            _open(opened, depth, opened[depth, _MESSAGE], tag, to + 1, 1)
            return at + 1, to + 1 + _SIZE_BYTES, depth
        if at >= end or text[at] != ARRAY_END:
            return UNSURE, to, depth
        at += 1
    return at, to, depth - 1


@inlined
def _write_size(out: Bytes, size_at: int, to: int) -> None:
    """Write, at `size_at`, how long what follows it is up to `to`."""
    size = to - size_at - _SIZE_BYTES
    for i in range(_SIZE_BYTES - 1):
        out[size_at + i] = size >> 7 * i & 0x7F | 0x80
    out[size_at + _SIZE_BYTES - 1] = size >> 7 * (_SIZE_BYTES - 1)


@compiled
def _rewrite_member(text: Bytes, at: int, end: int, out: Bytes, to: int, opened: NDArray[np.int64], depth: int) -> tuple[int, int, int]:
    """Write a member of the open message, or what comes before its own members if it is a message."""
    member, at = _begin_member(text, at, end, opened[depth])
    if at < 0 or at >= end:
        return UNSURE, to, depth
    if member < 0:
        return value_end(text, at, end), to, depth
    if text[at] == _N:
        return null_end(text, at, end), to, depth
    kind, tag = TABLE[member, KIND], TABLE[member, TAG]
    if kind < _KIND_MESSAGE:
        at, to = _rewrite_scalar(text, at, end, out, to, kind, tag)
        return at, to, depth
    if kind == _KIND_MESSAGES:
        if text[at] != ARRAY:
            return UNSURE, to, depth
        at = skip_space(text, at + 1, end)
        if at < end and text[at] == ARRAY_END:
            return at + 1, to, depth
    if at >= end or text[at] != OBJECT:
        return UNSURE, to, depth
    out[to] = tag
    _open(opened, depth + 1, TABLE[member, CHILD], tag, to + 1, int(kind == _KIND_MESSAGES))
    return at + 1, to + 1 + _SIZE_BYTES, depth + 1


@inlined
def _begin_member(text: Bytes, at: int, end: int, message: NDArray[np.int64]) -> tuple[int, int]:
    """Return which member begins, -1 if nobody reads it, and where its value does; note that the message had it."""
    if message[_COUNT] > 0:
        at = skip_space(text, at + 1, end) if text[at] == COMMA else end
    if at >= end or text[at] != QUOTE:
        return -1, UNSURE
    member, stop = _member_of(text, at + 1, end, message[_MESSAGE])
    at = skip_space(text, stop + 1, end) if stop >= 0 else end
    if at >= end or text[at] != COLON:
        return -1, UNSURE
    at = skip_space(text, at + 1, end)
    if member >= 0:
        bit = 1 << member - message[_MESSAGE] * MEMBERS_MAX
        # Of a value's kinds the first that is there counts here, in protobuf the last.
        if message[_SEEN] & bit or (message[_MESSAGE] == _VALUE and message[_SEEN]):
            return -1, UNSURE
        message[_SEEN] |= bit
    message[_COUNT] += 1
    return member, at


@inlined
def _member_of(text: Bytes, start: int, end: int, message: int) -> tuple[int, int]:
    """Return which member has the name that begins at `start`, -1 if nobody reads it, and where the name ends."""
    first = message * MEMBERS_MAX
    for member in range(first, first + MEMBERS_MAX):
        stop = start + TABLE[member, NAME_LENGTH]
        if start < stop < end and text[stop] == QUOTE and equals(text, start, stop, NAMES[member, : stop - start]):
            return member, stop
    stop, escaped = string_end(text, start, end)
    return -1, (UNSURE if escaped else stop)


@inlined
def _rewrite_scalar(text: Bytes, at: int, end: int, out: Bytes, to: int, kind: int, tag: int) -> tuple[int, int]:
    """Write a member that is no message; return where it ends, and where what is written does."""
    quoted = text[at] == QUOTE
    if kind == _KIND_TEXT or kind == _KIND_TRACE_ID:
        if not quoted:
            return UNSURE, to
        stop, escaped = string_end(text, at + 1, end)
        if stop < 0:
            return UNSURE, to
        if kind == _KIND_TRACE_ID:
            to = _write_trace_id(text, at + 1, stop, out, to, tag) if not escaped else UNSURE
        elif escaped:
            to = _write_unescaped(text, at + 1, stop, out, to, tag)
        else:
            to = _write_text(text, at + 1, stop, out, to, tag)
        return (stop + 1 if to >= 0 else UNSURE), to
    at += quoted
    out[to] = tag
    if kind == _KIND_DOUBLE:
        at, double = read_double(text, at, end)
        put_word(out, to + 1, word_of(double))
        return (UNSURE if quoted else at), to + 9
    if kind == _KIND_MOMENT:
        at, moment = read_natural(text, at, end, NATURAL_DIGITS_MAX)
        put_word(out, to + 1, moment)
        to += 9
    else:
        negative = text[at] == MINUS and kind == _KIND_INTEGER
        at, number = read_natural(text, at + negative, end, INTEGER_DIGITS_MAX if kind == _KIND_INTEGER else _ENUM_DIGITS_MAX)
        if (negative and number == np.uint64(0)) or (quoted and kind != _KIND_INTEGER):
            at = UNSURE
        to = _write_varint(out, to + 1, ~number + np.uint64(1) if negative else number)
    if quoted and at >= 0:
        at = at + 1 if at < end and text[at] == QUOTE else UNSURE
    return at, to


@inlined
def _write_varint(out: Bytes, to: int, number: np.uint64) -> int:
    while number >= np.uint64(0x80):
        out[to] = np.uint8(number & np.uint64(0x7F)) | np.uint8(0x80)
        number >>= np.uint64(7)
        to += 1
    out[to] = np.uint8(number)
    return to + 1


@inlined
def _write_text(text: Bytes, start: int, stop: int, out: Bytes, to: int, tag: int) -> int:
    out[to] = tag
    to = _write_varint(out, to + 1, np.uint64(stop - start))
    while start + 8 <= stop:
        put_word(out, to, word_at(text, start))
        start, to = start + 8, to + 8
    for i in range(stop - start):
        out[to + i] = text[start + i]
    return to + stop - start


@compiled
def _write_trace_id(text: Bytes, start: int, stop: int, out: Bytes, to: int, tag: int) -> int:
    """Write an id; text that is none is left out."""
    if stop - start != 2 * TRACE_ID_BYTES:
        return to
    for i in range(TRACE_ID_BYTES):
        byte = hex_value(text, start + 2 * i, start + 2 * i + 2)
        if byte < 0:
            return to
        out[to + 2 + i] = byte
    out[to], out[to + 1] = tag, TRACE_ID_BYTES
    return to + 2 + TRACE_ID_BYTES


@compiled
def _write_unescaped(text: Bytes, start: int, stop: int, out: Bytes, to: int, tag: int) -> int:
    """Write text as it reads without its escapes, which are valid."""
    out[to], size_at = tag, to + 1
    to += 1 + _SIZE_BYTES
    while start < stop:
        if text[start] != BACKSLASH:
            out[to] = text[start]
            start, to = start + 1, to + 1
            continue
        after = escape_end(text, start, stop)
        letter = -1
        for i in range(len(_ESCAPES)):
            if text[start + 1] == _ESCAPES[i]:
                letter = _ESCAPED[i]
        if letter < 0:
            letter = hex_value(text, start + 2, start + 6)
            if after == start + 12:
                letter = 0x10000 + (letter - 0xD800 << 10 | hex_value(text, start + 8, start + 12) - 0xDC00)
        start, to = after, _write_letter(out, to, letter)
    _write_size(out, size_at, to)
    return to


@inlined
def _write_letter(out: Bytes, to: int, letter: int) -> int:
    """Write a code point as UTF-8; return where it ends."""
    if letter < 0x80:
        out[to] = letter
        return to + 1
    more = 1 if letter < 0x800 else 2 if letter < 0x10000 else 3
    out[to] = 0xFF00 >> more + 1 & 0xFF | letter >> 6 * more
    for i in range(1, more + 1):
        out[to + i] = 0x80 | letter >> 6 * (more - i) & 0x3F
    return to + more + 1
