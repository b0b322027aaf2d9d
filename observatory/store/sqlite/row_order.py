"""Compute the order that groups rows of integer columns."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def group(columns: Sequence[NDArray[np.integer]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the order that sorts rows by their columns (equal ones stay in place), and where each distinct row starts in it."""
    key = _packed(columns)
    order = np.argsort(key, kind="stable") if key is not None else np.lexsort(tuple(reversed(columns)))
    changed = np.zeros(max(0, len(order) - 1), np.bool_)
    for column in [key] if key is not None else columns:
        ordered = column[order]
        changed |= ordered[1:] != ordered[:-1]
    return order, np.flatnonzero(np.append(True, changed)) if len(order) else np.empty(0, np.int64)


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
