"""Make a raw row or an identity of the attributes of one record or resource, as the kernel found them. Compiled."""

import numpy as np
from numpy.typing import NDArray

from observatory.decode.otlp import attribute_slots as slot
from observatory.decode.otlp.attribute_values import (
    NOTHING,
    Bytes,
    Slots,
    duration_us_in,
    is_filled,
    is_word,
    status_in,
    text_slot,
)
from observatory.decode.otlp.schema import NUMBER_FIRST, Field
from observatory.decode.raw_requests import AGENT_AT, DURATION_US_AT, END_MS_AT, MARKS_AT, PATH, PATH_AT, ROUTE, STATUS_AT
from observatory.decode.request_rows import DURATION_US_LIMIT
from observatory.decode.semantic_conventions import DISREGARDED, FAILED, HEALTH_ASKED, PRODUCTION, health_path_in
from observatory.kernels.compiling import compiled, inlined
from observatory.kernels.interning import Interned, intern
from observatory.model.columns import NO_DURATION

SERVER_KIND, ERROR_STATUS = 2, 2

_ROUTE, _PATH, _OLD_PATH, _METHOD, _OLD_METHOD = slot.ROUTE, slot.PATH, slot.OLD_PATH, slot.METHOD, slot.OLD_METHOD
_STATUS, _OLD_STATUS, _DURATION_S, _DURATION_MS = slot.STATUS, slot.OLD_STATUS, slot.DURATION_S, slot.DURATION_MS
_ERROR_TYPE, _AGENT, _OLD_AGENT, _SYNTHETIC = slot.ERROR_TYPE, slot.AGENT, slot.OLD_AGENT, slot.SYNTHETIC
_NAMESPACE, _NAME, _ENVIRONMENT, _OLD_ENVIRONMENT = slot.NAMESPACE, slot.NAME, slot.ENVIRONMENT, slot.OLD_ENVIRONMENT

_TIME, _OBSERVED = Field.TIME - NUMBER_FIRST, Field.OBSERVED - NUMBER_FIRST
_START, _END = Field.START - NUMBER_FIRST, Field.END - NUMBER_FIRST
_KIND, _STATUS_CODE = Field.KIND - NUMBER_FIRST, Field.STATUS_CODE - NUMBER_FIRST

_OPTIONS = np.frombuffer(b"options", np.uint8)
_PRODUCTION, _PROD = (np.frombuffer(word.encode(), np.uint8) for word in PRODUCTION)
_INT32 = 0xFFFF_FFFF
_NS_PER_MS, _NS_PER_US = np.uint64(1_000_000), np.uint64(1000)


@inlined
def add_record(
    text: Bytes,
    is_span: bool,
    record: Slots,
    numbers: NDArray[np.int64],
    first: int,
    rows: NDArray[np.int64],
    row: int,
    paths: Interned,
    agents: Interned,
    seed: np.uint64,
) -> bool:
    """Fill a row from a span or log record whose numbers begin at `first`; say whether it counts.

    Of spans those count that a server made, of log records those that are access events.
    """
    if is_span:
        counts = numbers[first + _KIND] & _INT32 == SERVER_KIND
    else:
        counts = is_filled(record, _ROUTE) or record[_STATUS, 0] != NOTHING or record[_OLD_STATUS, 0] != NOTHING
    if counts:
        rows[row, STATUS_AT] = status_in(text, record, _STATUS, _OLD_STATUS)
        rows[row, PATH_AT], rows[row, AGENT_AT] = _intern_texts(text, record, paths, agents, seed)
        rows[row, MARKS_AT] = _marks(text, record)
        if is_span:
            start, end = np.uint64(numbers[first + _START]), np.uint64(numbers[first + _END])
            rows[row, DURATION_US_AT] = _span_duration_us(start, end)
            rows[row, MARKS_AT] |= FAILED if numbers[first + _STATUS_CODE] & _INT32 == ERROR_STATUS else 0
        else:
            rows[row, DURATION_US_AT] = duration_us_in(text, record, _DURATION_S, _DURATION_MS)
            end = np.uint64(numbers[first + _TIME] if numbers[first + _TIME] != 0 else numbers[first + _OBSERVED])
        rows[row, END_MS_AT] = np.int64(end // _NS_PER_MS)
    return bool(counts)


@inlined
def _span_duration_us(start: np.uint64, end: np.uint64) -> int:
    duration_us = NO_DURATION
    if np.uint64(0) < start <= end:
        duration_us = min(int(np.int64((end - start) // _NS_PER_US)), DURATION_US_LIMIT)
    return duration_us


@inlined
def _intern_texts(text: Bytes, record: Slots, paths: Interned, agents: Interned, seed: np.uint64) -> tuple[int, int]:
    """Return the numbers of route, or else path, and of the user agent; -1 for none."""
    path = _ROUTE if is_filled(record, _ROUTE) else text_slot(record, _PATH, _OLD_PATH)
    path_number = agent_number = -1
    if path >= 0:
        path_number = intern(paths, text, record[path, 1], record[path, 2], ROUTE if path == _ROUTE else PATH, seed)
    agent = text_slot(record, _AGENT, _OLD_AGENT)
    if agent >= 0:
        agent_number = intern(agents, text, record[agent, 1], record[agent, 2], 0, seed)
    return path_number, agent_number


@compiled
def _marks(text: Bytes, record: Slots) -> int:
    """Return what the attributes say of a record, its user agent left out."""
    marks = FAILED if is_filled(record, _ERROR_TYPE) else 0
    if is_filled(record, _SYNTHETIC):
        marks |= DISREGARDED
    method = text_slot(record, _METHOD, _OLD_METHOD)
    if method >= 0 and is_word(text, record[method, 1], record[method, 2], _OPTIONS):
        marks |= DISREGARDED
    path = text_slot(record, _PATH, _OLD_PATH)
    asked = path if path >= 0 else _ROUTE
    if is_filled(record, asked) and health_path_in(text, record[asked, 1], record[asked, 2]):
        marks |= HEALTH_ASKED
    return marks


@compiled
def identity_of(text: Bytes, resource: Slots, namespaces: Interned, identities: Interned, seed: np.uint64) -> int:
    """Return the number of a resource's identity: its name under the kind of its namespace and environment."""
    kind = 0
    if is_filled(resource, _NAMESPACE):
        kind = 2 + 2 * intern(namespaces, text, resource[_NAMESPACE, 1], resource[_NAMESPACE, 2], 0, seed)
    environment = text_slot(resource, _ENVIRONMENT, _OLD_ENVIRONMENT)
    if environment >= 0:
        start, end = resource[environment, 1], resource[environment, 2]
        kind += not (is_word(text, start, end, _PRODUCTION) or is_word(text, start, end, _PROD))
    if is_filled(resource, _NAME):
        return int(intern(identities, text, resource[_NAME, 1], resource[_NAME, 2], kind, seed))
    return int(intern(identities, text, 0, 0, kind, seed))
