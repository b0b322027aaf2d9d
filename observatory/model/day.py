"""What a civil day leaves behind: the minutes of a service or menu, and its load times."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from observatory.errors import BadInput

DAY_MINUTES_MAX = 1500
"""A day on which clocks go back; 1380 when they go forward."""


@dataclass(frozen=True, slots=True)
class DayStrip:
    """Every minute of one local day of a service (`menu` = 0: as a whole, registered menus pooled) or menu.

    Arrays have one entry per minute, the first is UTC minute `first_minute`. Enough to recompute every published
    number of downtime and failures.
    """

    service: int
    menu: int
    day: date
    first_minute: int
    count: NDArray[np.uint32]
    """Good and bad requests of the authoritative server source."""
    bad: NDArray[np.uint32]
    slow: NDArray[np.uint32]
    probe_ok: NDArray[np.uint8]
    """Votes in force in this minute, held ones included."""
    probe_failed: NDArray[np.uint8]
    verdict: NDArray[np.uint8]
    """`Verdict` of every minute; UNKNOWN for minutes still to come."""
    minute_class: NDArray[np.uint8]
    """`MinuteClass` of every minute."""

    def __post_init__(self) -> None:
        arrays = (self.count, self.bad, self.slow, self.probe_ok, self.probe_failed, self.verdict, self.minute_class)
        if {len(array) for array in arrays} != {len(self.count)} or not 0 < len(self.count) <= DAY_MINUTES_MAX:
            raise BadInput(f"day strip of {self.day} has arrays of differing or impossible length")


@dataclass(frozen=True, slots=True)
class DayLoad:
    """Summed counters of one local day, service, menu and source, with the histogram of load times.

    `menu` = 0 is the requests no menu matched (unlike in a strip).
    """

    service: int
    menu: int
    day: date
    source: int
    authoritative: bool
    """Whether this is the source figures are made of: the day's one server source, browser, or any probe vantage."""
    values: NDArray[np.int64]
    """Shape (COUNTER_COUNT,), as in `MinuteCounters.values`."""
    bucket: NDArray[np.int16]
    bucket_count: NDArray[np.int64]
