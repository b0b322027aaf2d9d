"""Turn data points of metrics, with the service and menu of each, into MinuteCounters.

A point's requests count in the minute of its time. Their class is that of the point's attributes; where it depends on
the duration, of each bucket's. The sum of the durations is the sender's, exact; only the histogram is by buckets. A point without
a sum is in the histogram alone, one whose buckets do not tell fast from slow in the sum alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from observatory.model.columns import NO_STATUS, Outcome, Source
from observatory.model.left_out import LeftOut
from observatory.model.metric_points import NO_SUM, Durations, MetricPoint, MetricPoints
from observatory.model.minute import (
    BANDS_US,
    COUNTER_COUNT,
    DURATION_US_MAX,
    STATUS_CLIENT_ERROR,
    STATUS_CLIENT_ERROR_END,
    STATUS_NOT_MODIFIED,
    STATUS_OK,
    STATUS_OK_END,
    Counter,
    MinuteCounters,
)
from observatory.rollup.attribution import Attributed
from observatory.rollup.counting import CLOCK_AHEAD_MS_MAX, MINUTE_MS
from observatory.rollup.latency import bucket_of
from observatory.rollup.left_out import add_up_left_out, is_late
from observatory.rollup.minutes import RolledUp
from observatory.rollup.points.durations import least_sum_us, representatives, surely_capped, tell_load_times

SPAN_MAX = timedelta(minutes=5)
"""A point that spans more is no evidence of a minute."""
REQUESTS_MAX = 10**7
"""More requests than this in one series within SPAN_MAX are no measurement."""
SPAN_TOO_LONG, TOO_MANY_REQUESTS = "span_too_long", "too_many_requests"

_SPAN_NS = SPAN_MAX // timedelta(microseconds=1) * 1000
_BANDS = tuple(zip(BANDS_US, (Counter.WITHIN_3S, Counter.WITHIN_5S, Counter.WITHIN_8S), strict=True))
_CLASS_COUNTER = {Outcome.THROTTLED: Counter.THROTTLED, Outcome.EXCLUDED: Counter.EXCLUDED}


@dataclass(frozen=True, slots=True)
class PlacedPoint:
    """Some requests of a data point, and whose they are."""

    point: MetricPoint
    durations: Durations
    service: int
    menu: int
    slow_us: int
    status: int
    excluded: bool = False
    """A health check of a menu that does not name it."""

    @property
    def came(self) -> bool:
        """Whether its good requests brought a page, so that theirs are load times."""
        return self.status == NO_STATUS or STATUS_OK <= self.status < STATUS_OK_END


def place_points(points: MetricPoints, attributed: Attributed) -> list[PlacedPoint]:
    """Return the points that belong to a service, with all their requests."""
    columns = attributed.service_index, attributed.menu_index, attributed.slow_us, points.columns.status
    places = zip(*(column.tolist() for column in columns), strict=True)
    return [
        PlacedPoint(
            point, point.durations, service, menu, slow_us, status, excluded=point.health_check and menu not in attributed.health_menus
        )
        for point, (service, menu, slow_us, status) in zip(points.points, places, strict=True)
        if service >= 0
    ]


def reason_against(durations: Durations, start_ns: int, time_ns: int) -> str:
    """Return why requests between two moments are no evidence of a minute, nothing if they are."""
    if durations.count and time_ns - start_ns > _SPAN_NS:
        return SPAN_TOO_LONG
    return TOO_MANY_REQUESTS if durations.count > REQUESTS_MAX else ""


def roll_up_points(placed: Sequence[PlacedPoint], received_at: datetime, oldest: datetime | None) -> RolledUp:
    """Return the counters of all points; `oldest` None takes points of any age. Accepted are points, not requests."""
    received_ms, oldest_ms = _milliseconds(received_at), 0 if oldest is None else _milliseconds(oldest)
    rows: dict[tuple[int, int, int], _Row] = {}
    too_late = clamped = 0
    left_out: list[LeftOut] = []
    for each in placed:
        end_ms = each.point.time_ns // 1_000_000
        if end_ms < oldest_ms:
            too_late += 1
            left_out.append(LeftOut(each.service, "rejected", 1))
            continue
        if is_late(end_ms, received_ms):
            left_out.append(LeftOut(each.service, "late", 1))
        if end_ms > received_ms + CLOCK_AHEAD_MS_MAX:
            clamped += 1
            rows.setdefault((received_ms // MINUTE_MS, each.service, each.menu), _Row()).values[Counter.CLAMPED] += each.durations.count
            end_ms = received_ms
        rows.setdefault((end_ms // MINUTE_MS, each.service, each.menu), _Row()).add(each)
    return RolledUp(_counters(rows), len(placed) - too_late, too_late, clamped, left_out=add_up_left_out(left_out))


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


class _Row:
    """One row of counters in the making."""

    def __init__(self) -> None:
        self.values = [0] * COUNTER_COUNT
        self.buckets: dict[int, int] = {}

    def add(self, placed: PlacedPoint) -> None:
        """Add the requests of a point."""
        point, durations = placed.point, placed.durations
        came = failed = failed_us = 0
        summed, sorted_out = durations.sum_us != NO_SUM, tell_load_times(point, durations)
        for representative_us, count in representatives(point, durations):
            told = point.outcome if representative_us < point.patience_us else point.outcome_when_long
            outcome = Outcome.EXCLUDED if placed.excluded else told
            if outcome in _CLASS_COUNTER:
                self.values[_CLASS_COUNTER[outcome]] += count
                continue
            self.values[Counter.COUNT] += count
            self.values[Counter.SLOW] += count if representative_us > placed.slow_us else 0
            if outcome == Outcome.BAD:
                self.values[Counter.BAD] += count
                failed, failed_us = failed + count, failed_us + count * min(representative_us, DURATION_US_MAX)
            elif not placed.came:
                self._add_status(placed.status, count)
            else:
                came += count
                if sorted_out:
                    self._add_to_histogram(representative_us, count)
        sum_us = max(durations.sum_us, least_sum_us(point, durations))
        self.values[Counter.CAPPED] += min(came, surely_capped(point, durations))
        if came and summed:
            self.values[Counter.TIMED] += came
            self.values[Counter.DURATION_US] += min(sum_us, came * DURATION_US_MAX)
        if failed and summed:
            exact_us = min(sum_us, failed * DURATION_US_MAX)
            self.values[Counter.FAILED_WAIT] += failed
            self.values[Counter.FAILED_WAIT_US] += exact_us if failed == durations.count else failed_us

    def _add_status(self, status: int, count: int) -> None:
        """Add good requests that brought no page."""
        self.values[Counter.CLIENT_ERROR] += count if STATUS_CLIENT_ERROR <= status < STATUS_CLIENT_ERROR_END else 0
        self.values[Counter.NOT_MODIFIED] += count if status == STATUS_NOT_MODIFIED else 0

    def _add_to_histogram(self, representative_us: int, count: int) -> None:
        """Add the requests of a bucket to the histogram and the bands."""
        bucket = int(bucket_of(min(representative_us, DURATION_US_MAX)))
        self.buckets[bucket] = self.buckets.get(bucket, 0) + count
        for bound_us, band in _BANDS:
            self.values[band] += count if representative_us <= bound_us else 0
        self.values[Counter.BEYOND_8S] += count if representative_us > BANDS_US[-1] else 0


def _counters(rows: dict[tuple[int, int, int], _Row]) -> MinuteCounters:
    keys = sorted(rows)
    entries = [(row, bucket, count) for row, key in enumerate(keys) for bucket, count in sorted(rows[key].buckets.items())]
    table = np.array(entries, np.int64).reshape(len(entries), 3)
    columns = np.array(keys, np.int64).reshape(len(keys), 3)
    return MinuteCounters(
        minute=columns[:, 0].copy(),
        service=columns[:, 1].astype(np.int32),
        menu=columns[:, 2].astype(np.int32),
        source=np.full(len(keys), int(Source.OTLP_METRIC), np.int16),
        values=np.array([rows[key].values for key in keys], np.int64).reshape(len(keys), COUNTER_COUNT),
        bucket_row=table[:, 0].astype(np.int32),
        bucket=table[:, 1].astype(np.int16),
        bucket_count=table[:, 2].copy(),
    )
