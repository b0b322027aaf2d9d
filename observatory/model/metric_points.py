"""Describe data points of metrics: many requests each, as a histogram of how long they took."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from observatory.model.columns import Outcome, RequestColumns

NO_SUM = -1


@dataclass(frozen=True, slots=True)
class Durations:
    """How long some requests took, in the buckets of their sender; what they have in common is in `MetricPoint`."""

    count: int
    sum_us: int
    """Microseconds; NO_SUM = the sender did not say."""
    buckets: Mapping[int, int]
    """Requests by number of bucket, none of them 0."""
    zero: int = 0
    """Requests in the bucket around zero that exponential histograms have."""
    scale: int = 0
    """Of an exponential histogram: bucket i holds what is over b**i and at most b**(i + 1), b = 2**(2**-scale)."""
    least_us: float = 0.0
    most_us: float | None = None
    """Nothing took less or more, as far as the sender said."""


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """One data point of one series."""

    series: bytes
    """Hash of everything that tells the series from others."""
    cumulative: bool
    """Whether it counts since `start_ns` over and over again, or only what came after the point before."""
    start_ns: int
    """Nanoseconds since 1970 UTC; 0 = the sender did not say."""
    time_ns: int
    outcome: Outcome
    """Of its requests that took less than `patience_us`."""
    outcome_when_long: Outcome
    health_check: bool
    """Of the others: whoever gives up after that long was failed by the service."""
    patience_us: int
    unit_us: int
    """Microseconds that a duration of 1 stands for in an exponential histogram."""
    bounds_us: tuple[float, ...] | None
    """Bounds of explicit buckets, bucket i is at most bound i; None: exponential."""
    durations: Durations


@dataclass(frozen=True, slots=True)
class MetricPoints:
    """Decoded data points of one body, before anyone asked which service they belong to."""

    columns: RequestColumns
    """One row for each point: whose, route, end and status of its requests; no durations."""
    points: tuple[MetricPoint, ...]
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Points of ours that cannot be used, by reason."""
