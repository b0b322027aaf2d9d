"""Published load times of summed ones that are given."""

from collections.abc import Mapping
from math import comb

import numpy as np
import pytest

from observatory.judge.load_figures import load_time, p75_ranks
from observatory.judge.load_times import NOTHING, Load
from observatory.judge.method import IN_FORCE
from observatory.model.figure import LoadTime, LoadTimeSource
from observatory.model.minute import COUNTER_COUNT, Counter
from observatory.rollup.latency import bucket_of, middle_ms, percentile


def a_load(timed: int, mean_us: int = 80_000) -> Load:
    values = np.zeros(COUNTER_COUNT, np.int64)
    values[Counter.COUNT], values[Counter.TIMED], values[Counter.DURATION_US] = timed, timed, timed * mean_us
    return Load(values, np.array([220], np.int16), np.array([timed], np.int64))


def load_times(**timed: int) -> Mapping[LoadTimeSource, Load]:
    return {source: a_load(timed[source]) if timed.get(source) else NOTHING for source in ("browser", "probe", "server")}


def told(**counters: int) -> LoadTime:
    """Return the load time of counters by name, all of one duration."""
    load = a_load(counters.get("TIMED", 0))
    for name, value in counters.items():
        load.values[Counter[name]] = value
    return load_time({"server": load}, "server", percentile, IN_FORCE)


@pytest.mark.parametrize("source", ["browser", "probe", "server"])
@pytest.mark.parametrize("timed", [{"browser": 100, "probe": 5000, "server": 1}, {"probe": 50}, {}])
def test_load_time_comes_from_one_source_however_much_the_others_know(timed: dict[str, int], source: LoadTimeSource) -> None:
    found = load_time(load_times(**timed), source, percentile, IN_FORCE)
    assert (found.source, found.n) == (source, timed.get(source, 0))


@pytest.mark.parametrize(("n", "mean_ms"), [(29, None), (30, 80.0)])
def test_a_small_sample_has_no_number(n: int, mean_ms: float | None) -> None:
    found = load_time(load_times(server=n), "server", percentile, IN_FORCE)
    assert (found.mean_ms, found.p75_ms is None, found.p95_ms is None, found.n) == (mean_ms, mean_ms is None, True, n)
    assert (found.p75_low_ms is None, found.p75_high_ms is None, found.mean_is_rough) == (mean_ms is None, mean_ms is None, n == 30)


def test_a_mean_is_cut_to_microseconds() -> None:
    load = a_load(3, 0)
    load.values[Counter.DURATION_US] = 200
    assert load_time({"server": load, "probe": NOTHING, "browser": NOTHING}, "server", percentile, IN_FORCE).mean_ms is None
    load.values[Counter.TIMED] = 30
    assert load_time({"server": load, "probe": NOTHING, "browser": NOTHING}, "server", percentile, IN_FORCE).mean_ms == 0.006


def test_each_number_is_of_the_requests_that_tell_it() -> None:
    """Metrics may have sums without telling buckets, and buckets without a sum."""
    summed = Load(a_load(450).values, np.empty(0, np.int16), np.empty(0, np.int64))
    sums_only = load_time({"server": summed}, "server", percentile, IN_FORCE)
    assert (sums_only.n, sums_only.mean_ms, sums_only.p75_ms, sums_only.p95_ms, sums_only.p75_low_ms) == (450, 80.0, None, None, None)
    placed_only = Load(a_load(0).values, np.array([220], np.int16), np.array([450], np.int64))
    placed_only.values[Counter.COUNT] = 500
    buckets_only = load_time({"server": placed_only}, "server", percentile, IN_FORCE)
    assert (buckets_only.n, buckets_only.mean_ms, buckets_only.mean_is_rough, buckets_only.untimed) == (450, None, False, 50)
    assert buckets_only.p75_ms == buckets_only.p95_ms == buckets_only.p75_low_ms == buckets_only.p75_high_ms is not None


@pytest.mark.parametrize(("n", "rough", "has_p95"), [(199, True, False), (200, False, False), (399, False, False), (400, False, True)])
def test_a_mean_needs_more_than_a_percentile_of_three_quarters_and_one_of_95_most(n: int, rough: bool, has_p95: bool) -> None:
    found = told(TIMED=n)
    assert (found.mean_is_rough, found.p95_ms is not None) == (rough, has_p95)


def test_shares_are_of_the_pages_sorted_into_bands_and_cut_down() -> None:
    found = told(TIMED=900, WITHIN_3S=100, WITHIN_5S=200, WITHIN_8S=299, BEYOND_8S=1)
    assert (found.within_3s_percent, found.within_5s_percent, found.within_8s_percent) == (33.3, 66.6, 99.6)
    assert told(TIMED=900).within_3s_percent is None
    assert told(TIMED=900, WITHIN_3S=29, WITHIN_5S=29, WITHIN_8S=29).within_8s_percent is None


def test_who_waited_and_failed_is_told_beside_the_load_time() -> None:
    found = told(TIMED=300, FAILED_WAIT=30, FAILED_WAIT_US=30 * 9_000_000 + 29)
    assert (found.failed_waits, found.failed_wait_mean_ms) == (30, 9000.0)
    assert (told(FAILED_WAIT=29, FAILED_WAIT_US=1).failed_waits, told(FAILED_WAIT=29).failed_wait_mean_ms) == (29, None)


def test_requests_that_worked_and_are_in_no_load_time_are_counted_beside_it() -> None:
    found = told(COUNT=1000, BAD=100, CLIENT_ERROR=50, NOT_MODIFIED=30, TIMED=779)
    assert (found.n, found.untimed, found.untimed_share) == (779, 41, 0.05)
    assert (told(COUNT=900, BAD=900).untimed, told(COUNT=900, BAD=900).untimed_share) == (0, None)


@pytest.mark.parametrize("n", [*range(30, 131), 400, 1000])
def test_the_interval_of_the_75th_percentile_holds_it_in_95_of_100_samples(n: int) -> None:
    low, high = p75_ranks(n)
    chance = sum(comb(n, shorter) * 3**shorter for shorter in range(low, high)) / 4**n
    assert 0.95 <= chance < 0.99


def test_the_ends_of_the_interval_are_load_times_of_the_sample() -> None:
    durations_ms = range(1, 101)
    bucket = np.array([bucket_of(ms * 1000) for ms in durations_ms], np.int16)
    load = Load(a_load(100).values, bucket, np.ones(100, np.int64))
    found, (low, high) = load_time({"server": load}, "server", percentile, IN_FORCE), p75_ranks(100)
    assert (low, high) == (66, 85)
    assert found.p75_low_ms == pytest.approx(middle_ms(bucket_of(low * 1000)), abs=0.001)
    assert found.p75_high_ms == pytest.approx(middle_ms(bucket_of(high * 1000)), abs=0.001)
