"""Count records by their minutes: the compiled arithmetic under `minutes.roll_up`."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from observatory.kernels.compiling import compiled, compiled_brief
from observatory.kernels.row_groups import group_rows
from observatory.model.columns import NO_DURATION, NO_STATUS, Offsets, Outcome
from observatory.model.minute import (
    BANDS_US,
    COUNTER_COUNT,
    DURATION_US_MAX,
    STATUS_CLIENT_ERROR,
    STATUS_CLIENT_ERROR_END,
    STATUS_NOT_MODIFIED,
    STATUS_OK,
    STATUS_OK_END,
    Counter,
)
from observatory.rollup.latency import bucket_of

CLOCK_AHEAD_MS_MAX = 60_000
"""An event later than this after it was received has a wrong clock: the time of receipt counts."""
MINUTE_MS = 60_000

ACCEPTED, TOO_LATE, CLAMPED = range(3)
"""Columns of `Counted.placed`."""

_GOOD, _BAD, _THROTTLED, _EXCLUDED = int(Outcome.GOOD), int(Outcome.BAD), int(Outcome.THROTTLED), int(Outcome.EXCLUDED)
_COUNT_AT, _BAD_AT, _SLOW_AT = int(Counter.COUNT), int(Counter.BAD), int(Counter.SLOW)
_THROTTLED_AT, _EXCLUDED_AT, _ABANDONED_AT = int(Counter.THROTTLED), int(Counter.EXCLUDED), int(Counter.ABANDONED)
_TIMED_AT, _DURATION_AT, _CAPPED_AT = int(Counter.TIMED), int(Counter.DURATION_US), int(Counter.CAPPED)
_CLIENT_ERROR_AT, _NOT_MODIFIED_AT, _CLAMPED_AT = int(Counter.CLIENT_ERROR), int(Counter.NOT_MODIFIED), int(Counter.CLAMPED)
_3S_AT, _5S_AT, _8S_AT = int(Counter.WITHIN_3S), int(Counter.WITHIN_5S), int(Counter.WITHIN_8S)
_BEYOND_AT, _FAILED_WAIT_AT, _FAILED_WAIT_US_AT = int(Counter.BEYOND_8S), int(Counter.FAILED_WAIT), int(Counter.FAILED_WAIT_US)
_3S, _5S, _8S = BANDS_US
_BUCKET_BIAS = 32768
"""Buckets may be negative, keys not."""
_MENUS = 1 << 32
"""More than there are menus."""


class Counted(NamedTuple):
    """Records of some bodies and the counters they are in, each body's apart."""

    record_minute: NDArray[np.int64]
    record_row: NDArray[np.int32]
    """Of every record the row below, -1 if it does not count."""
    placed: NDArray[np.int64]
    """Shape (bodies, 3): how many records are accepted, too late, and of a clock that runs ahead."""
    row_end: NDArray[np.int64]
    """Up to which row those of each body reach."""
    minute: NDArray[np.int64]
    service: NDArray[np.int32]
    menu: NDArray[np.int32]
    values: NDArray[np.int64]
    bucket_row: NDArray[np.int32]
    bucket: NDArray[np.int16]
    bucket_count: NDArray[np.int64]


@compiled_brief
def count_records(
    end_ms: NDArray[np.int64],
    service_index: NDArray[np.int32],
    menu_index: NDArray[np.int32],
    outcome: NDArray[np.uint8],
    status: NDArray[np.int16],
    duration_us: NDArray[np.int64],
    slow_us: NDArray[np.int64],
    ends: Offsets,
    received_ms: int,
    oldest_ms: int,
    seed: np.uint64,
) -> Counted:
    """Return the counters of all records of one source; those with a negative service are left out.

    `ends` says up to which record those of each body reach.
    """
    records = len(end_ms)
    minute, service = np.empty(records, np.int64), np.empty(records, np.int64)
    body, menu = np.empty(records, np.int64), menu_index.astype(np.int64)
    placed = np.zeros((len(ends), 3), np.int64)
    _place(end_ms, service_index, ends, received_ms, oldest_ms, minute, service, body, placed)
    row, first = group_rows(body * _MENUS + menu, service, minute, seed)
    order = _sorted_order(body[first], minute[first], service[first], menu[first])
    rank = np.empty(len(order), np.int32)
    for i in range(len(order)):
        rank[order[i]] = i
    for record in range(records):
        if row[record] >= 0:
            row[record] = rank[row[record]]
    kept = first[order]
    values = np.zeros((len(kept), COUNTER_COUNT), np.int64)
    keys = np.empty(records, np.int64)
    timed = _add_up(row, outcome, status, duration_us, slow_us, end_ms, received_ms, values, keys)
    bucket_row, bucket, bucket_count = _tally(keys[:timed])
    kept_service, kept_menu = service[kept].astype(np.int32), menu[kept].astype(np.int32)
    row_end = np.searchsorted(body[kept], np.arange(len(ends)), side="right")
    return Counted(minute, row, placed, row_end, minute[kept], kept_service, kept_menu, values, bucket_row, bucket, bucket_count)


@compiled
def _place(
    end_ms: NDArray[np.int64],
    service_index: NDArray[np.int32],
    ends: Offsets,
    received_ms: int,
    oldest_ms: int,
    minute: NDArray[np.int64],
    service: NDArray[np.int64],
    body: NDArray[np.int64],
    placed: NDArray[np.int64],
) -> None:
    """Fill the minute of every record, its service (negative if it does not count) and its body; `placed` as in `Counted`."""
    record = 0
    for number in range(len(ends)):
        while record < ends[number]:
            at = end_ms[record]
            ahead = at > received_ms + CLOCK_AHEAD_MS_MAX
            if ahead or at == 0:
                at = received_ms
            minute[record], body[record] = at // MINUTE_MS, number
            service[record] = service_index[record]
            if service_index[record] >= 0:
                if at < oldest_ms:
                    service[record] = -1
                    placed[number, TOO_LATE] += 1
                else:
                    placed[number, ACCEPTED] += 1
                    placed[number, CLAMPED] += ahead
            record += 1


@compiled_brief
def _sorted_order(
    body: NDArray[np.int64], minute: NDArray[np.int64], service: NDArray[np.int64], menu: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the order of rows by body, then minute, service and menu: stable sorts, the least of the keys first."""
    order = np.arange(len(minute))
    if len(minute) > 1:
        for key in (menu, service, minute, body):
            order = order[np.argsort(key[order], kind="mergesort")]
    return order


@compiled
def _add_up(
    row: NDArray[np.int32],
    outcome: NDArray[np.uint8],
    status: NDArray[np.int16],
    duration_us: NDArray[np.int64],
    slow_us: NDArray[np.int64],
    end_ms: NDArray[np.int64],
    received_ms: int,
    values: NDArray[np.int64],
    keys: NDArray[np.int64],
) -> int:
    """Add every record to the counters of its row, and note a key of row and bucket for every timed one; return how many."""
    timed = 0
    for record in range(len(row)):
        at = row[record]
        if at < 0:
            continue
        kind, shown = outcome[record], min(duration_us[record], DURATION_US_MAX)
        values[at, _CLAMPED_AT] += end_ms[record] > received_ms + CLOCK_AHEAD_MS_MAX
        if kind == _BAD:
            values[at, _COUNT_AT] += 1
            values[at, _BAD_AT] += 1
            values[at, _SLOW_AT] += duration_us[record] > slow_us[record]
            if shown != NO_DURATION:
                values[at, _FAILED_WAIT_AT] += 1
                values[at, _FAILED_WAIT_US_AT] += shown
        elif kind == _GOOD:
            values[at, _COUNT_AT] += 1
            values[at, _SLOW_AT] += duration_us[record] > slow_us[record]
            if status[record] == NO_STATUS or STATUS_OK <= status[record] < STATUS_OK_END:
                if shown != NO_DURATION:
                    _add_load_time(values[at], shown, duration_us[record])
                    keys[timed] = at << 16 | bucket_of(shown) + _BUCKET_BIAS
                    timed += 1
            else:
                values[at, _CLIENT_ERROR_AT] += STATUS_CLIENT_ERROR <= status[record] < STATUS_CLIENT_ERROR_END
                values[at, _NOT_MODIFIED_AT] += status[record] == STATUS_NOT_MODIFIED
        else:
            values[at, _THROTTLED_AT if kind == _THROTTLED else _EXCLUDED_AT if kind == _EXCLUDED else _ABANDONED_AT] += 1
    return timed


@compiled
def _add_load_time(values: NDArray[np.int64], shown_us: int, duration_us: int) -> None:
    """Add the load time of a page that came."""
    values[_TIMED_AT] += 1
    values[_DURATION_AT] += shown_us
    values[_CAPPED_AT] += duration_us > DURATION_US_MAX
    values[_3S_AT] += shown_us <= _3S
    values[_5S_AT] += shown_us <= _5S
    values[_8S_AT] += shown_us <= _8S
    values[_BEYOND_AT] += shown_us > _8S


@compiled_brief
def _tally(keys: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.int64]]:
    """Return row, bucket and count of every distinct key, sorted."""
    ordered = np.sort(keys)
    row, bucket, count = np.empty(len(keys), np.int32), np.empty(len(keys), np.int16), np.zeros(len(keys), np.int64)
    entries = 0
    for i in range(len(ordered)):
        if i == 0 or ordered[i] != ordered[i - 1]:
            row[entries], bucket[entries] = ordered[i] >> 16, (ordered[i] & 0xFFFF) - _BUCKET_BIAS
            entries += 1
        count[entries - 1] += 1
    return row[:entries].copy(), bucket[:entries].copy(), count[:entries].copy()
