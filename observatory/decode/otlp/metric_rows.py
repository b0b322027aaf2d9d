"""Check data points as they were sent, and keep those that make sense as MetricPoints.

What the decoders of protobuf and JSON share: which metrics are read, in which unit, and when a point is refused.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, isnan

from observatory.decode import semantic_conventions as names
from observatory.decode.request_rows import RequestRows, Value
from observatory.errors import TooLarge
from observatory.model.columns import Outcome, Source
from observatory.model.metric_points import NO_SUM, Durations, MetricPoint, MetricPoints

POINTS_MAX = 10_000
"""Data points of ours in one body."""
BUCKETS_MAX = 512
"""Buckets of one data point."""
MESSAGES_MAX = 500_000
"""Messages (objects, in JSON) in one body: bounds the memory of decoding, which bytes alone do not."""
COUNT_MAX = 2**53
SUM_US_MAX = 2**62
SCALE_MIN, SCALE_MAX = -10, 20
"""Scales that the OpenTelemetry SDKs use."""
OCTAVES_MAX = 1100
"""No double is further than this many powers of two from 1."""

BAD_POINT, NO_TIME, NO_TEMPORALITY, UNKNOWN_UNIT = "bad_point", "no_time", "no_temporality", "unknown_unit"

DELTA, CUMULATIVE = 1, 2
"""AggregationTemporality of the protocol."""
NO_VALUE = 1
"""Flag of a data point without a value."""

SERIES_BYTES = 16
_UNITS_US = {"s": 1_000_000, "ms": 1000}
_OWN_UNIT = {names.DURATION_S: "s", names.DURATION_MS: "ms"}


def is_read(metric_name: str) -> bool:
    """Say whether a metric is one that counts requests."""
    return metric_name in _OWN_UNIT


@dataclass(frozen=True, slots=True)
class SentBuckets:
    """The histogram of a data point as it was sent."""

    counts: Sequence[int]
    bounds: Sequence[float] | None
    """None: exponential."""
    offset: int = 0
    scale: int = 0
    zero: int = 0
    zero_threshold: float = 0.0
    negative: int = 0
    """Durations under zero, which there cannot be."""


@dataclass(frozen=True, slots=True)
class SentPoint:
    """A data point as it was sent, in the unit of its metric."""

    values: Sequence[Value]
    """By RECORD_SLOTS."""
    attributes: Iterable[bytes]
    """Every attribute, encoded; their order does not matter."""
    start_ns: int
    time_ns: int
    count: int
    sum: float | None
    least: float | None
    most: float | None
    flags: int
    buckets: SentBuckets


@dataclass(frozen=True, slots=True)
class Family:
    """What the data points of one metric of one scope and resource have in common."""

    resource: int
    holder: bytes
    name: str
    unit: str
    temporality: int
    identity: bytes


class MetricRows:
    """Data points of one body, gathered; `points` ends it."""

    def __init__(self) -> None:
        self._rows = RequestRows(Source.OTLP_METRIC)
        self._sent: list[tuple[Family, SentPoint]] = []
        self._points: list[MetricPoint] = []
        self._rejected: dict[str, int] = {}

    def resource(self, values: Sequence[Value], attributes: Iterable[bytes]) -> tuple[int, bytes]:
        """Return row and identity of a resource; `values` by RESOURCE_SLOTS, `attributes` all of them, encoded."""
        return self._rows.resource(values), _digest(sorted(attributes))

    def family(self, resource: tuple[int, bytes], scope: Sequence[bytes], name: str, unit: str, temporality: int) -> Family:
        """Return what the points of a metric are added to; `scope` is whatever tells it from other scopes."""
        row, holder = resource
        identity = _digest([holder, *scope, name.encode(), unit.encode(), bytes([temporality == CUMULATIVE])])
        return Family(row, holder, name, unit or _OWN_UNIT[name], temporality, identity)

    def add(self, family: Family, sent: SentPoint) -> None:
        """Add a data point. Raises TooLarge."""
        if len(self._sent) == POINTS_MAX:
            raise TooLarge(f"cannot decode OTLP metrics: more than {POINTS_MAX} data points of requests", "send smaller batches")
        self._sent.append((family, sent))

    def skip(self, count: int) -> None:
        """Count data points that are none of ours."""
        self._rows.skip(count)

    def points(self) -> MetricPoints:
        """Return everything gathered. Where a resource sends its requests under both names, those under the old one are skipped."""
        new = {family.holder for family, _ in self._sent if family.name == names.DURATION_S}
        for family, sent in self._sent:
            if sent.flags & NO_VALUE or (family.name == names.DURATION_MS and family.holder in new):
                self._rows.skip()
            elif reason := self._keep(family, sent):
                self._rejected[reason] = self._rejected.get(reason, 0) + 1
        return MetricPoints(self._rows.columns(), tuple(self._points), self._rejected)

    def _keep(self, family: Family, sent: SentPoint) -> str:
        """Keep a point; return why it is refused, or nothing."""
        unit_us = _UNITS_US.get(family.unit)
        if unit_us is None:
            return UNKNOWN_UNIT
        if family.temporality not in (DELTA, CUMULATIVE):
            return NO_TEMPORALITY
        cumulative = family.temporality == CUMULATIVE
        if sent.time_ns == 0 or (sent.start_ns == 0 and not cumulative):
            return NO_TIME
        durations = _durations(sent, unit_us)
        if durations is None or sent.start_ns > sent.time_ns:
            return BAD_POINT
        status, marks = self._rows.add_point(family.resource, sent.values, sent.time_ns // 1_000_000)
        bounds = sent.buckets.bounds
        layout = ["exponential", sent.buckets.zero_threshold] if bounds is None else ["explicit", *bounds]
        self._points.append(
            MetricPoint(
                series=_digest([family.identity, *sorted(sent.attributes), repr(layout).encode()]),
                cumulative=cumulative,
                start_ns=sent.start_ns,
                time_ns=sent.time_ns,
                outcome=Outcome(names.outcome_of(status, 0, marks & ~names.HEALTH_ASKED)),
                outcome_when_long=Outcome(names.outcome_of(status, names.PATIENCE_US, marks & ~names.HEALTH_ASKED)),
                health_check=bool(marks & names.HEALTH_ASKED),
                patience_us=names.PATIENCE_US,
                unit_us=unit_us,
                bounds_us=None if bounds is None else tuple(bound * unit_us for bound in bounds),
                durations=durations,
            )
        )
        return ""


def _digest(parts: Iterable[bytes]) -> bytes:
    digest = hashlib.blake2b(digest_size=SERIES_BYTES)
    for part in parts:
        digest.update(len(part).to_bytes(4))
        digest.update(part)
    return digest.digest()


def _durations(sent: SentPoint, unit_us: int) -> Durations | None:
    """Return the histogram of a point in microseconds, None for one that contradicts itself or cannot be."""
    buckets = _explicit(sent) if sent.buckets.bounds is not None else _exponential(sent)
    if buckets is None or not 0 <= sent.count <= COUNT_MAX:
        return None
    sum_us = NO_SUM
    if sent.sum is not None:
        if not 0 <= sent.sum * unit_us <= SUM_US_MAX:  # also refuses NaN
            return None
        sum_us = round(sent.sum * unit_us)
    least, most = sent.least, sent.most
    if sent.count and any(bound is not None and (isnan(bound) or bound < 0) for bound in (least, most)):
        return None
    return Durations(
        count=sent.count,
        sum_us=sum_us,
        buckets=buckets,
        zero=sent.buckets.zero,
        scale=sent.buckets.scale,
        least_us=least * unit_us if sent.count and least is not None and isfinite(least) else 0.0,
        most_us=most * unit_us if sent.count and most is not None and isfinite(most) else None,
    )


def _explicit(sent: SentPoint) -> Mapping[int, int] | None:
    counts, bounds = sent.buckets.counts, sent.buckets.bounds
    assert bounds is not None
    if not counts and not bounds:  # a sender may leave out the buckets: then there is one
        return {0: sent.count} if sent.count else {}
    if len(counts) > BUCKETS_MAX or len(counts) != len(bounds) + 1:
        return None
    if not all(map(isfinite, bounds)) or any(lower >= upper for lower, upper in pairwise(bounds)):
        return None
    return _filled(counts, 0, sent.count)


def _exponential(sent: SentPoint) -> Mapping[int, int] | None:
    buckets = sent.buckets
    if buckets.negative or len(buckets.counts) > BUCKETS_MAX or not SCALE_MIN <= buckets.scale <= SCALE_MAX:
        return None
    if not (isfinite(buckets.zero_threshold) and buckets.zero_threshold >= 0 and 0 <= buckets.zero <= sent.count):
        return None
    filled = _filled(buckets.counts, buckets.offset, sent.count - buckets.zero)
    octave = 2.0**-buckets.scale
    return None if filled is None or any(abs(index) * octave > OCTAVES_MAX for index in filled) else filled


def _filled(counts: Sequence[int], offset: int, total: int) -> Mapping[int, int] | None:
    """Return the buckets that are not empty, None if they do not make up the total."""
    filled = {offset + index: count for index, count in enumerate(counts) if count}
    return filled if sum(filled.values()) == total and min(filled.values(), default=0) >= 0 else None
