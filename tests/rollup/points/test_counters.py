"""Data points become counters of minutes."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from observatory.model.columns import Outcome, Source
from observatory.model.metric_points import NO_SUM, Durations
from observatory.model.minute import Counter
from observatory.rollup.latency import bucket_of
from observatory.rollup.minutes import RolledUp
from observatory.rollup.points.counters import PlacedPoint, roll_up_points
from observatory.rollup.points.updates import count_deltas
from tests.moments import NOW
from tests.rollup.data_points import MENU, NOW_S, a_point, durations, placed

OLDEST = NOW - timedelta(hours=72)


def rolled(*points: PlacedPoint) -> RolledUp:
    return roll_up_points(points, NOW, OLDEST)


def values(*points: PlacedPoint) -> dict[Counter, int]:
    """Return the counters of the only row that are not 0."""
    (row,) = rolled(*points).counters.values.tolist()
    return {counter: row[counter] for counter in Counter if row[counter]}


def test_a_point_counts_in_the_minute_of_its_time_with_its_own_sum_and_in_our_buckets() -> None:
    counters = rolled(placed(a_point(durations({0: 3, 2: 1}, 2_650_001)))).counters
    assert (counters.minute.tolist(), counters.service.tolist(), counters.menu.tolist()) == ([NOW_S // 60], [1], [MENU])
    assert counters.source.tolist() == [Source.OTLP_METRIC]
    assert values(placed(a_point(durations({0: 3, 2: 1}, 2_650_001)))) == {
        Counter.COUNT: 4,
        Counter.TIMED: 4,
        Counter.DURATION_US: 2_650_001,
        **dict.fromkeys((Counter.WITHIN_3S, Counter.WITHIN_5S, Counter.WITHIN_8S), 4),
    }
    assert counters.bucket.tolist() == [bucket_of(50_000), bucket_of(2_236_068)]
    assert counters.bucket_count.tolist() == [3, 1]


def test_requests_are_slow_whose_bucket_stands_for_more_than_the_threshold() -> None:
    point = a_point(durations({0: 3, 2: 1}))
    assert values(placed(point, slow_us=2_236_067))[Counter.SLOW] == 1
    assert Counter.SLOW not in values(placed(point, slow_us=2_236_068))


def test_failed_requests_have_no_load_time_but_may_be_slow() -> None:
    assert values(placed(a_point(durations({0: 3, 3: 2}, 10**7), outcome=Outcome.BAD))) == {
        Counter.COUNT: 5,
        Counter.BAD: 5,
        Counter.SLOW: 2,
        Counter.FAILED_WAIT: 5,
        Counter.FAILED_WAIT_US: 10**7,
    }


@pytest.mark.parametrize(
    ("status", "counter"), [(301, None), (304, Counter.NOT_MODIFIED), (404, Counter.CLIENT_ERROR), (499, Counter.CLIENT_ERROR)]
)
def test_good_requests_that_brought_no_page_have_no_load_time(status: int, counter: Counter | None) -> None:
    expected = {Counter.COUNT: 4} | ({counter: 4} if counter else {})
    assert values(placed(a_point(durations({0: 3, 2: 1}, 2_650_001)), status=status)) == expected


def test_requests_are_sorted_into_bands_by_what_their_bucket_stands_for() -> None:
    counted = values(placed(a_point(durations({1: 1, 2: 2, 3: 3}, 10**7), bounds_us=(500_000.0, 6_000_000.0, 9_000_000.0))))
    bands = (Counter.WITHIN_3S, Counter.WITHIN_5S, Counter.WITHIN_8S, Counter.BEYOND_8S)
    assert [counted.get(band, 0) for band in bands] == [1, 1, 3, 3]


def test_requests_whose_clock_ran_ahead_are_counted_as_such() -> None:
    ahead = replace(a_point(durations({0: 3})), time_ns=(NOW_S + 3600) * 10**9)
    assert values(placed(ahead))[Counter.CLAMPED] == 3


@pytest.mark.parametrize(("outcome", "counter"), [(Outcome.THROTTLED, Counter.THROTTLED), (Outcome.EXCLUDED, Counter.EXCLUDED)])
def test_throttled_and_excluded_requests_are_only_counted(outcome: Outcome, counter: Counter) -> None:
    assert values(placed(a_point(durations({0: 3, 3: 2}, 10**7), outcome=outcome))) == {counter: 5}


def test_clients_that_gave_up_were_failed_only_where_they_waited_long() -> None:
    held = durations({0: 3, 1: 2})
    point = a_point(held, outcome=Outcome.EXCLUDED, outcome_when_long=Outcome.BAD, bounds_us=(20_000_000.0,))
    waited = {Counter.FAILED_WAIT: 5, Counter.FAILED_WAIT_US: 40_000_000}
    assert values(placed(point)) == {Counter.COUNT: 5, Counter.BAD: 5, Counter.SLOW: 5} | waited
    point = a_point(held, outcome=Outcome.EXCLUDED, outcome_when_long=Outcome.BAD, bounds_us=(10_000_000.0,))
    waited = {Counter.FAILED_WAIT: 2, Counter.FAILED_WAIT_US: 20_000_000}
    assert values(placed(point)) == {Counter.EXCLUDED: 3, Counter.COUNT: 2, Counter.BAD: 2, Counter.SLOW: 2} | waited


def test_a_sum_that_contradicts_the_buckets_makes_nothing_faster() -> None:
    counted = values(placed(a_point(durations({2: 300}, 0))))
    assert (counted[Counter.TIMED], counted[Counter.DURATION_US]) == (300, 300 * 1_000_000)
    exponential = replace(durations({4: 10}, 0), scale=0)
    assert values(placed(a_point(exponential, bounds_us=None)))[Counter.DURATION_US] == 10 * 16_000_000
    assert values(placed(a_point(durations({2: 2}, 0), outcome=Outcome.BAD)))[Counter.FAILED_WAIT_US] == 2_000_000


def test_durations_over_a_minute_are_capped_and_counted() -> None:
    point = a_point(durations({3: 1, 4: 2}, 200_000_000), bounds_us=(500_000.0, 6_000_000.0, 30_000_000.0, 61_000_000.0))
    assert values(placed(point)) == {
        Counter.COUNT: 3,
        Counter.SLOW: 3,
        Counter.TIMED: 3,
        Counter.DURATION_US: 180_000_000,
        Counter.CAPPED: 2,
        Counter.BEYOND_8S: 3,
    }


def capped(held: Durations, *bounds_us: float, cumulative: bool = True) -> int:
    return values(placed(a_point(held, bounds_us=bounds_us, cumulative=cumulative))).get(Counter.CAPPED, 0)


def test_what_is_surely_longer_than_a_minute_is_capped_and_nothing_else() -> None:
    assert capped(durations({2: 2}, NO_SUM), 500_000.0, 60_000_000.0) == 2, "beyond a last bound of a minute all are"
    assert capped(durations({2: 2}, 200_000_000), 500_000.0, 50_000_000.0, 100_000_000.0) == 1, "both by the sum, of which one is sure"
    assert capped(durations({2: 2}, NO_SUM), 500_000.0, 50_000_000.0, 100_000_000.0) == 0, "50 to 100 s may be 51 s"
    assert capped(durations({1: 3, 2: 1}, 90_000_001), 500_000.0, 10_000_000.0) == 1, "at most 30 s of the sum are of others"
    assert capped(durations({1: 3, 2: 1}, 90_000_000), 500_000.0, 10_000_000.0) == 0
    longest = durations({2: 5}, NO_SUM, most_us=70_000_000.0)
    assert capped(longest, 500_000.0, 10_000_000.0, cumulative=False) == 1, "the longest, of the others nobody knows"
    assert capped(longest, 500_000.0, 10_000_000.0) == 0, "the longest of a cumulative series may have come before"
    assert capped(durations({1: 1}, 90_000_000), 500_000.0, 10_000_000.0) == 0, "a sum that contradicts its buckets is no proof"
    assert capped(durations({1: 4}, NO_SUM, least_us=61_000_000.0), 500_000.0, 100_000_000.0) == 4


def test_without_a_sum_requests_have_a_place_in_the_histogram_and_no_mean() -> None:
    point = placed(a_point(durations({0: 3}, NO_SUM)))
    assert values(point) == {Counter.COUNT: 3, **dict.fromkeys((Counter.WITHIN_3S, Counter.WITHIN_5S, Counter.WITHIN_8S), 3)}
    assert rolled(point).counters.bucket_count.tolist() == [3]


@pytest.mark.parametrize(
    "bounds_us", [(), (0.0,), (5_000.0,), (1_000_000.0, 5_000_000.0), (5_000_000.0,), (1.0, 59_000_000.0), (100_000.0, 1_000_000.0)]
)
def test_buckets_that_cannot_tell_fast_from_slow_tell_the_mean_alone(bounds_us: tuple[float, ...]) -> None:
    point = placed(a_point(durations({0: 3}, 2_400_000), bounds_us=bounds_us))
    assert values(point) == {Counter.COUNT: 3, Counter.TIMED: 3, Counter.DURATION_US: 2_400_000}
    assert not len(rolled(point).counters.bucket_count)
    assert values(placed(a_point(durations({0: 3}, NO_SUM), bounds_us=bounds_us))) == {Counter.COUNT: 3}


@pytest.mark.parametrize(("scale", "sorted_count"), [(-1, 3), (-2, 0)])
def test_exponential_buckets_tell_load_times_unless_they_are_very_wide(scale: int, sorted_count: int) -> None:
    point = placed(a_point(durations({0: 3}, 3_000_000, scale=scale), bounds_us=None))
    assert rolled(point).counters.bucket_count.sum() == sorted_count


def test_points_of_one_minute_and_menu_add_up_and_others_do_not() -> None:
    counters = rolled(
        placed(a_point()), placed(a_point(time_s=NOW_S + 59)), placed(a_point(), service=2), placed(a_point(time_s=NOW_S - 1))
    )
    keys = zip(counters.counters.minute.tolist(), counters.counters.service.tolist(), strict=True)
    assert list(keys) == [(NOW_S // 60 - 1, 1), (NOW_S // 60, 1), (NOW_S // 60, 2)]
    assert counters.counters.values[:, Counter.COUNT].tolist() == [1, 2, 1]
    assert np.all(np.diff(counters.counters.bucket_row) > 0)


def test_a_point_with_a_clock_that_runs_ahead_counts_when_it_came() -> None:
    result = rolled(placed(a_point(time_s=NOW_S + 3600)), placed(a_point(time_s=NOW_S + 60)))
    assert (result.counters.minute.tolist(), result.clamped) == ([NOW_S // 60, NOW_S // 60 + 1], 1)


def test_a_point_that_is_too_old_is_refused() -> None:
    result = rolled(placed(a_point(time_s=NOW_S - 72 * 3600 - 1)), placed(a_point(time_s=NOW_S - 72 * 3600)))
    assert (result.accepted, result.too_late, len(result.counters)) == (1, 1, 1)


def delta(count: int, seconds: int) -> PlacedPoint:
    return placed(a_point(durations({0: count}), cumulative=False, start_s=NOW_S - seconds))


def test_deltas_that_are_no_evidence_of_a_minute_are_refused() -> None:
    result = count_deltas([delta(1, 300), delta(1, 301), delta(0, 301), delta(10**7 + 1, 1)], NOW, OLDEST)
    assert (result.rolled.accepted, result.rejected) == (2, {"span_too_long": 1, "too_many_requests": 1})
    assert result.rolled.counters.values[:, Counter.COUNT].tolist() == [1]
