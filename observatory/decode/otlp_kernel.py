"""The bytes of an OTLP request come in, raw rows and identities go out: one walk over the wire format, compiled.

No recursion: what is open lies on a stack of DEPTH_MAX. Every length is checked against what contains it. Repeated
singular fields follow protobuf: the last scalar wins, messages merge, of a value's kinds the last one counts.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from observatory.compiled import compiled
from observatory.decode import attribute_slots as slot
from observatory.decode.attribute_values import (
    DOUBLE,
    INTEGER,
    NOTHING,
    RECORD_KEYS,
    RECORD_KEYS_BY_LENGTH,
    RESOURCE_KEYS,
    RESOURCE_KEYS_BY_LENGTH,
    STRING,
    Bytes,
    Slots,
    slot_of,
)
from observatory.decode.interning import Interned, new_interned, with_room
from observatory.decode.otlp_records import RECORDS_MAX, add_record, identity_of
from observatory.decode.otlp_schema import ENTRIES, FIELD_NUMBERS, FIXED64, GROUP, NUMBER_FIRST, NUMBER_LAST, Field, Message
from observatory.decode.protobuf_wire import (
    DEPTH_MAX,
    MALFORMED,
    NO_TEXT,
    TOO_DEEP,
    TOO_MANY,
    is_utf8,
    read_fixed64,
    read_size,
    read_tag,
    read_varint,
    skip_group,
    skip_scalar,
)
from observatory.decode.raw_requests import RAW_COLUMNS, RESOURCE_AT, RawRequests, larger

_LOG_RECORD, _SPAN = int(Message.LOG_RECORD), int(Message.SPAN)
_RESOURCE_LOGS, _RESOURCE_SPANS = int(Message.RESOURCE_LOGS), int(Message.RESOURCE_SPANS)
_RESOURCE_ATTRIBUTE, _RECORD_ATTRIBUTE = int(Message.RESOURCE_ATTRIBUTE), int(Message.RECORD_ATTRIBUTE)
_READ_VALUE, _ARRAY, _KEY_VALUES = int(Message.READ_VALUE), int(Message.ARRAY), int(Message.KEY_VALUES)
_TEXT, _KEY, _STRING_VALUE, _INT_VALUE = int(Field.TEXT), int(Field.KEY), int(Field.STRING_VALUE), int(Field.INT_VALUE)
_DOUBLE_VALUE, _OTHER_VALUE, _MESSAGE = int(Field.DOUBLE_VALUE), int(Field.OTHER_VALUE), int(Field.MESSAGE)
_NUMBER_FIRST, _NUMBERS = int(NUMBER_FIRST), NUMBER_LAST - NUMBER_FIRST + 1

_RECORD_SLOTS, _RESOURCE_SLOTS = len(slot.RECORD_SLOTS), len(slot.RESOURCE_SLOTS)


class Open(NamedTuple):
    """What was read of the messages that are open."""

    record: Slots
    resource: Slots
    attribute: NDArray[np.int64]
    """Kind and two numbers of the value, start and end of the key."""
    numbers: NDArray[np.uint64]
    """Plain numbers of the record, by Field."""


class Walked(NamedTuple):
    """Where a walk ended and what it found."""

    error: int
    """0, or one of the negative positions of `protobuf_wire`."""
    at: int
    """The byte at which a field began that is in error."""
    raw: RawRequests
    skipped_count: int
    namespaces: Interned
    identities: Interned
    """Names of services; their kind is 2 * (1 + number of the namespace, or 0 without one) + 1 if quarantined."""


@compiled
def walk(text: Bytes, root: int, seed: np.uint64) -> Walked:
    """Read a whole request; `root` is the type of its message."""
    messages, ends = np.empty(DEPTH_MAX + 1, np.int64), np.empty(DEPTH_MAX + 1, np.int64)
    read = Open(
        np.zeros((_RECORD_SLOTS, 3), np.int64),
        np.zeros((_RESOURCE_SLOTS, 3), np.int64),
        np.zeros(5, np.int64),
        np.zeros(_NUMBERS, np.uint64),
    )
    rows, owners = np.empty((256, RAW_COLUMNS), np.int64), np.empty((16, 1), np.int64)
    paths, agents, namespaces, identities = new_interned(), new_interned(), new_interned(), new_interned()
    depth = at = count = groups = skipped = error = 0
    messages[0], ends[0] = root, len(text)
    while error == 0 and (depth > 0 or at < ends[0]):
        message = messages[depth]
        if at == ends[depth]:
            depth -= 1
            if message == _RECORD_ATTRIBUTE:
                _keep_attribute(text, read.attribute, read.record, RECORD_KEYS_BY_LENGTH, RECORD_KEYS)
            elif message == _LOG_RECORD or message == _SPAN:
                if count == len(rows):
                    rows = larger(rows)
                paths, agents = with_room(paths), with_room(agents)
                added = add_record(text, message == _SPAN, read.record, read.numbers, rows[count], paths, agents, seed)
                rows[count, RESOURCE_AT] = groups
                count += added
                skipped += not added
                error = TOO_MANY if count > RECORDS_MAX else 0
            elif message == _RESOURCE_ATTRIBUTE:
                _keep_attribute(text, read.attribute, read.resource, RESOURCE_KEYS_BY_LENGTH, RESOURCE_KEYS)
            elif message == _RESOURCE_LOGS or message == _RESOURCE_SPANS:
                if groups == len(owners):
                    owners = larger(owners)
                namespaces, identities = with_room(namespaces), with_room(identities)
                owners[groups, 0] = identity_of(text, read.resource, namespaces, identities, seed)
                groups += 1
            continue
        start = at
        at, depth = _read_field(text, at, depth, messages, ends, read)
        if at < 0:
            error, at = at, start
    for row in range(count):
        if error == 0:
            rows[row, RESOURCE_AT] = owners[rows[row, RESOURCE_AT], 0]
    return Walked(error, at, RawRequests(rows[:count], paths, agents), skipped, namespaces, identities)


@compiled
def _read_field(text: Bytes, at: int, depth: int, messages: NDArray[np.int64], ends: NDArray[np.int64], read: Open) -> tuple[int, int]:
    """Read one field; return where it ends, or where its content begins if it is a message that is now open, and the depth."""
    end = ends[depth]
    at, tag = read_tag(text, at, end)
    if at < 0:
        return at, depth
    number, wire = tag >> 3, tag & 7
    if number == 0:
        return MALFORMED, depth
    entry = ENTRIES[messages[depth], number] if number < FIELD_NUMBERS else 0
    done = entry >> 3
    if done == 0 or entry & 7 != wire:
        return (skip_group(text, at, end, number, depth) if wire == GROUP else skip_scalar(text, at, end, wire)), depth
    if done < _MESSAGE:
        return _read_scalar(text, at, end, done, wire, read), depth
    start, stop = read_size(text, at, end)
    if start < 0:
        return start, depth
    if depth == DEPTH_MAX:
        return TOO_DEEP, depth
    _open_message(done - _MESSAGE, messages[depth], read)
    depth += 1
    messages[depth], ends[depth] = done - _MESSAGE, stop
    return start, depth


@compiled
def _open_message(message: int, parent: int, read: Open) -> None:
    """Forget what was read of an earlier message of the kind."""
    if message == _RECORD_ATTRIBUTE or message == _RESOURCE_ATTRIBUTE:
        read.attribute[:] = 0
    elif message == _LOG_RECORD or message == _SPAN:
        read.record[:, 0] = NOTHING
        read.numbers[:] = 0
    elif message == _RESOURCE_LOGS or message == _RESOURCE_SPANS:
        read.resource[:, 0] = NOTHING
    elif parent == _READ_VALUE and (message == _ARRAY or message == _KEY_VALUES):
        read.attribute[0] = NOTHING


@compiled
def _read_scalar(text: Bytes, at: int, end: int, done: int, wire: int, read: Open) -> int:
    """Read a field that is no message; return where it ends."""
    attribute = read.attribute
    if done <= _STRING_VALUE:
        start, stop = read_size(text, at, end)
        if start < 0:
            return start
        if not is_utf8(text, start, stop):
            return NO_TEXT
        if done == _KEY:
            attribute[3], attribute[4] = start, stop
        elif done == _STRING_VALUE:
            attribute[0], attribute[1], attribute[2] = STRING, start, stop
        return stop
    if done == _OTHER_VALUE:
        attribute[0] = NOTHING
        return int(skip_scalar(text, at, end, wire))
    if wire == FIXED64:
        stop = skip_scalar(text, at, end, wire)
        if stop < 0:
            return stop
        value = read_fixed64(text, at)
    else:
        stop, value = read_varint(text, at, end)
        if stop < 0:
            return stop
    if done >= _NUMBER_FIRST:
        read.numbers[done - _NUMBER_FIRST] = value
    else:
        attribute[0], attribute[1] = (INTEGER if done == _INT_VALUE else DOUBLE), np.int64(value)
    return stop


@compiled
def _keep_attribute(text: Bytes, attribute: NDArray[np.int64], slots: Slots, by_length: NDArray[np.int64], keys: NDArray[np.uint8]) -> None:
    """Keep the value of an attribute that was read whole, if anybody reads it."""
    found = slot_of(text, attribute[3], attribute[4], by_length, keys)
    if found >= 0:
        for i in range(3):
            slots[found, i] = attribute[i]
