"""Read one attribute that is written the way every exporter writes it. Compiled, straight on.

Most of a body is attributes. Whatever is out of the ordinary here - fields in another order, repeated, long or unknown,
values that are no plain text or number, mistakes - is left to the general walk, which knows what to make of it.
"""

import numpy as np

from observatory.decode.otlp.attribute_values import (
    DOUBLE,
    INTEGER,
    NOTHING,
    RECORD_KEYS,
    RECORD_KEYS_BY_LENGTH,
    STRING,
    Bytes,
    Slots,
    slot_of,
)
from observatory.decode.otlp.protobuf_wire import is_utf8, read_size, read_varint
from observatory.kernels.compiling import inlined
from observatory.kernels.words import is_ascii, word_at

_KEY, _VALUE, _STRING, _INTEGER, _DOUBLE = 0x0A, 0x12, 0x0A, 0x18, 0x21
"""Tags of `key` and `value` in a key-value; of `string_value`, `int_value` and `double_value` in a value."""

_BYTES_MIN = 4


@inlined
def keep_plain_attribute(text: Bytes, start: int, stop: int, slots: Slots) -> bool:
    """Keep the attribute text[start:stop] of a record, if anybody reads it; False, with nothing kept, if it is not plain."""
    if stop - start < _BYTES_MIN or text[start] != _KEY:
        return False
    key, value = read_size(text, start + 1, stop)
    if key < 0 or value >= stop or text[value] != _VALUE:
        return False
    content, end = read_size(text, value + 1, stop)
    if content < 0 or end != stop or content >= stop:
        return False
    kind, first, second = _plain_value(text, content, stop)
    if kind == NOTHING:
        return False
    ascii_only = kind == STRING and is_ascii(text, start, stop)  # key and value at once
    if kind == STRING and not ascii_only and not is_utf8(text, first, second):
        return False
    slot = slot_of(text, key, value, RECORD_KEYS_BY_LENGTH, RECORD_KEYS)
    if slot < 0:
        return bool(ascii_only or is_utf8(text, key, value))
    slots[slot, 0], slots[slot, 1], slots[slot, 2] = kind, first, second
    return True


@inlined
def _plain_value(text: Bytes, start: int, stop: int) -> tuple[int, int, int]:
    """Return kind and two numbers of a value that has one field and ends at `stop`; NOTHING if it is not so."""
    kind, first, second = NOTHING, 0, 0
    tag = text[start]
    if tag == _STRING:
        first, second = read_size(text, start + 1, stop)
        if first >= 0 and second == stop:
            kind = STRING
    elif tag == _INTEGER:
        end, number = read_varint(text, start + 1, stop)
        if end == stop:
            kind, first = INTEGER, int(np.int64(number))
    elif tag == _DOUBLE and start + 9 == stop:
        kind, first = DOUBLE, int(np.int64(word_at(text, start + 1)))
    return kind, first, second
