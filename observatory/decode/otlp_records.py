"""The attributes of one record or resource, as the kernel found them, come in; a raw row or an identity goes out. Compiled."""

import numpy as np
from numpy.typing import NDArray

from observatory.compiled import compiled
from observatory.decode import attribute_slots as slot
from observatory.decode.attribute_values import (
    NOTHING,
    Bytes,
    Slots,
    duration_us_in,
    is_filled,
    is_word,
    status_in,
    text_slot,
)
from observatory.decode.interning import Interned, intern
from observatory.decode.otlp_schema import NUMBER_FIRST, Field
from observatory.decode.raw_requests import AGENT_AT, DURATION_US_AT, END_MS_AT, MARKS_AT, PATH, PATH_AT, ROUTE, STATUS_AT
from observatory.decode.request_rows import DURATION_US_LIMIT
from observatory.decode.semantic_conventions import DISREGARDED, FAILED, PRODUCTION, health_path_in
from observatory.model.columns import NO_DURATION

RECORDS_MAX = 500_000
"""Records in one body: far more than a body of the largest size can hold of real ones."""

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
_INT32 = np.uint64(0xFFFF_FFFF)
_NS_PER_MS, _NS_PER_US = np.uint64(1_000_000), np.uint64(1000)


@compiled
def _add_log(
    text: Bytes, record: Slots, numbers: NDArray[np.uint64], row: NDArray[np.int64], paths: Interned, agents: Interned, seed: np.uint64
) -> bool:
    """Fill a row from a log record; say whether it is an access event."""
    if not is_filled(record, _ROUTE) and record[_STATUS, 0] == NOTHING and record[_OLD_STATUS, 0] == NOTHING:
        return False
    _fill(text, record, row, paths, agents, seed)
    row[END_MS_AT] = np.int64((numbers[_TIME] or numbers[_OBSERVED]) // _NS_PER_MS)
    row[DURATION_US_AT] = duration_us_in(text, record, _DURATION_S, _DURATION_MS)
    return True


@compiled
def _add_span(
    text: Bytes, record: Slots, numbers: NDArray[np.uint64], row: NDArray[np.int64], paths: Interned, agents: Interned, seed: np.uint64
) -> bool:
    """Fill a row from a span; say whether a server made it."""
    if numbers[_KIND] & _INT32 != SERVER_KIND:
        return False
    _fill(text, record, row, paths, agents, seed)
    start, end = numbers[_START], numbers[_END]
    row[END_MS_AT] = np.int64(end // _NS_PER_MS)
    row[DURATION_US_AT] = NO_DURATION
    if np.uint64(0) < start <= end:
        row[DURATION_US_AT] = min(int(np.int64((end - start) // _NS_PER_US)), DURATION_US_LIMIT)
    if numbers[_STATUS_CODE] & _INT32 == ERROR_STATUS:
        row[MARKS_AT] |= FAILED
    return True


@compiled
def _fill(text: Bytes, record: Slots, row: NDArray[np.int64], paths: Interned, agents: Interned, seed: np.uint64) -> None:
    """Fill path, user agent, status and marks of a row."""
    row[STATUS_AT] = status_in(text, record, _STATUS, _OLD_STATUS)
    row[MARKS_AT] = FAILED if is_filled(record, _ERROR_TYPE) else 0
    path = text_slot(record, _PATH, _OLD_PATH)
    shown = _ROUTE if is_filled(record, _ROUTE) else path
    row[PATH_AT] = -1
    if shown >= 0:
        row[PATH_AT] = intern(paths, text, record[shown, 1], record[shown, 2], ROUTE if shown == _ROUTE else PATH, seed)
    agent = text_slot(record, _AGENT, _OLD_AGENT)
    row[AGENT_AT] = -1
    if agent >= 0:
        row[AGENT_AT] = intern(agents, text, record[agent, 1], record[agent, 2], 0, seed)
    asked = path if path >= 0 else shown
    method = text_slot(record, _METHOD, _OLD_METHOD)
    if (
        is_filled(record, _SYNTHETIC)
        or (asked >= 0 and health_path_in(text, record[asked, 1], record[asked, 2]))
        or (method >= 0 and is_word(text, record[method, 1], record[method, 2], _OPTIONS))
    ):
        row[MARKS_AT] |= DISREGARDED


@compiled
def add_record(
    text: Bytes,
    is_span: bool,
    record: Slots,
    numbers: NDArray[np.uint64],
    row: NDArray[np.int64],
    paths: Interned,
    agents: Interned,
    seed: np.uint64,
) -> bool:
    """Fill a row from a span or a log record; say whether it is one that counts."""
    if is_span:
        return bool(_add_span(text, record, numbers, row, paths, agents, seed))
    return bool(_add_log(text, record, numbers, row, paths, agents, seed))


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
