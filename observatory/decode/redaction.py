"""Turn a path or route as it was requested into a template without anybody's data.

Allow-list: a segment stays only if it looks like a word of the site (`/jobs`, `/v2`, `/민원`) or, in a route, like
a placeholder of a framework (`{id}`, `<int:id>`, `:id`, `*`). Everything else becomes `{id}`: numbers, uuids, hex,
base64, telephone and resident registration numbers (in their random form since 2020 they have no checksum), cards,
e-mail addresses, free text, whatever cannot be decoded. Compiled, one pass per step, no regular expression.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from observatory.kernels.compiling import compiled

TEMPLATE_BYTES_MAX = 200
RAW_BYTES_MAX = 2048
"""What is longer is cut here; the rest shows as `{rest}`."""
SEGMENT_BYTES_MAX = 64
DECODINGS_MAX = 2
"""How often percent-decoding is undone; what is still encoded then is nobody's word."""
DIGITS_MAX = 3
"""A word with more digits may be somebody's number."""

Bytes = NDArray[np.uint8]

_ID = np.frombuffer(b"{id}", np.uint8)
_REST = np.frombuffer(b"/{rest}", np.uint8)

_OTHER, _DIGIT, _LOWER, _UPPER, _JOINER, _PLACEHOLDER, _OPENING, _CLOSING = range(8)


def _byte_classes() -> Bytes:
    classes = np.full(256, _OTHER, np.uint8)
    for text, kind in (
        (b"0123456789", _DIGIT),
        (b"abcdefghijklmnopqrstuvwxyz", _LOWER),
        (b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", _UPPER),
        (b"-_.~:", _JOINER),
        (b"*?+,|\\^$", _PLACEHOLDER),
        (b"{<[(", _OPENING),
        (b"}>])", _CLOSING),
    ):
        classes[list(text)] = kind
    return classes


_CLASS = _byte_classes()
_SLASH, _PERCENT, _QUESTION, _HASH, _SEMICOLON, _COLON, _SPACE, _POINT = (ord(c) for c in "/%?#;: .")


@compiled
def _hex_value(byte: int) -> int:
    if 48 <= byte <= 57:
        return byte - 48
    byte |= 32
    return byte - 87 if 97 <= byte <= 102 else -1


@compiled
def _percent_decode(text: Bytes, length: int) -> int:
    """Decode %XX in place, once; return the new length."""
    read = write = 0
    while read < length:
        byte = text[read]
        if byte == _PERCENT and read + 2 < length:
            high, low = _hex_value(text[read + 1]), _hex_value(text[read + 2])
            if high >= 0 and low >= 0:
                byte = np.uint8(high * 16 + low)
                read += 2
        text[write] = byte
        read += 1
        write += 1
    return write


@compiled
def _narrow(text: Bytes, length: int) -> int:
    """Turn full-width forms (U+FF01 to U+FF5E, EF BC 81 to EF BD 9E) into ASCII in place; return the new length."""
    read = write = 0
    while read < length:
        byte = text[read]
        if byte == 0xEF and read + 2 < length and (text[read + 1] == 0xBC or text[read + 1] == 0xBD):
            code = 0x21 + (int(text[read + 1]) - 0xBC) * 64 + int(text[read + 2]) - 0x81
            if 0x21 <= code <= 0x7E:
                byte = np.uint8(code)
                read += 2
        text[write] = byte
        read += 1
        write += 1
    return write


@compiled
def _without_origin(text: Bytes, length: int, is_route: bool) -> int:
    """Return where the path begins behind `https://host` or, in a route, behind a method such as `GET `."""
    for i in range(min(length, 16)):
        if text[i] == _COLON and i + 2 < length and text[i + 1] == _SLASH and text[i + 2] == _SLASH:
            for j in range(i + 3, length):
                if text[j] == _SLASH or text[j] == _QUESTION:
                    return j
            return length
        if is_route and text[i] == _SPACE and i + 1 < length and text[i + 1] == _SLASH:
            return i + 1
        if _CLASS[text[i]] != _UPPER and _CLASS[text[i]] != _LOWER:
            return 0
    return 0


@compiled
def _without_query(text: Bytes, start: int, length: int, is_route: bool) -> int:
    """Return the length without query and fragment; in a route `{id?}` and `:id?` are placeholders, not queries.

    A placeholder ends with its segment at the latest: one that is never closed must not hide a query.
    """
    depth = 0
    for i in range(start, length):
        byte = text[i]
        if byte == _SLASH:
            depth = 0
        elif is_route and _CLASS[byte] == _OPENING:
            depth += 1
        elif is_route and _CLASS[byte] == _CLOSING:
            depth -= 1
        elif byte == _HASH or (byte == _QUESTION and not (is_route and (depth > 0 or i + 1 == length or text[i + 1] == _SLASH))):
            return i
    return length


@compiled
def _letter_length(text: Bytes, start: int, end: int) -> int:
    """Return the bytes of the Hangul, Han, Kana or accented Latin letter at `start`; 0 if there is none."""
    lead = int(text[start])
    if 0xC3 <= lead <= 0xC9 and start + 2 <= end and text[start + 1] & 0xC0 == 0x80:
        return 2
    if 0xE0 < lead < 0xF0 and start + 3 <= end and text[start + 1] & 0xC0 == 0x80 and text[start + 2] & 0xC0 == 0x80:
        code = (lead & 0x0F) << 12 | (int(text[start + 1]) & 0x3F) << 6 | int(text[start + 2]) & 0x3F
        if 0x1100 <= code <= 0x11FF or 0x3040 <= code <= 0x318E or 0x4E00 <= code <= 0x9FFF or 0xAC00 <= code <= 0xD7A3:
            return 3
    return 0


@compiled
def _is_word(text: Bytes, start: int, end: int, is_route: bool) -> bool:
    """Say whether a segment may stay as it is."""
    if end - start > SEGMENT_BYTES_MAX:
        return False
    digits = lower = upper = hexes = joiners = others = run = run_digits = 0
    i = start
    while i <= end:
        kind = _CLASS[text[i]] if i < end else _JOINER
        if kind == _DIGIT or kind == _LOWER or kind == _UPPER:
            run += 1
            digits += kind == _DIGIT
            run_digits += kind == _DIGIT
            lower += kind == _LOWER
            upper += kind == _UPPER
            hexes += _hex_value(int(text[i])) >= 0
            i += 1
            continue
        if kind == _OTHER:
            length = _letter_length(text, i, end)
            if length == 0:
                return False
            others += 1
            run += 1
            i += length
            continue
        if kind != _JOINER and not is_route:
            return False
        # A number that stands alone is an id; a single digit (step-1) is not, unless it is all there is before a point.
        if run > 0 and run == run_digits and (run > 1 or run == i - start):
            return False
        joiners += i < end
        run = run_digits = 0
        i += 1
    if digits > DIGITS_MAX:
        return False
    letters = lower + upper + others
    if others == 0 and hexes == letters + digits and (hexes >= 16 or (hexes >= 8 and joiners == 0)):
        return False
    mixed = (lower > 0) + (upper > 0) + (digits > 0)
    return not (letters + digits >= 10 and mixed > 1 and (upper + digits) * 4 > letters + digits)


@compiled
def _append(out: Bytes, length: int, text: Bytes, start: int, end: int) -> int:
    for i in range(start, end):
        out[length] = text[i]
        length += 1
    return length


@compiled
def _join_segments(text: Bytes, start: int, end: int, is_route: bool, cut: bool, out: Bytes) -> int:
    written = 0
    while start < end:
        while start < end and text[start] == _SLASH:
            start += 1
        stop = start
        while stop < end and text[stop] != _SLASH:
            stop += 1
        shown = start
        while shown < stop and text[shown] != _SEMICOLON:
            shown += 1
        if shown == start and stop < end:
            start = stop
            continue
        if written + max(shown - start, len(_ID)) + 1 + len(_REST) > TEMPLATE_BYTES_MAX or (cut and stop == end):
            return int(_append(out, written, _REST, 0, len(_REST)))
        out[written] = _SLASH
        written += 1
        if shown > start and _is_word(text, start, shown, is_route):
            written = _append(out, written, text, start, shown)
        elif shown > start:
            written = _append(out, written, _ID, 0, len(_ID))
        start = stop
    return written


@compiled
def template_into(raw: Bytes, start: int, end: int, is_route: bool, work: Bytes, out: Bytes) -> int:
    """Write the template of raw[start:end] to `out` and return its length; empty stays empty.

    `work` holds RAW_BYTES_MAX and `out` TEMPLATE_BYTES_MAX bytes. The template is valid UTF-8 and begins with a slash.
    """
    length = min(end - start, RAW_BYTES_MAX)
    cut = end - start > RAW_BYTES_MAX
    for i in range(length):
        work[i] = raw[start + i]
    first = _without_origin(work, length, is_route)
    for _ in range(DECODINGS_MAX):
        whole = length
        length = _without_query(work, first, length, is_route)
        cut = cut and length == whole
        length = _percent_decode(work, length)
    length = _narrow(work, _without_query(work, first, length, is_route))  # once more: %3F hides a query
    return int(_join_segments(work, first, length, is_route, cut, out))


def template_of(raw: bytes, *, is_route: bool) -> str:
    """Return the template of a raw path, or of what a sender calls its route, at most TEMPLATE_BYTES_MAX bytes of UTF-8."""
    return _template_of(raw[: RAW_BYTES_MAX + 1], is_route)


@lru_cache(maxsize=8192)
def _template_of(raw: bytes, is_route: bool) -> str:
    out = np.empty(TEMPLATE_BYTES_MAX, np.uint8)
    length = template_into(np.frombuffer(raw, np.uint8), 0, len(raw), is_route, np.empty(RAW_BYTES_MAX, np.uint8), out)
    return out[:length].tobytes().decode()
