"""Data points for rollup tests: plain values, what a test does not care about filled in."""

from collections.abc import Mapping

from observatory.model.columns import NO_STATUS, Outcome
from observatory.model.metric_points import Durations, MetricPoint
from observatory.rollup.points.counters import PlacedPoint
from tests.moments import NOW

NOW_S = int(NOW.timestamp())
BOUNDS_US = (100_000.0, 1_000_000.0, 5_000_000.0)
MENU = 11


def durations(buckets: Mapping[int, int], sum_us: int = 0, *, scale: int = 0, zero: int = 0, **limits: float) -> Durations:
    return Durations(sum(buckets.values()) + zero, sum_us, buckets, zero, scale, **limits)


def a_point(
    held: Durations | None = None,
    *,
    series: bytes = b"s",
    cumulative: bool = True,
    start_s: int = NOW_S - 3600,
    time_s: int = NOW_S,
    outcome: Outcome = Outcome.GOOD,
    outcome_when_long: Outcome | None = None,
    bounds_us: tuple[float, ...] | None = BOUNDS_US,
    health_check: bool = False,
) -> MetricPoint:
    """Return a point of one request of less than 0.1 s, or of others."""
    return MetricPoint(
        series=series,
        cumulative=cumulative,
        start_ns=start_s * 10**9,
        time_ns=time_s * 10**9,
        outcome=outcome,
        outcome_when_long=outcome_when_long or outcome,
        health_check=health_check,
        patience_us=10_000_000,
        unit_us=1_000_000,
        bounds_us=bounds_us,
        durations=held or durations({0: 1}, 50_000),
    )


def placed(point: MetricPoint, *, service: int = 1, slow_us: int = 3_000_000, status: int = NO_STATUS) -> PlacedPoint:
    return PlacedPoint(point, point.durations, service, MENU, slow_us, status)
