"""Walk once over the bytes of OTLP requests and leave raw rows and identities: compiled.

Many bodies are walked in one call, one after the other; what is wrong with one costs its own rows only.

No recursion: what is open lies on a stack of DEPTH_MAX. Every length is checked against what contains it. Repeated
singular fields follow protobuf: the last scalar wins, messages merge, of a value's kinds the last one counts.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from observatory.decode.otlp import attribute_slots as slot
from observatory.decode.otlp.attribute_values import (
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
from observatory.decode.otlp.plain_attribute import keep_plain_attribute
from observatory.decode.otlp.protobuf_wire import (
    DEPTH_MAX,
    MALFORMED,
    NO_TEXT,
    TOO_DEEP,
    TOO_MANY,
    is_utf8,
    read_size,
    read_tag,
    read_varint,
    skip_group,
    skip_scalar,
)
from observatory.decode.otlp.records import add_record, identity_of
from observatory.decode.otlp.schema import ACTIONS, FIXED64, GROUP, NUMBER_FIRST, NUMBER_LAST, SKIP, TAGS, WRONG, Field, Message
from observatory.decode.raw_requests import RAW_COLUMNS, RESOURCE_AT, TRACE_AT, larger
from observatory.decode.request_rows import RECORDS_MAX, TRACE_ID_BYTES
from observatory.kernels.compiling import compiled, inlined
from observatory.kernels.interning import Interned, clear, is_full, new_interned, with_room
from observatory.kernels.words import word_at

DONE, NO_ROOM = 0, 1
"""What a walk returns besides the errors of `protobuf_wire`: all is read; some table is full."""

AT, DEPTH, ROWS, GROUPS, SKIPPED, BODY, BEGUN = range(7)
"""Elements of a walk's position, all 0 before the first body. BEGUN is 1 more than the number of bodies begun."""

BODY_COLUMNS = 5
END, RESULT, WHERE, ROWS_END, SKIPPED_HERE = range(BODY_COLUMNS)
"""Columns of what is told of each body: where it ends (given); DONE or an error, and at which of its bytes the field in
error begins; up to which row its rows reach; how many of its records are none of ours."""

_LOG_RECORD, _SPAN = int(Message.LOG_RECORD), int(Message.SPAN)
_RESOURCE_LOGS, _RESOURCE_SPANS = int(Message.RESOURCE_LOGS), int(Message.RESOURCE_SPANS)
_RESOURCE_ATTRIBUTE, _RECORD_ATTRIBUTE = int(Message.RESOURCE_ATTRIBUTE), int(Message.RECORD_ATTRIBUTE)
_VALUE, _ARRAY, _KEY_VALUES = int(Message.READ_VALUE), int(Message.ARRAY), int(Message.KEY_VALUES)
_KEY, _STRING_VALUE, _INT_VALUE = int(Field.KEY), int(Field.STRING_VALUE), int(Field.INT_VALUE)
_OTHER_VALUE, _TRACE_ID, _MESSAGE = int(Field.OTHER_VALUE), int(Field.TRACE_ID), int(Field.MESSAGE)
_NUMBER_FIRST, _PLAIN = int(NUMBER_FIRST), int(Field.MESSAGE + Message.RECORD_ATTRIBUTE)

_RECORD_SLOTS, _RESOURCE_SLOTS = len(slot.RECORD_SLOTS), len(slot.RESOURCE_SLOTS)

READ_VALUE, READ_KEY, READ_NUMBERS = 0, 3, 5
"""Elements of `Walk.read`: kind and two numbers of a value; start and end of its key; from here on numbers of the record,
the last two of which are its trace id."""
_READ_TRACE = READ_NUMBERS + NUMBER_LAST - NUMBER_FIRST + 1
_READ = _READ_TRACE + 2

_ROWS_MIN, _GROUPS_MIN, _RECORD_BYTES_LIKELY = 256, 16, 200
"""Room is made for so many rows at first."""
_ROWS_KEPT_MAX = 1 << 15


class Walk(NamedTuple):
    """How far a body is read, and what was found in it so far."""

    position: NDArray[np.int64]
    stack: NDArray[np.int64]
    """Shape (DEPTH_MAX + 1, 3): type and end of every open message; field numbers of open groups, which are skipped."""
    slots: Slots
    """Values of the open record, then those of the open resource."""
    read: NDArray[np.int64]
    """What was read of the open attribute and record, see READ_…"""
    rows: NDArray[np.int64]
    """Raw rows; until all is read, their resource is the number of their group."""
    owners: NDArray[np.int64]
    """Shape (n, 1): the identity of every group."""
    paths: Interned
    agents: Interned
    namespaces: Interned
    identities: Interned
    """Names of services; their kind is 2 * (1 + number of the namespace, or 0 without one) + 1 if quarantined."""


def new_walk(body_bytes: int) -> Walk:
    """Return a walk with room for most bodies of a size."""
    return Walk(
        position=np.zeros(7, np.int64),
        stack=np.empty((DEPTH_MAX + 1, 3), np.int64),
        slots=np.zeros((_RECORD_SLOTS + _RESOURCE_SLOTS, 3), np.int64),
        read=np.zeros(_READ, np.int64),
        rows=np.empty((_ROWS_MIN + body_bytes // _RECORD_BYTES_LIKELY, RAW_COLUMNS), np.int64),
        owners=np.empty((_GROUPS_MIN, 1), np.int64),
        paths=new_interned(),
        agents=new_interned(),
        namespaces=new_interned(),
        identities=new_interned(),
    )


def is_small(walk: Walk) -> bool:
    """Say whether a walk is small enough to be kept for the next body."""
    return len(walk.rows) <= _ROWS_KEPT_MAX and len(walk.owners) <= _ROWS_KEPT_MAX and len(walk.paths.entries) <= _ROWS_KEPT_MAX


def with_more_room(walk: Walk) -> Walk:
    """Return the same walk with room wherever there was none left."""
    return walk._replace(
        rows=larger(walk.rows) if walk.position[ROWS] == len(walk.rows) else walk.rows,
        owners=larger(walk.owners) if walk.position[GROUPS] == len(walk.owners) else walk.owners,
        paths=with_room(walk.paths),
        agents=with_room(walk.agents),
        namespaces=with_room(walk.namespaces),
        identities=with_room(walk.identities),
    )


@compiled
def advance(text: Bytes, root: int, bodies: NDArray[np.int64], walk: Walk, seed: np.uint64) -> int:
    """Read on to the end of the last of some requests of type `root`, which lie in `text` one after the other.

    Fills `bodies`, shape (n, BODY_COLUMNS). Returns DONE, or NO_ROOM (go on after `with_more_room`).
    """
    position = walk.position
    if position[BEGUN] == 0:
        _begin(walk)
    while position[BODY] < len(bodies):
        body = position[BODY]
        start = bodies[body - 1, END] if body else 0
        first_row = bodies[body - 1, ROWS_END] if body else 0
        if position[BEGUN] == body + 1:
            position[BEGUN] += 1
            position[AT], position[DEPTH], position[SKIPPED] = start, 0, 0
            walk.stack[0, 0], walk.stack[0, 1] = root, bodies[body, END]
        result = _walk_body(text, first_row, walk, seed)
        if result == NO_ROOM:
            return NO_ROOM
        if result != DONE:
            position[ROWS], position[SKIPPED] = first_row, 0
        bodies[body, RESULT], bodies[body, WHERE] = result, position[AT] - start
        bodies[body, ROWS_END], bodies[body, SKIPPED_HERE] = position[ROWS], position[SKIPPED]
        position[BODY] = body + 1
    for row in range(position[ROWS]):
        walk.rows[row, RESOURCE_AT] = walk.owners[walk.rows[row, RESOURCE_AT], 0]
    return DONE


@inlined
def _walk_body(text: Bytes, first_row: int, walk: Walk, seed: np.uint64) -> int:
    """Read on to the end of the open body; return DONE, NO_ROOM or a negative error."""
    position, stack, slots, read = walk.position, walk.stack, walk.slots, walk.read
    at, depth = position[AT], position[DEPTH]
    message, end = stack[depth, 0], stack[depth, 1]
    result = DONE
    while depth > 0 or at < end:
        if at < end:
            start = at
            at, opened, stop = _read_field(text, at, end, message, depth, stack, slots, read)
            if at < 0:
                result, at = at, start
                break
            if opened >= 0:
                stack[depth, 0], stack[depth, 1] = message, end
                depth += 1
                message, end = opened, stop
            continue
        if message == _RECORD_ATTRIBUTE:
            _keep_attribute(text, read, slots, 0, RECORD_KEYS_BY_LENGTH, RECORD_KEYS)
        elif message == _RESOURCE_ATTRIBUTE:
            _keep_attribute(text, read, slots, _RECORD_SLOTS, RESOURCE_KEYS_BY_LENGTH, RESOURCE_KEYS)
        elif message == _LOG_RECORD or message == _SPAN:
            result = _keep_record(text, message == _SPAN, first_row, walk, seed)
        elif message == _RESOURCE_LOGS or message == _RESOURCE_SPANS:
            result = _keep_group(text, walk, seed)
        if result != DONE:
            break
        depth -= 1
        message, end = stack[depth, 0], stack[depth, 1]
    position[AT], position[DEPTH] = at, depth
    stack[depth, 0], stack[depth, 1] = message, end
    return int(result)


@inlined
def _begin(walk: Walk) -> None:
    """Forget earlier bodies."""
    walk.position[BEGUN] = 1
    clear(walk.paths)
    clear(walk.agents)
    clear(walk.namespaces)
    clear(walk.identities)


@inlined
def _keep_attribute(
    text: Bytes, read: NDArray[np.int64], slots: Slots, first: int, by_length: NDArray[np.int64], keys: NDArray[np.uint8]
) -> None:
    """Keep the value of an attribute that was read whole, if anybody reads it; slots are counted from `first`."""
    found = slot_of(text, read[READ_KEY], read[READ_KEY + 1], by_length, keys)
    if found >= 0:
        for i in range(3):
            slots[first + found, i] = read[READ_VALUE + i]


@inlined
def _keep_record(text: Bytes, is_span: bool, first_row: int, walk: Walk, seed: np.uint64) -> int:
    """Make a row of a record that was read whole, or skip it; return DONE, NO_ROOM (nothing is kept) or TOO_MANY."""
    position, rows = walk.position, walk.rows
    count = position[ROWS]
    result = DONE
    if count == len(rows) or is_full(walk.paths) or is_full(walk.agents):
        result = NO_ROOM
    elif not add_record(text, is_span, walk.slots, walk.read, READ_NUMBERS, rows, count, walk.paths, walk.agents, seed):
        position[SKIPPED] += 1
    elif count - first_row == RECORDS_MAX:
        result = TOO_MANY
    else:
        rows[count, RESOURCE_AT] = position[GROUPS]
        rows[count, TRACE_AT], rows[count, TRACE_AT + 1] = walk.read[_READ_TRACE], walk.read[_READ_TRACE + 1]
        position[ROWS] = count + 1
    return result


@compiled
def _keep_group(text: Bytes, walk: Walk, seed: np.uint64) -> int:
    """Note whose the records of a group are that was read whole; return DONE or NO_ROOM."""
    group = walk.position[GROUPS]
    if group == len(walk.owners) or is_full(walk.namespaces) or is_full(walk.identities):
        return NO_ROOM
    walk.owners[group, 0] = identity_of(text, walk.slots[_RECORD_SLOTS:], walk.namespaces, walk.identities, seed)
    walk.position[GROUPS] = group + 1
    return DONE


@inlined
def _read_field(
    text: Bytes, at: int, end: int, message: int, depth: int, stack: NDArray[np.int64], slots: Slots, read: NDArray[np.int64]
) -> tuple[int, int, int]:
    """Read one field of a message; return where it ends and -1, or where its content begins, its type and its end if it is a message."""
    at, tag = read_tag(text, at, end)
    if at < 0:
        return at, -1, 0
    done = ACTIONS[TAGS * message + tag] if tag < TAGS else SKIP
    wire = tag & 7
    if done == SKIP:
        if wire != GROUP:
            return skip_scalar(text, at, end, wire), -1, 0
        stack[0, 2] = tag >> 3
        return skip_group(text, at, end, depth, stack), -1, 0
    if done == WRONG:
        return MALFORMED, -1, 0
    if done < _MESSAGE:
        return _read_scalar(text, at, end, done, wire, read), -1, 0
    start, stop = read_size(text, at, end)
    if start < 0:
        return start, -1, 0
    if done == _PLAIN and depth + 1 < DEPTH_MAX and keep_plain_attribute(text, start, stop, slots):
        return stop, -1, 0
    if depth == DEPTH_MAX:
        return TOO_DEEP, -1, 0
    _forget(done - _MESSAGE, message, slots, read)
    return start, done - _MESSAGE, stop


@inlined
def _forget(message: int, parent: int, slots: Slots, read: NDArray[np.int64]) -> None:
    """Forget what was read of earlier messages, as one of the kind begins."""
    if message == _RECORD_ATTRIBUTE or message == _RESOURCE_ATTRIBUTE:
        for i in range(READ_NUMBERS):
            read[i] = 0
    elif message == _LOG_RECORD or message == _SPAN:
        for i in range(_RECORD_SLOTS):
            slots[i, 0] = NOTHING
        for i in range(READ_NUMBERS, _READ):
            read[i] = 0
    elif message == _RESOURCE_LOGS or message == _RESOURCE_SPANS:
        for i in range(_RECORD_SLOTS, _RECORD_SLOTS + _RESOURCE_SLOTS):
            slots[i, 0] = NOTHING
    elif parent == _VALUE and (message == _ARRAY or message == _KEY_VALUES):
        read[READ_VALUE] = NOTHING


@inlined
def _read_scalar(text: Bytes, at: int, end: int, done: int, wire: int, read: NDArray[np.int64]) -> int:
    """Read a field that is no message; return where it ends."""
    if done <= _STRING_VALUE:
        start, stop = read_size(text, at, end)
        if start < 0:
            return start
        if not is_utf8(text, start, stop):
            return NO_TEXT
        if done == _KEY:
            read[READ_KEY], read[READ_KEY + 1] = start, stop
        elif done == _STRING_VALUE:
            read[READ_VALUE], read[READ_VALUE + 1], read[READ_VALUE + 2] = STRING, start, stop
        return stop
    if done == _TRACE_ID:
        start, stop = read_size(text, at, end)
        has_id = start >= 0 and stop - start == TRACE_ID_BYTES
        for i in range(2):
            read[_READ_TRACE + i] = np.int64(word_at(text, start + 8 * i)) if has_id else 0
        return stop if start >= 0 else start
    if done == _OTHER_VALUE:
        read[READ_VALUE] = NOTHING
        return int(skip_scalar(text, at, end, wire))
    if wire == FIXED64:
        stop = skip_scalar(text, at, end, wire)
        if stop < 0:
            return stop
        value = word_at(text, at)
    else:
        stop, value = read_varint(text, at, end)
        if stop < 0:
            return stop
    if done >= _NUMBER_FIRST:
        read[READ_NUMBERS + done - _NUMBER_FIRST] = np.int64(value)
    else:
        read[READ_VALUE], read[READ_VALUE + 1] = (INTEGER if done == _INT_VALUE else DOUBLE), np.int64(value)
    return stop
