"""Many MinuteCounters in, their sum out: one pass over all rows of a group commit, whatever the number of batches."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from observatory.model.minute import MinuteCounters

KEY_COLUMNS = ("minute", "service", "menu", "source")
BUCKET_BITS = 16


def pool(parts: Sequence[MinuteCounters]) -> MinuteCounters:
    """Return the sum of at least one set of counters; order and splitting of the parts do not matter."""
    if len(parts) == 1:
        return parts[0]
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in KEY_COLUMNS]
    order, starts = group(columns)
    if not len(order):
        return parts[0]
    row_of = np.empty(len(order), np.int64)
    row_of[order] = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(order)))
    minute, service, menu, source = (column[order[starts]] for column in columns)
    bucket_row, bucket, bucket_count = _pool_histograms(parts, row_of)
    return MinuteCounters(
        minute=minute,
        service=service,
        menu=menu,
        source=source,
        values=np.add.reduceat(np.concatenate([part.values for part in parts])[order], starts),
        bucket_row=bucket_row,
        bucket=bucket,
        bucket_count=bucket_count,
    )


def group(columns: Sequence[NDArray[np.integer]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the order that sorts rows by their columns (equal ones stay in place), and where each distinct row starts in it."""
    key = _packed(columns)
    order = np.argsort(key, kind="stable") if key is not None else np.lexsort(tuple(reversed(columns)))
    changed = np.zeros(max(0, len(order) - 1), np.bool_)
    for column in [key] if key is not None else columns:
        ordered = column[order]
        changed |= ordered[1:] != ordered[:-1]
    return order, np.flatnonzero(np.append(True, changed)) if len(order) else np.empty(0, np.int64)


def find_rows(counters: MinuteCounters, wanted: MinuteCounters) -> NDArray[np.int64]:
    """Return where in `counters` the keys of `wanted` are; all of them must be there."""
    columns = [np.concatenate([getattr(counters, name), getattr(wanted, name)]) for name in KEY_COLUMNS]
    order, starts = group(columns)
    last = np.append(starts[1:], len(order)) - 1
    both = last > starts
    return order[starts[both]]


def _pool_histograms(
    parts: Sequence[MinuteCounters], row_of: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.int64]]:
    """Return the histograms of all parts, added up; `row_of` names the new row of every old one."""
    offsets = np.cumsum([0] + [len(part) for part in parts[:-1]])
    rows = np.concatenate([row_of[part.bucket_row + offset] for part, offset in zip(parts, offsets.tolist(), strict=True)])
    buckets = np.concatenate([part.bucket for part in parts])
    counts = np.concatenate([part.bucket_count for part in parts])
    key = rows << BUCKET_BITS | (buckets.astype(np.int64) + (1 << BUCKET_BITS - 1))
    order = np.argsort(key, kind="stable")
    if not len(order):
        return rows.astype(np.int32), buckets, counts
    key = key[order]
    starts = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    first = order[starts]
    return rows[first].astype(np.int32), buckets[first], np.add.reduceat(counts[order], starts)


def _packed(columns: Sequence[NDArray[np.integer]]) -> NDArray[np.int64] | None:
    """Return one integer for each row that sorts as its columns do, or None if their ranges do not fit into 63 bits."""
    key = np.zeros(len(columns[0]), np.int64)
    bits = 0
    for column in columns:
        low, high = (int(column.min()), int(column.max())) if len(column) else (0, 0)
        width = (high - low).bit_length()
        bits += width
        if bits > 63:
            return None
        key = key << width | (column.astype(np.int64) - low)
    return key
