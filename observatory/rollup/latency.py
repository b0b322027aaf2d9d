"""Sort durations into buckets of a logarithmic histogram, and compute percentiles of those.

Method section 2: bucket i holds durations of more than GAMMA**(i-1) and at most GAMMA**i milliseconds, so that the
middle of a bucket is within 1 % of all it holds (DDSketch, Masson, Rim and Lee 2019). Merging is adding counts.
The bounds are whole microseconds in a table: the same duration has the same bucket on every machine.
"""

from math import ceil, frexp

import numpy as np
from numpy.typing import NDArray

from observatory.kernels.compiling import compiled
from observatory.model.minute import DURATION_US_MAX

RELATIVE_ERROR = 0.01
GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)

BUCKET_MIN = -345
"""Bucket of 1 microsecond, and of 0."""
BUCKET_MAX = 551
"""Bucket of DURATION_US_MAX."""

_BOUNDS_US = np.array([*(int(GAMMA**bucket * 1000) for bucket in range(BUCKET_MIN, BUCKET_MAX)), DURATION_US_MAX], np.int64)

_CELLS = 64
"""Parts of equal width into which numbers between two powers of two are divided: each is narrower than a bucket, so has at
most one bound in it."""
_STARTS = [
    0 if exponent < 1 else -(-(2 ** (exponent - 1)) * (_CELLS + cell) // _CELLS)
    for exponent in range(DURATION_US_MAX.bit_length() + 1)
    for cell in range(_CELLS)
]
_FIRST_INDEX = np.searchsorted(_BOUNDS_US, _STARTS)
"""Of every cell the bucket of its least whole number."""


@compiled
def bucket_of(duration_us: int) -> int:
    """Return the bucket of a duration in microseconds, 0 to DURATION_US_MAX; what lies outside counts as the nearer end."""
    shown = min(max(duration_us, 1), DURATION_US_MAX)
    fraction, exponent = frexp(shown)
    index = _FIRST_INDEX[exponent * _CELLS + int(fraction * 2 * _CELLS) - _CELLS]
    return int(BUCKET_MIN + index + (shown > _BOUNDS_US[index]))


def middle_ms(bucket: int) -> float:
    """Return the duration in milliseconds that stands for a bucket."""
    return float(2 * GAMMA**bucket / (GAMMA + 1))


def percentile(bucket: NDArray[np.int16], count: NDArray[np.int64], fraction: float) -> float | None:
    """Return the duration in ms that `fraction` (0 to 1) of all records do not exceed, within 1 %; None without records.

    Buckets may come in any order and more than once. The rank is ceil(fraction * n), at least 1 (nearest rank).
    """
    total = int(count.sum())
    if total == 0:
        return None
    order = np.argsort(bucket, kind="stable")
    rank = max(1, ceil(fraction * total))
    index = int(np.searchsorted(np.cumsum(count[order]), rank))
    return min(middle_ms(int(bucket[order[index]])), DURATION_US_MAX / 1000)
