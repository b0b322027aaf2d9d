"""Describe counters of one minute, service, menu and source: what records become, and all that is kept of most of them."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from observatory.errors import BadInput

DURATION_US_MAX = 60_000_000
"""A longer duration enters as this much and is counted as capped."""


class Counter(IntEnum):
    """Columns of `MinuteCounters.values`. All integers, all additive."""

    COUNT = 0
    """Good and bad records: the base of every ratio."""
    BAD = 1
    SLOW = 2
    THROTTLED = 3
    EXCLUDED = 4
    TIMED = 5
    """Pages that came (good, of status 2xx or none) with a duration."""
    DURATION_US = 6
    """Sum over the timed records, microseconds."""
    CAPPED = 7
    ABANDONED = 8
    CLIENT_ERROR = 9
    """Good records of status 4xx."""
    NOT_MODIFIED = 10
    """Good records of status 304: nothing was sent, so nothing loaded."""
    WITHIN_3S = 11
    """Timed records of at most so long; each band holds the shorter ones as well."""
    WITHIN_5S = 12
    WITHIN_8S = 13
    BEYOND_8S = 14
    """The other timed ones. With WITHIN_8S all that were sorted into bands: minutes stored before there were any have none."""
    FAILED_WAIT = 15
    """Bad records with a duration."""
    FAILED_WAIT_US = 16
    """Sum over those, microseconds, of each at most DURATION_US_MAX."""
    CLAMPED = 17
    """Records, excluded ones too, that count at the time of receipt because their clock ran ahead."""


COUNTER_COUNT = len(Counter)

BANDS_US = (3_000_000, 5_000_000, 8_000_000)
"""Bounds of the load-time bands: 3, 5 and 8 seconds."""

STATUS_OK, STATUS_OK_END = 200, 300
STATUS_NOT_MODIFIED = 304
STATUS_CLIENT_ERROR, STATUS_CLIENT_ERROR_END = 400, 500

BUCKET_COUNT_MAX = 2**32 - 1
"""More records than this in one bucket of one stored row count as this many."""


@dataclass(frozen=True, slots=True)
class MinuteCounters:
    """One row per (minute, service, menu, source), sorted by that key, keys unique.

    The histogram of load times is sparse: entry j says that row `bucket_row[j]` has `bucket_count[j]` timed
    records in latency bucket `bucket[j]` (`rollup.latency` defines buckets). Sorted by (row, bucket), unique.
    """

    minute: NDArray[np.int64]
    """Minutes since 1970 UTC."""
    service: NDArray[np.int32]
    menu: NDArray[np.int32]
    source: NDArray[np.int16]
    values: NDArray[np.int64]
    """Shape (rows, COUNTER_COUNT)."""
    bucket_row: NDArray[np.int32]
    bucket: NDArray[np.int16]
    bucket_count: NDArray[np.int64]

    def __post_init__(self) -> None:
        rows = len(self.minute)
        if not (len(self.service) == len(self.menu) == len(self.source) == rows and self.values.shape == (rows, COUNTER_COUNT)):
            raise BadInput("minute counters differ in length")
        if not len(self.bucket_row) == len(self.bucket) == len(self.bucket_count):
            raise BadInput("histogram columns differ in length")

    def __len__(self) -> int:
        return len(self.minute)
