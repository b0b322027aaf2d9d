"""Describe what a civil day leaves behind: the minutes of a service or menu, and its load times."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from observatory.errors import BadInput

DAY_MINUTES_MAX = 1500
"""A day on which clocks go back; 1380 when they go forward."""


def no_votes() -> NDArray[np.int32]:
    """Return the votes of a strip nobody probed."""
    return np.empty((0, 3), dtype=np.int32)


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
    throttled: NDArray[np.uint32]
    """Requests it turned away (429); not in count."""
    client_error: NDArray[np.uint32]
    """Of count, those answered with a status of 4xx; none was counted before strips had a place for it."""
    probe_ok: NDArray[np.uint8]
    """Votes in force in this minute, held ones included."""
    probe_failed: NDArray[np.uint8]
    verdict: NDArray[np.uint8]
    """`Verdict` of every minute; UNKNOWN for minutes still to come."""
    minute_class: NDArray[np.uint8]
    """`MinuteClass` of every minute."""
    votes: NDArray[np.int32] = field(default_factory=no_votes)
    """Votes as they were cast: rows of (minute of the strip, source, 1 if failed), sorted, unique by the first two.
    Only in strips of menus; with them a day can be judged again after its minute rows are gone."""
    source: int = 0
    """The day's authoritative server source, whose requests are in count, bad and slow; 0: none reported."""
    settled: bool = False
    """The day's minute rows were deleted: those that arrive later are added to what is here, and deleted in their turn."""

    def __post_init__(self) -> None:
        judged = (self.probe_ok, self.probe_failed, self.verdict, self.minute_class)
        lengths = {*map(len, self.requests), *map(len, judged)}
        if lengths != {len(self.count)} or not 0 < len(self.count) <= DAY_MINUTES_MAX:
            raise BadInput(f"day strip of {self.day} has arrays of differing or impossible length")
        if self.votes.ndim != 2 or self.votes.shape[1] != 3:
            raise BadInput(f"day strip of {self.day} has votes of shape {self.votes.shape}")

    def __len__(self) -> int:
        return len(self.count)

    @property
    def requests(self) -> tuple[NDArray[np.uint32], ...]:
        """What was requested: answered or failed, failed, slow, turned away, refused."""
        return self.count, self.bad, self.slow, self.throttled, self.client_error


@dataclass(frozen=True, slots=True)
class DayAccount:
    """What is kept for ever of the minutes of one local day of a service (`menu` = 0) or menu."""

    service: int
    menu: int
    day: date
    first_minute: int
    minutes: NDArray[np.int64]
    """How many of each `MinuteClass`; together the length of the day."""
    partial_share: int
    """Its partial minutes, each charged by the share that failed, in millionths of a minute."""
    evidence_from: int | None
    """The first minute of which anything is known."""

    def __len__(self) -> int:
        return int(self.minutes.sum())


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
    """Whether this is the source figures are made of: the day's one server source, browser, or any probe vantage of an operator."""
    values: NDArray[np.int64]
    """Shape (COUNTER_COUNT,), as in `MinuteCounters.values`."""
    bucket: NDArray[np.int16]
    bucket_count: NDArray[np.int64]
