"""Sum the counters of many bodies, one sum for each key. Compiled.

Method section 2. Addition is the only operation, so neither the order nor the splitting of bodies matters.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from observatory.kernels.compiling import compiled, compiled_brief
from observatory.kernels.row_groups import group_rows
from observatory.kernels.seed import SEED
from observatory.model.minute import BUCKET_COUNT_MAX, COUNTER_COUNT, MinuteCounters
from observatory.rollup.latency import BUCKET_MAX, BUCKET_MIN

"""Minute, service, menu, source."""
BUCKETS = BUCKET_MAX - BUCKET_MIN + 1
KEYS_AT_ONCE_MAX = 4096
"""Keys added up at once: some minutes of a thousand menus, 4 KB each."""


class Rows(NamedTuple):
    """Counters in any order; a key, and a bucket of a row, may come more than once."""

    keys: NDArray[np.int64]
    """Shape (n, 4)."""
    values: NDArray[np.int64]
    """Shape (n, COUNTER_COUNT)."""
    bucket_row: NDArray[np.int64]
    bucket: NDArray[np.int16]
    bucket_count: NDArray[np.int64]


def rows_of(*parts: MinuteCounters) -> Rows:
    """Return the rows of at least one set of counters, one set after the other."""
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in ("minute", "service", "menu", "source")]
    keys = np.stack(columns, axis=1, dtype=np.int64)
    return Rows(keys, *_joined(parts))


def joined(parts: Sequence[Rows]) -> Rows:
    """Return the rows of at least one set, one set after the other."""
    return Rows(np.concatenate([part.keys for part in parts]), *_joined(parts))


def _joined(parts: Sequence[MinuteCounters | Rows]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int16], NDArray[np.int64]]:
    """Return the values of these parts and their buckets, which count rows from the start of the first."""
    starts = accumulate((len(part.values) for part in parts[:-1]), initial=0)
    return (
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.bucket_row + start for part, start in zip(parts, starts, strict=True)], dtype=np.int64),
        np.concatenate([part.bucket for part in parts]),
        np.concatenate([part.bucket_count for part in parts]),
    )


def squeezed(rows: Rows) -> Rows:
    """Return as many rows as there are keys; only buckets may still come more than once."""
    group, first = _distinct(rows.keys)
    values = np.zeros((len(first), COUNTER_COUNT), np.int64)
    _add_values(rows.values, group, values)
    return Rows(rows.keys[first], values, group[rows.bucket_row].astype(np.int64), rows.bucket, rows.bucket_count)


class Sums:
    """What it takes to add up rows, `capacity` keys at once: memory that is used again and again. One thread."""

    def __init__(self, capacity: int = KEYS_AT_ONCE_MAX) -> None:
        self._capacity = capacity
        self._values = np.empty((capacity, COUNTER_COUNT), np.int64)
        self._buckets = np.empty((capacity, BUCKETS), np.uint32)
        self._used = np.empty((capacity, 2), np.int64)

    def each(self, rows: Rows, keys_max: int | None = None) -> Iterator[MinuteCounters]:
        """Yield the sums of all keys, or of the `keys_max` that come first, at most `capacity` at once and each time in key order."""
        group, first = _distinct(rows.keys)
        first = first[:keys_max]
        for start in range(0, len(first), self._capacity):
            yield self._sums(rows, group - np.int32(start), first[start : start + self._capacity])

    def _sums(self, rows: Rows, slots: NDArray[np.int32], first: NDArray[np.int32]) -> MinuteCounters:
        """Return the sums of the keys of these rows; `slots` says for every row which of them it has, another number for none."""
        keys, size = rows.keys[first], len(first)
        _clear(size, self._values, self._buckets, self._used)
        _add(rows, slots, size, self._values, self._buckets, self._used)
        order = np.lexsort(keys.T[::-1])
        keys = keys[order]
        bucket_row, bucket, bucket_count = _histograms(order, self._buckets, self._used)
        return MinuteCounters(
            minute=keys[:, 0].copy(),
            service=keys[:, 1].astype(np.int32),
            menu=keys[:, 2].astype(np.int32),
            source=keys[:, 3].astype(np.int16),
            values=self._values[order],
            bucket_row=bucket_row,
            bucket=bucket,
            bucket_count=bucket_count,
        )


def _distinct(keys: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the number of every row's key, by first appearance, and the first row of every key."""
    minute, service, menu, source = keys.T
    return group_rows(minute.copy(), service.copy(), menu << 16 | source, SEED)


@compiled
def _add_values(added: NDArray[np.int64], group: NDArray[np.int32], values: NDArray[np.int64]) -> None:
    for row in range(len(group)):
        for counter in range(COUNTER_COUNT):
            values[group[row], counter] += added[row, counter]


@compiled
def _clear(size: int, values: NDArray[np.int64], buckets: NDArray[np.uint32], used: NDArray[np.int64]) -> None:
    for slot in range(size):
        for counter in range(COUNTER_COUNT):
            values[slot, counter] = 0
        for bucket in range(BUCKETS):
            buckets[slot, bucket] = 0
        used[slot, 0], used[slot, 1] = BUCKETS, 0


@compiled
def _add(
    rows: Rows,
    slots: NDArray[np.int32],
    size: int,
    values: NDArray[np.int64],
    buckets: NDArray[np.uint32],
    used: NDArray[np.int64],
) -> None:
    """Add each row to the sums of its slot; `used` says from which bucket on and up to which there is any."""
    for row in range(len(slots)):
        slot = slots[row]
        if 0 <= slot < size:
            for counter in range(COUNTER_COUNT):
                values[slot, counter] += rows.values[row, counter]
    for entry in range(len(rows.bucket)):
        slot = slots[rows.bucket_row[entry]]
        if 0 <= slot < size:
            at = rows.bucket[entry] - BUCKET_MIN
            buckets[slot, at] = min(np.int64(buckets[slot, at]) + rows.bucket_count[entry], BUCKET_COUNT_MAX)
            used[slot, 0] = min(used[slot, 0], at)
            used[slot, 1] = max(used[slot, 1], at + 1)


@compiled_brief
def _histograms(
    order: NDArray[np.int64], buckets: NDArray[np.uint32], used: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.int64]]:
    """Return row, bucket and count of every bucket that is not 0; row i is slot `order[i]`."""
    size = 0
    for slot in order:
        size += max(0, used[slot, 1] - used[slot, 0])
    bucket_row, bucket, bucket_count = np.empty(size, np.int32), np.empty(size, np.int16), np.empty(size, np.int64)
    entries = 0
    for row in range(len(order)):
        slot = order[row]
        for at in range(used[slot, 0], used[slot, 1]):
            if buckets[slot, at]:
                bucket_row[entries], bucket[entries] = row, at + BUCKET_MIN
                bucket_count[entries] = buckets[slot, at]
                entries += 1
    return bucket_row[:entries].copy(), bucket[:entries].copy(), bucket_count[:entries].copy()
