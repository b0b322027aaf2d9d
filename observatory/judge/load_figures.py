"""Make the published load time of summed ones (method section 7): what a sample is too small for is left out."""

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from observatory.judge.account import floor_ratio
from observatory.judge.load_times import Load
from observatory.judge.method import Method
from observatory.model.figure import LoadTime, LoadTimeSource
from observatory.model.minute import Counter

Percentile = Callable[[NDArray[np.int16], NDArray[np.int64], float], float | None]
"""Buckets, their counts and a fraction in, milliseconds out."""

P75_FAILURES, P75_SUCCESSES = 1, 3
"""One of four is longer than the 75th percentile."""
ACCOUNTED_FOR = (Counter.BAD, Counter.CLIENT_ERROR, Counter.NOT_MODIFIED)
"""What requests that count become; the others are pages with a duration and without one, and redirects."""
NORMAL_95 = 1.959964
"""Within so many standard deviations lie 95 of 100."""


def load_time(by_source: Mapping[LoadTimeSource, Load], source: LoadTimeSource, percentile: Percentile, method: Method) -> LoadTime:
    """Return the load time from the one kind of source it is told by.

    The mean is of those whose durations were summed, percentiles and shares of those in the histogram: metrics may tell only one.
    """
    load = by_source[source]
    summed, placed, failed_waits = load.of(Counter.TIMED), int(load.bucket_count.sum()), load.of(Counter.FAILED_WAIT)
    has_mean, has_p75 = summed >= method.load_time_count_min, placed >= method.load_time_count_min
    low, high = p75_ranks(placed) if has_p75 else (0, 0)
    n = max(summed, placed)
    return LoadTime(
        source=source,
        mean_ms=load.of(Counter.DURATION_US) // summed / 1000 if has_mean else None,
        p75_ms=_cut_ms(percentile(load.bucket, load.bucket_count, 0.75)) if has_p75 else None,
        p95_ms=_cut_ms(percentile(load.bucket, load.bucket_count, 0.95)) if placed >= method.load_time_p95_count_min else None,
        n=n,
        capped=load.of(Counter.CAPPED),
        abandoned=load.of(Counter.ABANDONED),
        mean_is_rough=has_mean and summed < method.load_time_mean_count_min,
        p75_low_ms=_at_rank(load, low, percentile) if has_p75 else None,
        p75_high_ms=_at_rank(load, high, percentile) if has_p75 else None,
        within_3s_percent=_share(load, Counter.WITHIN_3S, method),
        within_5s_percent=_share(load, Counter.WITHIN_5S, method),
        within_8s_percent=_share(load, Counter.WITHIN_8S, method),
        failed_waits=failed_waits,
        failed_wait_mean_ms=load.of(Counter.FAILED_WAIT_US) // failed_waits / 1000 if failed_waits >= method.load_time_count_min else None,
        not_modified=load.of(Counter.NOT_MODIFIED),
        untimed=load.of(Counter.COUNT) - sum(map(load.of, ACCOUNTED_FOR)) - n - load.forgotten,
    )


def p75_ranks(n: int) -> tuple[int, int]:
    """Return between which of n sorted load times, counted from 1, the true 75th percentile is in 95 of 100 samples.

    Whatever their distribution: how many are shorter than it is binomial. Its normal approximation, taken outwards.
    """
    margin = NORMAL_95 * math.sqrt(n * P75_SUCCESSES * P75_FAILURES) / 4
    middle = n * P75_SUCCESSES / 4
    return max(1, math.floor(middle - margin)), min(n, math.ceil(middle + margin) + 1)


def _at_rank(load: Load, rank: int, percentile: Percentile) -> float | None:
    """Return the load time of that rank; half a rank below it, so that no rounding of the fraction reaches the next."""
    return _cut_ms(percentile(load.bucket, load.bucket_count, (rank - 0.5) / int(load.bucket_count.sum())))


def _share(load: Load, band: Counter, method: Method) -> float | None:
    """Return the share in per cent, cut down to one decimal; those counted before there were bands are in none."""
    sorted_into_bands = load.of(Counter.WITHIN_8S) + load.of(Counter.BEYOND_8S)
    return floor_ratio(100 * load.of(band), sorted_into_bands, 10) if sorted_into_bands >= method.load_time_count_min else None


def _cut_ms(value: float | None) -> float | None:
    """Return milliseconds cut to whole microseconds, as the mean is."""
    return None if value is None else math.floor(value * 1000) / 1000
