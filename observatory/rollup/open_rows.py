"""Counters of many bodies come in, the sums of the rows they touch go out: kept as arrays, added to by compiled code.

Minutes that still grow are added to many times a second. Here that costs nothing but the addition: no row is read again
that is known, and none is touched by Python.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from observatory.compiled import compiled, compiled_maker
from observatory.model.minute import BUCKET_COUNT_MAX, COUNTER_COUNT, MinuteCounters
from observatory.rollup.grouping import SEED, mix
from observatory.rollup.latency import BUCKET_MAX, BUCKET_MIN

KEY_COLUMNS = 4
"""Minute, service, menu, source."""
BUCKETS = BUCKET_MAX - BUCKET_MIN + 1


class Rows(NamedTuple):
    """Counters of some bodies, in any order; a key may come more than once."""

    keys: NDArray[np.int64]
    """Shape (n, KEY_COLUMNS)."""
    values: NDArray[np.int64]
    """Shape (n, COUNTER_COUNT)."""
    bucket_row: NDArray[np.int64]
    bucket: NDArray[np.int16]
    bucket_count: NDArray[np.int64]

    def part(self, start: int, end: int) -> "Rows":
        """Return the rows in [start, end); their buckets must be in order of rows."""
        first, last = np.searchsorted(self.bucket_row, (start, end)).tolist()
        return Rows(
            self.keys[start:end],
            self.values[start:end],
            self.bucket_row[first:last] - start,
            self.bucket[first:last],
            self.bucket_count[first:last],
        )


def rows_of(parts: Sequence[MinuteCounters]) -> Rows:
    """Return the rows of at least one set of counters, one set after the other."""
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in ("minute", "service", "menu", "source")]
    starts = np.cumsum([0, *map(len, parts[:-1])]).tolist()
    return Rows(
        np.stack(columns, axis=1, dtype=np.int64),
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.bucket_row + start for part, start in zip(parts, starts, strict=True)], dtype=np.int64),
        np.concatenate([part.bucket for part in parts]),
        np.concatenate([part.bucket_count for part in parts]),
    )


class _Table(NamedTuple):
    """Distinct keys by slot, and their sums."""

    places: NDArray[np.int32]
    """Open addressing: slots, -1 is free. A power of two, at least twice the capacity."""
    keys: NDArray[np.int64]
    values: NDArray[np.int64]
    buckets: NDArray[np.uint32]
    """Shape (capacity, BUCKETS)."""
    used: NDArray[np.int64]
    """Shape (capacity, 2): the first bucket that is not 0, and the one after the last."""
    size: NDArray[np.int64]
    """One element."""


class OpenRows:
    """Sums by key, up to `capacity` of them. One thread."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._table = _Table(
            places=np.full(2 << (capacity - 1).bit_length(), -1, np.int32),
            keys=np.empty((capacity, KEY_COLUMNS), np.int64),
            values=np.empty((capacity, COUNTER_COUNT), np.int64),
            buckets=np.empty((capacity, BUCKETS), np.uint32),
            used=np.empty((capacity, 2), np.int64),
            size=np.zeros(1, np.int64),
        )

    @property
    def room(self) -> int:
        """How many more keys there is room for."""
        return self.capacity - int(self._table.size[0])

    def clear(self) -> None:
        """Forget everything."""
        self._table.places.fill(-1)
        self._table.size[0] = 0

    def find(self, keys: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the slot of every key, -1 for those without."""
        slots = np.empty(len(keys), np.int32)
        _find(self._table, keys, slots, SEED)
        return slots

    def open(self, keys: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Return the slot of every key, and which had none before: their sums are 0. There must be room."""
        slots, fresh = np.empty(len(keys), np.int32), np.zeros(len(keys), np.bool_)
        _open(self._table, keys, slots, fresh, SEED)
        return slots, fresh

    def add(self, slots: NDArray[np.int32], rows: Rows) -> None:
        """Add each row to the sums of a slot; those of a negative one are left out."""
        _add(self._table, slots, rows)

    def sums(self, slots: NDArray[np.int32]) -> MinuteCounters:
        """Return the sums of these slots, each once, in key order."""
        slots = np.unique(slots)
        keys = self._table.keys[slots]
        slots = slots[np.lexsort(keys.T[::-1])]
        keys = self._table.keys[slots]
        bucket_row, bucket, bucket_count = _histograms(self._table, slots)
        return MinuteCounters(
            minute=keys[:, 0].copy(),
            service=keys[:, 1].astype(np.int32),
            menu=keys[:, 2].astype(np.int32),
            source=keys[:, 3].astype(np.int16),
            values=self._table.values[slots],
            bucket_row=bucket_row,
            bucket=bucket,
            bucket_count=bucket_count,
        )


@compiled
def _place(table: _Table, keys: NDArray[np.int64], row: int, seed: np.uint64) -> int:
    """Return the place of a key's slot, or where that would be."""
    bits = seed
    for part in range(KEY_COLUMNS):
        bits = mix(np.uint64(keys[row, part]) ^ bits)
    mask = np.uint64(len(table.places) - 1)
    place = bits & mask
    while table.places[place] >= 0:
        found, same = table.places[place], True
        for part in range(KEY_COLUMNS):
            same &= table.keys[found, part] == keys[row, part]
        if same:
            break
        place = (place + np.uint64(1)) & mask
    return int(place)


@compiled
def _find(table: _Table, keys: NDArray[np.int64], slots: NDArray[np.int32], seed: np.uint64) -> None:
    for row in range(len(keys)):
        slots[row] = table.places[_place(table, keys, row, seed)]


@compiled
def _open(table: _Table, keys: NDArray[np.int64], slots: NDArray[np.int32], fresh: NDArray[np.bool_], seed: np.uint64) -> None:
    for row in range(len(keys)):
        place = _place(table, keys, row, seed)
        slot = table.places[place]
        if slot < 0:
            slot = table.size[0]
            table.size[0] += 1
            table.places[place] = slot
            for part in range(KEY_COLUMNS):
                table.keys[slot, part] = keys[row, part]
            for counter in range(COUNTER_COUNT):
                table.values[slot, counter] = 0
            for bucket in range(BUCKETS):
                table.buckets[slot, bucket] = 0
            table.used[slot, 0], table.used[slot, 1] = BUCKETS, 0
            fresh[row] = True
        slots[row] = slot


@compiled
def _add(table: _Table, slots: NDArray[np.int32], rows: Rows) -> None:
    for row in range(len(slots)):
        if slots[row] >= 0:
            for counter in range(COUNTER_COUNT):
                table.values[slots[row], counter] += rows.values[row, counter]
    for entry in range(len(rows.bucket)):
        slot = slots[rows.bucket_row[entry]]
        if slot >= 0:
            at = rows.bucket[entry] - BUCKET_MIN
            table.buckets[slot, at] = min(np.int64(table.buckets[slot, at]) + rows.bucket_count[entry], BUCKET_COUNT_MAX)
            table.used[slot, 0] = min(table.used[slot, 0], at)
            table.used[slot, 1] = max(table.used[slot, 1], at + 1)


@compiled_maker
def _histograms(table: _Table, slots: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.int64]]:
    """Return row, bucket and count of every bucket of these slots that is not 0, in order."""
    size = 0
    for row in range(len(slots)):
        size += max(0, table.used[slots[row], 1] - table.used[slots[row], 0])
    bucket_row, bucket, bucket_count = np.empty(size, np.int32), np.empty(size, np.int16), np.empty(size, np.int64)
    entries = 0
    for row in range(len(slots)):
        slot = slots[row]
        for at in range(table.used[slot, 0], table.used[slot, 1]):
            if table.buckets[slot, at]:
                bucket_row[entries], bucket[entries] = row, at + BUCKET_MIN
                bucket_count[entries] = table.buckets[slot, at]
                entries += 1
    return bucket_row[:entries].copy(), bucket[:entries].copy(), bucket_count[:entries].copy()
