"""Read tags, numbers and checked text of the wire format of protobuf, compiled.

Accepts and refuses exactly what upb, the C parser under the official library, does. A position of -1 or less says
what is wrong with the bytes.
"""

import numpy as np
from numpy.typing import NDArray

from observatory.decode.otlp.schema import DELIMITED, FIXED32, FIXED64, GROUP, GROUP_END, VARINT
from observatory.kernels.compiling import compiled, inlined
from observatory.kernels.words import is_ascii

Bytes = NDArray[np.uint8]

DEPTH_MAX = 100
"""Messages and groups within each other, the outermost left out."""

CUT, MALFORMED, NO_TEXT, TOO_DEEP, TOO_MANY = -1, -2, -3, -4, -5
"""Positions that mean: ends in the middle; breaks a rule; text that is no UTF-8; nested too deep; too many records."""

_TAG_BYTES_MAX = 5
_VARINT_BYTES_MAX = 10
_SIZE_MAX = 2**31 - 1


@compiled
def read_varint(text: Bytes, at: int, end: int) -> tuple[int, np.uint64]:
    """Return where a varint ends, and its value; of ten bytes, bits beyond the 64th are dropped."""
    value = np.uint64(0)
    shift = np.uint64(0)
    for i in range(at, min(end, at + _VARINT_BYTES_MAX)):
        byte = text[i]
        value |= np.uint64(byte & 0x7F) << shift
        if byte < 0x80:
            return i + 1, value
        shift += np.uint64(7)
    return CUT if end - at < _VARINT_BYTES_MAX else MALFORMED, value


@inlined
def read_tag(text: Bytes, at: int, end: int) -> tuple[int, int]:
    """Return where a tag ends, and its 32 bits."""
    if text[at] < 0x80:
        return at + 1, int(text[at])
    stop, value = read_varint(text, at, min(end, at + _TAG_BYTES_MAX))
    if stop < 0:
        return (CUT if end - at < _TAG_BYTES_MAX else MALFORMED), 0
    return (stop, int(np.int64(value))) if value <= np.uint64(0xFFFF_FFFF) else (MALFORMED, 0)


@inlined
def read_size(text: Bytes, at: int, end: int) -> tuple[int, int]:
    """Return where delimited content begins and where it ends; it ends before `end`."""
    if at < end and text[at] < 0x80:
        start, size = at + 1, int(text[at])
    else:
        start, value = read_varint(text, at, min(end, at + _TAG_BYTES_MAX))
        if start < 0 or value > np.uint64(_SIZE_MAX):
            return (CUT if start < 0 and end - at < _TAG_BYTES_MAX else MALFORMED), 0
        size = int(np.int64(value))
    return (start, start + size) if size <= end - start else (CUT, 0)


@inlined
def skip_scalar(text: Bytes, at: int, end: int, wire: int) -> int:
    """Return where a field of any wire type but a group ends."""
    if wire == VARINT:
        stop, _ = read_varint(text, at, end)
        return stop
    if wire == DELIMITED:
        start, stop = read_size(text, at, end)
        return stop if start >= 0 else start
    if wire == FIXED64:
        return at + 8 if at + 8 <= end else CUT
    if wire == FIXED32:
        return at + 4 if at + 4 <= end else CUT
    return MALFORMED


@compiled
def skip_group(text: Bytes, at: int, end: int, depth: int, stack: NDArray[np.int64]) -> int:
    """Return where a group ends whose tag was just read.

    `depth` messages lie around it; numbers of open groups are kept in column 2 of `stack`, the first is that of this one.
    """
    level = 0
    while level >= 0:
        if depth + level + 1 > DEPTH_MAX:
            return TOO_DEEP
        if at >= end:
            return CUT
        at, tag = read_tag(text, at, end)
        if at < 0:
            return at
        wire = tag & 7
        if wire == GROUP:
            level += 1
            stack[level, 2] = tag >> 3
        elif wire == GROUP_END:
            if tag >> 3 != stack[level, 2]:
                return MALFORMED
            level -= 1
        else:
            at = skip_scalar(text, at, end, wire)
            if at < 0:
                return at
    return at


@compiled
def is_utf8(text: Bytes, start: int, end: int) -> bool:
    """Say whether text[start:end] is UTF-8: shortest forms, no surrogates, nothing beyond U+10FFFF."""
    return is_ascii(text, start, end) or _is_wide_utf8(text, start, end)


@compiled
def _is_wide_utf8(text: Bytes, start: int, end: int) -> bool:
    i = start
    while i < end:
        lead = text[i]
        if lead < 0x80:
            i += 1
            continue
        if 0xC2 <= lead <= 0xDF:
            following = 1
        elif 0xE0 <= lead <= 0xEF:
            following = 2
        elif 0xF0 <= lead <= 0xF4:
            following = 3
        else:
            return False
        if i + following >= end:
            return False
        least = 0xA0 if lead == 0xE0 else 0x90 if lead == 0xF0 else 0x80
        most = 0x9F if lead == 0xED else 0x8F if lead == 0xF4 else 0xBF
        if not least <= text[i + 1] <= most:
            return False
        for j in range(i + 2, i + following + 1):
            if text[j] & 0xC0 != 0x80:
                return False
        i += following + 1
    return True
