"""Percentiles out of a histogram are within one per cent of those out of the durations."""

from bisect import bisect_left

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from observatory.model.minute import DURATION_US_MAX
from observatory.rollup.latency import BUCKET_MAX, BUCKET_MIN, GAMMA, bucket_of, middle_ms, percentile

durations = st.integers(1, DURATION_US_MAX)


@given(durations)
@example(1)
@example(1000)
@example(DURATION_US_MAX)
def test_a_bucket_holds_what_its_bounds_say(duration_us: int) -> None:
    bucket = bucket_of(duration_us)
    assert BUCKET_MIN <= bucket <= BUCKET_MAX
    assert GAMMA ** (bucket - 1) * 1000 < duration_us * 1.000_001
    assert duration_us <= GAMMA**bucket * 1000


def test_every_bucket_ends_at_its_bound() -> None:
    bounds_us = [int(GAMMA**bucket * 1000) for bucket in range(BUCKET_MIN, BUCKET_MAX)]
    near = {bound + step for bound in bounds_us for step in (-1, 0, 1, 2)} | set(range(1, 5000)) | {DURATION_US_MAX - 1, DURATION_US_MAX}
    assert {duration_us: bucket_of(duration_us) for duration_us in near if duration_us > 0} == {
        duration_us: BUCKET_MIN + bisect_left(bounds_us, duration_us) for duration_us in near if duration_us > 0
    }
    assert bucket_of(DURATION_US_MAX + 1) == bucket_of(10**15) == BUCKET_MAX


def test_a_duration_of_nothing_counts_as_a_microsecond() -> None:
    assert bucket_of(0) == bucket_of(1) == BUCKET_MIN


@given(st.lists(durations, min_size=1, max_size=200), st.floats(0, 1))
def test_a_percentile_is_within_one_per_cent(values: list[int], fraction: float) -> None:
    buckets = np.array([bucket_of(value) for value in values], np.int16)
    found = percentile(buckets, np.ones(len(values), np.int64), fraction)
    exact_ms = sorted(values)[max(1, int(np.ceil(fraction * len(values)))) - 1] / 1000
    assert found is not None
    assert abs(found - exact_ms) <= 0.0101 * exact_ms


def test_nothing_has_no_percentile() -> None:
    assert percentile(np.empty(0, np.int16), np.empty(0, np.int64), 0.5) is None


def test_buckets_stand_for_their_middle() -> None:
    assert middle_ms(0) == pytest.approx(0.99)
