"""Read attribute values as they stand in a text: statuses, durations and stretches. Compiled.

The same rules as in `request_rows`, for a decoder that has no Python objects in its hands.
"""

import numpy as np
from numpy.typing import NDArray

from observatory.decode.otlp.attribute_slots import RECORD_SLOTS, RESOURCE_SLOTS
from observatory.decode.request_rows import DURATION_US_LIMIT
from observatory.decode.semantic_conventions import STATUS_MAX, STATUS_MIN
from observatory.kernels.compiling import compiled, inlined
from observatory.kernels.digits import DECIMAL_LENGTH_MAX
from observatory.kernels.words import double_of, same
from observatory.model.columns import NO_DURATION, NO_STATUS

Bytes = NDArray[np.uint8]
Slots = NDArray[np.int64]
"""Shape (slots, 3): what kind of value, and its start and end, or its 64 bits."""

NOTHING, STRING, INTEGER, DOUBLE = range(4)

_KEY_LENGTH_MAX = 64
"""Longer keys are none of ours."""
_KEYS_PER_LENGTH_MAX = 3


def key_tables(slots: dict[str, int]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return the slots of each key length (then -1) and the texts of all slots' keys, _KEY_LENGTH_MAX bytes each."""
    by_length = np.full((_KEY_LENGTH_MAX, _KEYS_PER_LENGTH_MAX), -1, np.int64)
    text = np.zeros(len(slots) * _KEY_LENGTH_MAX, np.uint8)
    for key, slot in slots.items():
        free = int(np.argmin(by_length[len(key)]))
        by_length[len(key), free] = slot
        text[slot * _KEY_LENGTH_MAX :][: len(key)] = list(key.encode())
    return by_length, text


RECORD_KEYS_BY_LENGTH, RECORD_KEYS = key_tables(RECORD_SLOTS)
RESOURCE_KEYS_BY_LENGTH, RESOURCE_KEYS = key_tables(RESOURCE_SLOTS)


@inlined
def slot_of(text: Bytes, start: int, end: int, by_length: NDArray[np.int64], keys: NDArray[np.uint8]) -> int:
    """Return the slot of the key text[start:end]; -1 if nobody reads it."""
    found = -1
    length = end - start
    if 0 < length < _KEY_LENGTH_MAX:
        for i in range(_KEYS_PER_LENGTH_MAX):
            candidate = by_length[length, i]
            if candidate < 0:
                break
            if same(text, start, keys, candidate * _KEY_LENGTH_MAX, length):
                found = candidate
                break
    return found


@inlined
def is_filled(slots: Slots, slot: int) -> bool:
    """Say whether a slot holds text that is not empty."""
    return bool(slots[slot, 0] == STRING and slots[slot, 2] > slots[slot, 1])


@inlined
def text_slot(slots: Slots, first: int, second: int) -> int:
    """Return the first of two slots that holds text, -1 if none does."""
    if is_filled(slots, first):
        return first
    return second if is_filled(slots, second) else -1


@compiled
def _decimal(text: Bytes, start: int, end: int) -> float:
    if start == end or end - start > DECIMAL_LENGTH_MAX or text[start] == 46:
        return -1.0
    mantissa = 0
    divisor = 1
    point = False
    for i in range(start, end):
        if text[i] == 46 and not point:
            point = True
        elif 48 <= text[i] <= 57:
            mantissa = mantissa * 10 + (int(text[i]) - 48)
            divisor = divisor * 10 if point else divisor
        else:
            return -1.0
    return mantissa / divisor


@compiled
def _number(text: Bytes, slots: Slots, slot: int) -> float:
    """Return the value of a slot as a number; -1 if it is none."""
    kind = slots[slot, 0]
    if kind == STRING:
        return float(_decimal(text, slots[slot, 1], slots[slot, 2]))
    if kind == INTEGER:
        return float(slots[slot, 1])
    if kind == DOUBLE:
        return float(double_of(np.uint64(slots[slot, 1])))
    return -1.0


@compiled
def status_in(text: Bytes, slots: Slots, first: int, second: int) -> int:
    """Return the status in the first of two slots that holds one, else NO_STATUS."""
    status = _status(text, slots, first)
    return status if status != NO_STATUS else _status(text, slots, second)


@inlined
def _status(text: Bytes, slots: Slots, slot: int) -> int:
    number = _number(text, slots, slot)
    whole = int(number) if STATUS_MIN <= number <= STATUS_MAX else NO_STATUS
    return whole if whole == number else NO_STATUS


@compiled
def duration_us_in(text: Bytes, slots: Slots, seconds: int, millis: int) -> int:
    """Return the duration in a slot of seconds, else in one of milliseconds, else NO_DURATION."""
    duration_us = _duration_us(text, slots, seconds, 1e6)
    return duration_us if duration_us != NO_DURATION else _duration_us(text, slots, millis, 1e3)


@inlined
def _duration_us(text: Bytes, slots: Slots, slot: int, scale: float) -> int:
    scaled = _number(text, slots, slot) * scale
    duration_us = DURATION_US_LIMIT
    if not scaled >= 0.0:  # NaN too
        duration_us = NO_DURATION
    elif scaled < DURATION_US_LIMIT:
        duration_us = int(np.rint(scaled))
    return duration_us


@compiled
def is_word(text: Bytes, start: int, end: int, word: Bytes) -> bool:
    """Say whether text[start:end] is `word`, which is given in lower case, in any case."""
    if end - start != len(word):
        return False
    for i in range(len(word)):
        byte = text[start + i]
        if (byte | 0x20 if 65 <= byte <= 90 else byte) != word[i]:
            return False
    return True
