"""Find where the tokens of a JSON text end, and what its numbers are. Compiled.

Strict, and sure: whatever is no JSON, or is JSON that would take more than this to understand, is UNSURE.
"""

import numpy as np
from numpy.typing import NDArray

from observatory.kernels.compiling import compiled, inlined
from observatory.kernels.words import word_at

Bytes = NDArray[np.uint8]

UNSURE = -1
"""A position that means: somebody else has to look at this."""

QUOTE, BACKSLASH, COMMA, COLON, MINUS, POINT = 34, 92, 44, 58, 45, 46
OBJECT, OBJECT_END, ARRAY, ARRAY_END = 123, 125, 91, 93
_ZERO, _NINE, _SPACE, _U = 48, 57, 32, 117

DEPTH_MAX = 60
"""Objects and arrays within each other in what is skipped."""
NATURAL_DIGITS_MAX, INTEGER_DIGITS_MAX = 19, 18
"""So many digits fit into 64 bits, and into 63."""
MANTISSA_MAX, POWER_MAX = np.uint64(10**19), 22
"""Numbers that large, and larger powers of ten, are left to others."""

_ONES, _HIGHS = np.uint64(0x0101_0101_0101_0101), np.uint64(0x8080_8080_8080_8080)
_QUOTES, _BACKSLASHES, _SPACES = np.uint64(QUOTE) * _ONES, np.uint64(BACKSLASH) * _ONES, np.uint64(_SPACE) * _ONES
_TRUE, _FALSE, _NULL = (np.frombuffer(word, np.uint8) for word in (b"true", b"false", b"null"))
_SIMPLE_ESCAPES = np.frombuffer(b'"\\/bfnrt', np.uint8)
_POWERS = np.array([float(10**power) for power in range(POWER_MAX + 1)])
_TENTH_MAX, _EXACT_MAX = np.uint64(10**18), np.uint64(2**53)
_SPLIT, _DOUBT = 134217729.0, 2.0**-48
_E = 101


@inlined
def skip_space(text: Bytes, at: int, end: int) -> int:
    """Return where the next token begins."""
    while at < end and (text[at] == _SPACE or text[at] == 10 or text[at] == 13 or text[at] == 9):
        at += 1
    return at


@inlined
def _special(word: np.uint64) -> np.uint64:
    """Return the high bit of the first of eight bytes that is a quote, a backslash or a control character; 0 if none is."""
    quotes, backslashes = word ^ _QUOTES, word ^ _BACKSLASHES
    special = (quotes - _ONES) & ~quotes | (backslashes - _ONES) & ~backslashes | (word - _SPACES) & ~word
    return special & _HIGHS


@inlined
def _next_special(text: Bytes, at: int, end: int) -> int:
    """Return where the next quote, backslash or control character is."""
    while at + 8 <= end:
        special = _special(word_at(text, at))
        if special != np.uint64(0):
            return at + int(np.int64(((special - np.uint64(1) & ~special & _ONES) * _ONES) >> np.uint64(56))) - 1
        at += 8
    while at < end and text[at] >= _SPACE and text[at] != QUOTE and text[at] != BACKSLASH:
        at += 1
    return at


@compiled
def string_end(text: Bytes, at: int, end: int) -> tuple[int, bool]:
    """Return where the quote is that ends the string whose content begins at `at`, and whether there are escapes in it."""
    escaped = False
    at = _next_special(text, at, end)
    while at < end and text[at] == BACKSLASH:
        escaped = True
        at = escape_end(text, at, end)
        if at < 0:
            return UNSURE, escaped
        at = _next_special(text, at, end)
    return (at if at < end and text[at] == QUOTE else UNSURE), escaped


@compiled
def escape_end(text: Bytes, at: int, end: int) -> int:
    """Return where the escape ends whose backslash is at `at`; two of them make one character beyond U+FFFF, half of one is UNSURE."""
    if at + 1 >= end:
        return UNSURE
    if text[at + 1] == _U:
        letter = hex_value(text, at + 2, at + 6) if at + 6 <= end else UNSURE
        if not 0xD800 <= letter < 0xE000:
            return at + 6 if letter >= 0 else UNSURE
        second = at + 12 <= end and text[at + 6] == BACKSLASH and text[at + 7] == _U
        return at + 12 if letter < 0xDC00 and second and 0xDC00 <= hex_value(text, at + 8, at + 12) < 0xE000 else UNSURE
    for escape in _SIMPLE_ESCAPES:
        if text[at + 1] == escape:
            return at + 2
    return UNSURE


@compiled
def hex_value(text: Bytes, start: int, end: int) -> int:
    """Return the number that some hexadecimal digits spell; -1 if one is none."""
    number = 0
    for i in range(start, end):
        letter = text[i] | 0x20
        if _ZERO <= text[i] <= _NINE:
            number = number << 4 | (text[i] - _ZERO)
        elif 97 <= letter <= 102:
            number = number << 4 | (letter - 87)
        else:
            return -1
    return number


@inlined
def _word_end(text: Bytes, at: int, end: int, word: Bytes) -> int:
    if at + len(word) > end:
        return UNSURE
    for i in range(len(word)):
        if text[at + i] != word[i]:
            return UNSURE
    return at + len(word)


@compiled
def null_end(text: Bytes, at: int, end: int) -> int:
    """Return where the word null ends that begins at `at`."""
    return int(_word_end(text, at, end, _NULL))


@inlined
def _digits_end(text: Bytes, at: int, end: int) -> int:
    while at < end and _ZERO <= text[at] <= _NINE:
        at += 1
    return at


@compiled
def read_natural(text: Bytes, at: int, end: int, digits_max: int) -> tuple[int, np.uint64]:
    """Return where an integer without a sign ends, and its value; of more digits, or part of another number, it is UNSURE."""
    stop = _digits_end(text, at, end)
    value = np.uint64(0)
    if stop == at or stop - at > digits_max or (text[at] == _ZERO and stop > at + 1) or _goes_on(text, stop, end):
        return UNSURE, value
    for i in range(at, stop):
        value = value * np.uint64(10) + np.uint64(text[i] - _ZERO)
    return stop, value


@inlined
def _goes_on(text: Bytes, at: int, end: int) -> bool:
    """Say whether a number goes on behind its integer digits."""
    return bool(at < end and (text[at] == POINT or text[at] | 0x20 == _E))


@compiled
def read_double(text: Bytes, at: int, end: int) -> tuple[int, float]:
    """Return where a number ends, and its value, rounded once as IEEE 754 has it."""
    negative = at < end and text[at] == MINUS
    start = at + negative
    whole_end = _digits_end(text, start, end)
    if whole_end == start or (text[start] == _ZERO and whole_end > start + 1):
        return UNSURE, 0.0
    at, power = whole_end, 0
    if at < end and text[at] == POINT:
        at = _digits_end(text, whole_end + 1, end)
        power = whole_end + 1 - at
        if power == 0:
            return UNSURE, 0.0
    mantissa = _mantissa(text, start, at)
    if at < end and text[at] | 0x20 == _E:
        at, exponent = _read_exponent(text, at + 1, end)
        power += exponent
    sure, value = _times_power(mantissa, power)
    return (at if sure else UNSURE), (-value if negative else value)


@inlined
def _mantissa(text: Bytes, start: int, end: int) -> np.uint64:
    """Return the number that digits with a point among them spell, the point left out; MANTISSA_MAX if that is more."""
    mantissa = np.uint64(0)
    for i in range(start, end):
        if text[i] != POINT:
            mantissa = mantissa * np.uint64(10) + np.uint64(text[i] - _ZERO) if mantissa < _TENTH_MAX else MANTISSA_MAX
    return mantissa


@compiled
def _times_power(mantissa: np.uint64, power: int) -> tuple[bool, float]:
    """Return a number times a power of ten, and whether it is sure that it is rounded right."""
    near = float(mantissa)
    if mantissa == MANTISSA_MAX or abs(power) > POWER_MAX or (power > 0 and mantissa > _EXACT_MAX):
        return False, near
    if mantissa <= _EXACT_MAX:  # Both are exact, so that one operation rounds once.
        return True, near * _POWERS[power] if power >= 0 else near / _POWERS[-power]
    divisor = _POWERS[-power]
    quotient = near / divisor
    product, rest = _exact_product(quotient, divisor)
    # What the quotient misses, from here on in doubles of their own: sure unless it is all but half of the last bit.
    missing = ((near - product) - rest + float(np.int64(mantissa - np.uint64(near)))) / divisor
    low, high = quotient + missing * (1 - _DOUBT), quotient + missing * (1 + _DOUBT)
    return low == high, low


@inlined
def _exact_product(a: float, b: float) -> tuple[float, float]:
    """Return a product, and what its rounding left out (Dekker)."""
    product = a * b
    a_high, b_high = _SPLIT * a - (_SPLIT * a - a), _SPLIT * b - (_SPLIT * b - b)
    a_low, b_low = a - a_high, b - b_high
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


@compiled
def _read_exponent(text: Bytes, at: int, end: int) -> tuple[int, int]:
    negative = at < end and text[at] == MINUS
    at += negative or (at < end and text[at] == 43)
    stop = _digits_end(text, at, end)
    if stop == at or stop - at > 2:
        return UNSURE, 0
    power = 0
    for i in range(at, stop):
        power = power * 10 + (text[i] - _ZERO)
    return stop, -power if negative else power


@compiled
def name_end(text: Bytes, at: int, end: int) -> int:
    """Return where the value begins of the member of an object whose name begins at `at`, in quotes."""
    if at >= end or text[at] != QUOTE:
        return UNSURE
    at, _ = string_end(text, at + 1, end)
    if at < 0:
        return UNSURE
    at = skip_space(text, at + 1, end)
    if at >= end or text[at] != COLON:
        return UNSURE
    return int(skip_space(text, at + 1, end))


@compiled
def _scalar_end(text: Bytes, at: int, end: int) -> int:
    """Return where a value ends that is neither object nor array."""
    byte = text[at]
    if byte == QUOTE:
        stop, _ = string_end(text, at + 1, end)
        return stop + 1 if stop >= 0 else UNSURE
    if byte == MINUS or _ZERO <= byte <= _NINE:
        stop, _ = read_natural(text, at + (byte == MINUS), end, NATURAL_DIGITS_MAX)
        if stop < 0:
            stop, _ = read_double(text, at, end)
        return stop
    return int(_word_end(text, at, end, _TRUE if byte == 116 else _FALSE if byte == 102 else _NULL))


@compiled
def value_end(text: Bytes, at: int, end: int) -> int:
    """Return where the value ends that begins at `at`."""
    depth, arrays = 0, np.uint64(0)
    while True:
        if at >= end:
            return UNSURE
        opener = text[at]
        if opener == OBJECT or opener == ARRAY:
            depth, arrays = depth + 1, arrays << np.uint64(1) | np.uint64(opener == ARRAY)
            at = skip_space(text, at + 1, end)
            if depth > DEPTH_MAX or at >= end:
                return UNSURE
            if text[at] != opener + 2:  # not empty
                if opener == OBJECT:
                    at = name_end(text, at, end)
                    if at < 0:
                        return UNSURE
                continue
        else:
            at = _scalar_end(text, at, end)
            if at < 0:
                return UNSURE
        at, depth, arrays = _close(text, at, end, depth, arrays)
        if at < 0 or depth == 0:
            return at


@inlined
def _close(text: Bytes, at: int, end: int, depth: int, arrays: np.uint64) -> tuple[int, int, np.uint64]:
    """Close what ends behind a value; return where the next value begins, or, at depth 0, where the last one ended."""
    while depth > 0:
        at = skip_space(text, at, end)
        in_array = arrays & np.uint64(1) != np.uint64(0)
        if at >= end:
            return UNSURE, depth, arrays
        if text[at] == COMMA:
            at = skip_space(text, at + 1, end)
            return (at if in_array else name_end(text, at, end)), depth, arrays
        if text[at] != (ARRAY_END if in_array else OBJECT_END):
            return UNSURE, depth, arrays
        at, depth, arrays = at + 1, depth - 1, arrays >> np.uint64(1)
    return at, depth, arrays
