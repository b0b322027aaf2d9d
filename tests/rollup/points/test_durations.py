"""Histograms of senders: what stands for a bucket, and what came between two states of a cumulative one."""

from dataclasses import replace
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.model.metric_points import NO_SUM, Durations, MetricPoint
from observatory.rollup.points.durations import coarser, representatives, since
from tests.rollup.data_points import a_point, durations


def of(point: MetricPoint) -> list[tuple[int, int]]:
    return list(representatives(point, point.durations))


def test_the_middle_of_explicit_buckets_is_geometric_and_in_the_first_half_the_bound() -> None:
    held = durations({0: 1, 1: 2, 2: 3, 3: 4})
    assert of(a_point(held)) == [(50_000, 1), (round(sqrt(0.1) * 1e6), 2), (round(sqrt(5) * 1e6), 3), (5_000_000, 4)]


def test_the_longest_of_all_stands_for_the_last_bucket_only_where_it_is_among_these_requests() -> None:
    held = durations({3: 1}, most_us=9_000_000.0)
    assert of(a_point(held, cumulative=False)) == [(9_000_000, 1)]
    assert of(a_point(held, cumulative=True)) == [(5_000_000, 1)]


def test_nothing_stands_for_a_bucket_that_is_outside_of_minimum_and_maximum() -> None:
    assert of(a_point(durations({0: 1, 2: 1}, least_us=80_000.0, most_us=1_100_000.0))) == [(80_000, 1), (1_100_000, 1)]


@pytest.mark.parametrize("bounds_us", [(0.0, 10.0), (-5.0, 10.0)])
def test_there_are_no_negative_durations(bounds_us: tuple[float, ...]) -> None:
    assert of(a_point(durations({0: 1, 1: 1}), bounds_us=bounds_us)) == [(0, 1), (5, 1)]


def test_without_buckets_the_mean_stands_for_all() -> None:
    assert of(a_point(durations({0: 4}, 800), bounds_us=())) == [(200, 4)]
    assert of(a_point(durations({0: 4}, NO_SUM), bounds_us=())) == [(0, 4)]


def test_the_middle_of_exponential_buckets_is_geometric() -> None:
    held = durations({0: 1, -3: 2}, zero=5, scale=1)
    expected = [(0, 5), (round(2**0.25 * 1e6), 1), (round(2**-1.25 * 1e6), 2)]
    assert of(a_point(held, bounds_us=None)) == expected


def test_no_bucket_is_too_far_out_to_be_computed() -> None:
    assert of(a_point(durations({1: 1, -2: 1}, scale=-10), bounds_us=None)) == [(10**15, 1), (0, 1)]


def test_a_coarser_scale_merges_neighbours() -> None:
    assert coarser(durations({-3: 1, -2: 2, -1: 4, 0: 8, 1: 16}, scale=2), 1).buckets == {-2: 1, -1: 6, 0: 24}
    assert coarser(durations({5: 1}, scale=3), 0).buckets == {0: 1}


buckets = st.dictionaries(st.integers(-40, 40), st.integers(1, 1000), max_size=8)
histograms = st.builds(
    lambda held, sum_us, zero, scale: durations(held, sum_us, zero=zero, scale=scale),
    buckets,
    st.integers(0, 10**12),
    st.integers(0, 50),
    st.integers(-2, 6),
)


def added(a: Durations, b: Durations) -> Durations:
    """Return what a cumulative histogram shows after both, at the coarser of their scales, as SDKs do."""
    scale = min(a.scale, b.scale)
    a, b = coarser(a, scale), coarser(b, scale)
    held = {bucket: a.buckets.get(bucket, 0) + b.buckets.get(bucket, 0) for bucket in {*a.buckets, *b.buckets}}
    return durations(held, a.sum_us + b.sum_us, scale=scale, zero=a.zero + b.zero)


@given(histograms, histograms)
def test_what_came_between_is_what_was_added(earlier: Durations, later: Durations) -> None:
    assert since(earlier, added(earlier, later)) == coarser(later, min(earlier.scale, later.scale))


@given(histograms)
def test_nothing_came_between_the_same_state_twice(held: Durations) -> None:
    same = since(held, held)
    assert same is not None
    assert (same.count, same.sum_us, same.buckets, same.zero) == (0, 0, {}, 0)


@pytest.mark.parametrize(
    "fallen",
    [
        durations({0: 4, 1: 4}, 100, zero=3),
        durations({0: 5, 1: 6}, 99, zero=3),
        durations({0: 6, 1: 4}, 200, zero=3),
        durations({0: 9, 1: 5}, 200, zero=2),
        durations({1: 50}, 200, zero=3),
    ],
)
def test_if_anything_fell_it_began_again(fallen: Durations) -> None:
    assert since(durations({0: 5, 1: 5}, 100, zero=3), fallen) is None


def test_a_sum_that_one_of_them_lacks_is_not_known() -> None:
    held = durations({0: 5}, 100)
    for later in (replace(held, sum_us=NO_SUM), held):
        between = since(replace(held, sum_us=NO_SUM), later)
        assert between is not None
        assert between.sum_us == NO_SUM
