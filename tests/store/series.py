"""Points of cumulative series for tests of stores."""

from datetime import datetime

from observatory.model.metric_points import MetricPoint
from observatory.rollup.minutes import no_counters
from observatory.rollup.points.updates import Counted, SeriesUpdates
from observatory.store.telemetry import Batch, TelemetryStore
from tests.moments import NOW
from tests.rollup.data_points import NOW_S, a_point, durations, placed
from tests.store.counted import a_key


def a_state(count: int, seconds: int, series: bytes = b"s") -> MetricPoint:
    """Return a point that came `seconds` after now."""
    return a_point(durations({0: count}, count * 50_000), series=series, start_s=NOW_S - 3600, time_s=NOW_S + seconds)


def a_batch(*points: MetricPoint, key: bytes | None = None, received_at: datetime = NOW, service: int = 1) -> Batch:
    """Return a batch of points of series."""
    updates = SeriesUpdates([placed(point, service=service) for point in points], received_at, None)
    return Batch(no_counters(), received_at, key and a_key(key), series=updates)


def counted_of(batch: Batch) -> Counted:
    """Return what became of the points of a batch."""
    assert batch.series is not None
    assert batch.series.counted is not None
    return batch.series.counted


def requests(store: TelemetryStore) -> int:
    """Return how many requests a store counted."""
    return sum(row[3] for row in store.request_totals())
