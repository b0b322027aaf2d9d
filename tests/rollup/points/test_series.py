"""Cumulative series: the difference, the reset, the first sight, and everything that comes in another order."""

from hypothesis import given
from hypothesis import strategies as st

from observatory.model.metric_points import MetricPoint
from observatory.rollup.points.counters import SPAN_TOO_LONG, TOO_MANY_REQUESTS
from observatory.rollup.points.series import COUNTINGS_MAX, OUT_OF_ORDER, Known, of_bytes, step, to_bytes
from tests.rollup.data_points import NOW_S, a_point, durations

START = NOW_S - 3600


def after(*points: MetricPoint) -> Known:
    known: Known = ()
    for point in points:
        known = step(known, point).known
    return known


def counted(*points: MetricPoint) -> tuple[int, str]:
    """Return how many requests the last of the points adds, and why it is refused."""
    last = step(after(*points[:-1]), points[-1])
    return last.new.count if last.new else 0, last.reason


def a_state(count: int, time_s: int, start_s: int = START) -> MetricPoint:
    return a_point(durations({0: count}, count * 50_000), start_s=start_s, time_s=time_s)


def test_first_sight_counts_nothing() -> None:
    assert counted(a_state(1000, NOW_S)) == (0, "")


def test_then_the_difference_counts() -> None:
    assert counted(a_state(1000, NOW_S), a_state(1007, NOW_S + 60)) == (7, "")
    difference = step(after(a_state(1000, NOW_S)), a_state(1007, NOW_S + 60)).new
    assert difference is not None
    assert (difference.sum_us, difference.buckets) == (350_000, {0: 7})


def test_an_idle_series_counts_nothing_however_long_it_idles() -> None:
    assert counted(a_state(1000, NOW_S), a_state(1000, NOW_S + 6000)) == (0, "")


def test_after_another_start_the_value_counts() -> None:
    assert counted(a_state(1000, NOW_S), a_state(1007, NOW_S + 60, NOW_S + 1)) == (1007, "")


def test_after_a_fall_the_value_counts() -> None:
    assert counted(a_state(1000, NOW_S), a_state(7, NOW_S + 60)) == (7, "")


def test_without_a_start_only_a_fall_begins_again() -> None:
    assert counted(a_state(1000, NOW_S, 0), a_state(7, NOW_S + 60, 0)) == (7, "")
    assert counted(a_state(1000, NOW_S), a_state(1007, NOW_S + 60, 0)) == (0, "")


def test_a_gap_is_no_evidence_of_a_minute_but_what_follows_it_is() -> None:
    before, gap, then = a_state(1000, NOW_S), a_state(1100, NOW_S + 301), a_state(1103, NOW_S + 361)
    assert counted(before, gap) == (0, SPAN_TOO_LONG)
    assert counted(before, gap, then) == (3, "")
    assert counted(before, a_state(1100, NOW_S + 300)) == (100, "")


def test_a_run_that_began_long_ago_is_no_evidence_of_a_minute() -> None:
    assert counted(a_state(1000, NOW_S), a_state(1007, NOW_S + 60, START - 60)) == (0, SPAN_TOO_LONG)


def test_more_requests_than_there_can_be_are_refused() -> None:
    assert counted(a_state(0, NOW_S), a_state(10**7 + 1, NOW_S + 60)) == (0, TOO_MANY_REQUESTS)


def test_an_older_point_is_refused_and_changes_nothing() -> None:
    newest = after(a_state(1000, NOW_S), a_state(1010, NOW_S + 60))
    late = step(newest, a_state(1005, NOW_S + 30))
    assert (late.known, late.new, late.reason) == (newest, None, OUT_OF_ORDER)
    assert step(newest, a_state(1011, NOW_S + 60)).reason == OUT_OF_ORDER


def test_the_same_point_again_counts_nothing_and_is_no_error() -> None:
    assert counted(a_state(1000, NOW_S), a_state(1010, NOW_S + 60), a_state(1010, NOW_S + 60)) == (0, "")


def test_two_processes_of_one_name_are_followed_side_by_side() -> None:
    first, second = NOW_S - 100, NOW_S - 90
    points = [
        a_state(10, NOW_S, first),
        a_state(20, NOW_S + 1, second),
        a_state(13, NOW_S + 60, first),
        a_state(24, NOW_S + 61, second),
        a_state(14, NOW_S + 120, first),
    ]
    assert [counted(*points[: n + 1]) for n in range(5)] == [(0, ""), (20, ""), (3, ""), (4, ""), (1, "")]


def test_countings_that_are_too_many_give_way_to_younger_ones_and_never_count_again() -> None:
    countings = [a_state(5, NOW_S + 100 + n, NOW_S + n) for n in range(COUNTINGS_MAX + 1)]
    known = after(*countings)
    assert len(known) == COUNTINGS_MAX
    assert step(known, a_state(6, NOW_S + 200, NOW_S)).reason == OUT_OF_ORDER
    assert counted(*countings, a_state(6, NOW_S + 200, NOW_S + 1)) == (1, "")


def test_what_is_known_survives_being_stored() -> None:
    held = durations({-7: 3, 2**31: 2**53}, 2**62, scale=-3, zero=9)
    known = after(a_state(3, NOW_S), a_point(held, bounds_us=None, start_s=0))
    assert of_bytes(to_bytes(known)) == known
    assert of_bytes(None) == ()


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 300), st.booleans()), min_size=1, max_size=30))
def test_whatever_is_counted_between_first_sight_and_the_end_counts_once(steps: list[tuple[int, int, bool]]) -> None:
    """Steps of (requests, seconds, whether the process began again before them)."""
    known, counted_total, expected = after(a_state(77, NOW_S, NOW_S - 10)), 0, 0
    value, start_s, time_s = 77, NOW_S - 10, NOW_S
    for requests, seconds, restarts in steps:
        if restarts:
            value, start_s = 0, time_s
        value, time_s = value + requests, time_s + seconds
        expected += requests
        taken = step(known, a_state(value, time_s, start_s))
        known, counted_total = taken.known, counted_total + (taken.new.count if taken.new else 0)
    assert counted_total == expected
