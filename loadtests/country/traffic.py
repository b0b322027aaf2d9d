"""Make up the minute rows of a service: lognormal traffic with a daily rhythm, a few failures, load times."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loadtests.bodies import MENU_COUNT
from observatory.model.columns import Source
from observatory.model.minute import BANDS_US, COUNTER_COUNT, Counter, MinuteCounters
from observatory.rollup.latency import BUCKET_MAX, GAMMA

REQUESTS_A_MINUTE_MEDIAN, REQUESTS_SIGMA = 40.0, 1.6
"""Of a menu: ten thousand services of ten menus are 236 thousand records a second."""
DURATION_MS_MEDIAN, DURATION_SIGMA = 300.0, 0.7
BROWSER_SHARE = 0.3
BROWSER_SLOWER = 4.0
BAD_SHARE, CLIENT_ERROR_SHARE = 0.002, 0.02
SLOW_US = 3_000_000
SAMPLES = 12
"""Of the durations of a minute; each stands for its share of them."""
QUIETEST, BUSIEST = 0.3, 1.0
"""By how much a day's traffic swings."""
WAIT_OF_FAILED_US = 2_000_000


@dataclass(frozen=True, slots=True)
class Profile:
    """How a service is used, menu by menu."""

    requests_a_minute: NDArray[np.float64]
    duration_ms: NDArray[np.float64]
    has_browser: bool


def new_profile(rng: np.random.Generator) -> Profile:
    """Return the traffic of one kind of service."""
    return Profile(
        rng.lognormal(np.log(REQUESTS_A_MINUTE_MEDIAN), REQUESTS_SIGMA, MENU_COUNT),
        rng.lognormal(np.log(DURATION_MS_MEDIAN), 0.5, MENU_COUNT),
        bool(rng.random() < 1 / 3),
    )


def rows_of(profile: Profile, first_minute: int, failing: NDArray[np.float64], rng: np.random.Generator) -> MinuteCounters:
    """Return the rows of consecutive minutes of service 1 with menus from 1 on; `failing` is the share that fails in each of them."""
    shape = (len(failing), MENU_COUNT, 1 + profile.has_browser)
    minute = np.arange(first_minute, first_minute + len(failing))
    rhythm = QUIETEST + (BUSIEST - QUIETEST) * (1 + np.sin(minute * (2 * np.pi / 1440))) / 2
    count, bad = np.zeros((2, *shape), np.int64)
    count[..., 0] = rng.poisson(np.outer(rhythm, profile.requests_a_minute))
    bad[..., 0] = rng.binomial(count[..., 0], np.maximum(failing, BAD_SHARE)[:, None])
    duration_ms = np.broadcast_to(profile.duration_ms[:, None], shape).copy()
    if profile.has_browser:
        count[..., 1] = rng.binomial(count[..., 0] - bad[..., 0], BROWSER_SHARE)
        duration_ms[..., 1] *= BROWSER_SLOWER
    keep = np.flatnonzero(count)
    of_minute, of_menu, of_source = (index[keep] for index in map(np.ravel, np.indices(shape)))
    values, histogram = _measured(count.ravel()[keep], bad.ravel()[keep], duration_ms.ravel()[keep], rng)
    return MinuteCounters(
        minute[of_minute],
        np.ones(len(keep), np.int32),
        of_menu.astype(np.int32) + 1,
        np.where(of_source, Source.BROWSER, Source.OTLP_LOG).astype(np.int16),
        values,
        *histogram,
    )


Histogram = tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.int64]]
"""Row, bucket and count of every entry."""


def _measured(
    count: NDArray[np.int64], bad: NDArray[np.int64], duration_ms: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.int64], Histogram]:
    """Return all counters of rows, and the histogram of their load times."""
    values = np.zeros((len(count), COUNTER_COUNT), np.int64)
    values[:, Counter.COUNT], values[:, Counter.BAD] = count, bad
    values[:, Counter.CLIENT_ERROR] = rng.binomial(count - bad, CLIENT_ERROR_SHARE)
    values[:, Counter.FAILED_WAIT], values[:, Counter.FAILED_WAIT_US] = bad, bad * WAIT_OF_FAILED_US
    timed = values[:, Counter.TIMED] = count - bad - values[:, Counter.CLIENT_ERROR]
    # Each sampled duration stands for as many records as the others, the first ones for one more.
    weight = timed[:, None] // SAMPLES + (np.arange(SAMPLES) < (timed % SAMPLES)[:, None])
    duration_us = (duration_ms[:, None] * 1000 * rng.lognormal(0, DURATION_SIGMA, weight.shape)).astype(np.int64)
    values[:, Counter.DURATION_US] = (weight * duration_us).sum(axis=1)
    values[:, Counter.SLOW] = (weight * (duration_us > SLOW_US)).sum(axis=1)
    for counter, bound_us in zip((Counter.WITHIN_3S, Counter.WITHIN_5S, Counter.WITHIN_8S), BANDS_US, strict=True):
        values[:, counter] = (weight * (duration_us <= bound_us)).sum(axis=1)
    values[:, Counter.BEYOND_8S] = timed - values[:, Counter.WITHIN_8S]
    return values, _histogram(duration_us, weight)


def _histogram(duration_us: NDArray[np.int64], weight: NDArray[np.int64]) -> Histogram:
    """Return the histogram of weighted durations, one row of them for each row."""
    bucket = np.minimum(np.ceil(np.log(np.maximum(duration_us, 1000) / 1000) / np.log(GAMMA)), BUCKET_MAX).astype(np.int64)
    row = np.broadcast_to(np.arange(len(bucket))[:, None], bucket.shape)
    cell, position = np.unique((row << 16 | bucket)[weight > 0], return_inverse=True)
    counts = np.zeros(len(cell), np.int64)
    np.add.at(counts, position, weight[weight > 0])
    return (cell >> 16).astype(np.int32), (cell & 0xFFFF).astype(np.int16), counts
