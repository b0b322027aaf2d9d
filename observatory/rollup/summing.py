"""Rows of two sets of counters come in, where they land in the sum goes out: the compiled arithmetic under `minutes.merge`.

Both are sorted, so that one pass is enough.
"""

import numpy as np
from numpy.typing import NDArray

from observatory.compiled import compiled_maker


def pack(row: NDArray[np.int64], bucket: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one sortable key per (row, bucket)."""
    return row << 16 | (bucket + 32768)


def unpack(key: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
    """Return row and bucket of every key that `pack` made."""
    return (key >> 16).astype(np.int32), ((key & 0xFFFF) - 32768).astype(np.int16)


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
