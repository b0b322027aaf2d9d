"""Tell what is new in a point of a cumulative series, by what is known of the series.

Method section 2: same start and nothing fell, the difference; another start or something fell, the value itself; first
sight of the series, nothing. Countings of a series that differ in their start are followed side by side, so that neither
late points of an earlier counting nor two processes that share a name are counted twice.
"""

from dataclasses import dataclass

import msgspec

from observatory.model.metric_points import Durations, MetricPoint
from observatory.rollup.points.counters import reason_against
from observatory.rollup.points.durations import since

COUNTINGS_MAX = 16
"""Countings of one series that are remembered."""
OUT_OF_ORDER = "out_of_order"


class Counting(msgspec.Struct, frozen=True, array_like=True):
    """The newest point of one counting of a series."""

    start_ns: int
    time_ns: int
    count: int
    sum_us: int
    buckets: dict[int, int]
    zero: int
    scale: int

    @property
    def durations(self) -> Durations:
        """The histogram of that point."""
        return Durations(self.count, self.sum_us, self.buckets, self.zero, self.scale)


Known = tuple[Counting, ...]
"""Everything known of a series; nothing at first."""

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Known)


def to_bytes(known: Known) -> bytes:
    """Return what is known of a series as a store keeps it."""
    return _ENCODER.encode(known)


def of_bytes(state: bytes | None) -> Known:
    """Return what `to_bytes` made bytes of."""
    return () if state is None else _DECODER.decode(state)


@dataclass(frozen=True, slots=True)
class Step:
    """What a point changes."""

    known: Known
    new: Durations | None = None
    """Requests that were never counted, None without any."""
    reason: str = ""
    """Why the point is refused; what is known may change all the same."""


def step(known: Known, point: MetricPoint) -> Step:
    """Return what a point of a series adds to what is known of it."""
    before = next((counting for counting in known if counting.start_ns == point.start_ns), None)
    if before is not None and point.time_ns <= before.time_ns:
        return Step(known, reason="" if _counting_of(point) == before else OUT_OF_ORDER)
    others = tuple(counting for counting in known if counting is not before)
    if len(others) == COUNTINGS_MAX:
        oldest = min(others, key=lambda counting: counting.start_ns)
        if point.start_ns < oldest.start_ns:
            return Step(known, reason=OUT_OF_ORDER)
        others = tuple(counting for counting in others if counting is not oldest)
    after = (*others, _counting_of(point))
    if not known or (before is None and point.start_ns == 0):
        return Step(after)
    new = point.durations if before is None else since(before.durations, point.durations) or point.durations
    reason = reason_against(new, point.start_ns if before is None else before.time_ns, point.time_ns)
    return Step(after, reason=reason) if reason or not new.count else Step(after, new)


def _counting_of(point: MetricPoint) -> Counting:
    durations = point.durations
    return Counting(
        point.start_ns, point.time_ns, durations.count, durations.sum_us, dict(durations.buckets), durations.zero, durations.scale
    )
