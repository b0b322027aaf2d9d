"""Columns of records and rows of counters come in, sums go out: the compiled arithmetic under `minutes`."""

import numpy as np
from numpy.typing import NDArray

from observatory.compiled import compiled_maker
from observatory.model.columns import NO_DURATION, Outcome
from observatory.model.minute import COUNTER_COUNT, DURATION_US_MAX, Counter
from observatory.rollup.latency import bucket_of

CLOCK_AHEAD_MS_MAX = 60_000
"""An event later than this after it was received has a wrong clock: the time of receipt counts."""
MINUTE_MS = 60_000
REJECTED, TOO_LATE = -1, -2
"""Service numbers of records that do not count."""

_GOOD, _BAD, _THROTTLED, _EXCLUDED = int(Outcome.GOOD), int(Outcome.BAD), int(Outcome.THROTTLED), int(Outcome.EXCLUDED)
_COUNT_AT, _BAD_AT, _SLOW_AT = int(Counter.COUNT), int(Counter.BAD), int(Counter.SLOW)
_THROTTLED_AT, _EXCLUDED_AT, _ABANDONED_AT = int(Counter.THROTTLED), int(Counter.EXCLUDED), int(Counter.ABANDONED)
_TIMED_AT, _DURATION_AT, _CAPPED_AT = int(Counter.TIMED), int(Counter.DURATION_US), int(Counter.CAPPED)
_REJECTED, _TOO_LATE = -1, -2


@compiled_maker
def place(
    end_ms: NDArray[np.int64], service_index: NDArray[np.int32], received_ms: int, oldest_ms: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Return the minute of every record, its service (negative if it does not count) and how many clocks ran ahead."""
    rows = len(end_ms)
    minute = np.empty(rows, np.int64)
    service = np.empty(rows, np.int64)
    clamped = 0
    for row in range(rows):
        at = end_ms[row]
        ahead = at > received_ms + CLOCK_AHEAD_MS_MAX
        if ahead or at == 0:
            at = received_ms
        minute[row] = at // MINUTE_MS
        service[row] = service_index[row]
        if service_index[row] < 0:
            service[row] = REJECTED
        elif at < oldest_ms:
            service[row] = TOO_LATE
        elif ahead:
            clamped += 1
    return minute, service, clamped


@compiled_maker
def add_up(
    group: NDArray[np.int32], groups: int, outcome: NDArray[np.uint8], duration_us: NDArray[np.int64], slow_us: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the counters of every group, and group and latency bucket of every timed record."""
    values = np.zeros((groups, COUNTER_COUNT), np.int64)
    timed_group = np.empty(len(group), np.int64)
    timed_bucket = np.empty(len(group), np.int64)
    timed = 0
    for row in range(len(group)):
        at = group[row]
        if at < 0:
            continue
        kind = outcome[row]
        if kind == _GOOD or kind == _BAD:
            values[at, _COUNT_AT] += 1
            values[at, _BAD_AT] += kind == _BAD
            values[at, _SLOW_AT] += duration_us[row] > slow_us[row]
            if kind == _GOOD and duration_us[row] != NO_DURATION:
                shown = min(duration_us[row], DURATION_US_MAX)
                values[at, _TIMED_AT] += 1
                values[at, _DURATION_AT] += shown
                values[at, _CAPPED_AT] += duration_us[row] > DURATION_US_MAX
                timed_group[timed] = at
                timed_bucket[timed] = bucket_of(shown)
                timed += 1
        else:
            values[at, _THROTTLED_AT if kind == _THROTTLED else _EXCLUDED_AT if kind == _EXCLUDED else _ABANDONED_AT] += 1
    return values, timed_group[:timed], timed_bucket[:timed]


def pack(row: NDArray[np.int64], bucket: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one sortable key per (row, bucket)."""
    return row << 16 | (bucket + 32768)


def unpack(key: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
    """Return row and bucket of every key that `pack` made."""
    return (key >> 16).astype(np.int32), ((key & 0xFFFF) - 32768).astype(np.int16)


@compiled_maker
def tally(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every distinct key, sorted, and how often it occurs."""
    ordered = np.sort(keys)
    key, count = np.empty(len(ordered), np.int64), np.zeros(len(ordered), np.int64)
    entries = 0
    for i in range(len(ordered)):
        if i == 0 or ordered[i] != ordered[i - 1]:
            key[entries] = ordered[i]
            entries += 1
        count[entries - 1] += 1
    return key[:entries].copy(), count[:entries].copy()


@compiled_maker
def align(
    minute_a: NDArray[np.int64],
    series_a: NDArray[np.int64],
    minute_b: NDArray[np.int64],
    series_b: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.int32], int]:
    """Return where the rows of two sorted tables land in their sorted union, and how long that is.

    Keys are (minute, series), unique within a table; `series` is shape (rows, 3): service, menu, source.
    """
    rows_a, rows_b = np.empty(len(minute_a), np.int32), np.empty(len(minute_b), np.int32)
    i = j = rows = 0
    while i < len(rows_a) or j < len(rows_b):
        order = 0
        if i == len(rows_a):
            order = 1
        elif j == len(rows_b):
            order = -1
        else:
            order = (minute_a[i] > minute_b[j]) - (minute_a[i] < minute_b[j])
            for k in range(3):
                if order == 0:
                    order = (series_a[i, k] > series_b[j, k]) - (series_a[i, k] < series_b[j, k])
        if order <= 0:
            rows_a[i] = rows
            i += 1
        if order >= 0:
            rows_b[j] = rows
            j += 1
        rows += 1
    return rows_a, rows_b, rows


@compiled_maker
def add_histograms(
    key_a: NDArray[np.int64], count_a: NDArray[np.int64], key_b: NDArray[np.int64], count_b: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the sum of two sparse histograms, each sorted by its unique keys (`pack`)."""
    size = len(key_a) + len(key_b)
    key, count = np.empty(size, np.int64), np.empty(size, np.int64)
    i = j = entries = 0
    while i < len(key_a) or j < len(key_b):
        from_a = i < len(key_a) and (j == len(key_b) or key_a[i] <= key_b[j])
        from_b = j < len(key_b) and (i == len(key_a) or key_b[j] <= key_a[i])
        key[entries] = key_a[i] if from_a else key_b[j]
        count[entries] = 0
        if from_a:
            count[entries] += count_a[i]
            i += 1
        if from_b:
            count[entries] += count_b[j]
            j += 1
        entries += 1
    return key[:entries].copy(), count[:entries].copy()
