"""Turn histograms of senders into durations that stand for their buckets, and subtract cumulative ones.

A bucket's requests count as if each had taken the bucket's representative: between two bounds over zero their
geometric mean, from zero on half the bound, in the bucket without an upper bound its lower one (or the longest of all,
where only these requests are meant); never less than the sender's minimum or more than its maximum.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from math import inf, sqrt

from observatory.model.metric_points import NO_SUM, Durations, MetricPoint
from observatory.model.minute import DURATION_US_MAX

LONGEST_US = 10**15
"""Representatives beyond this are this."""
SECOND_US = 1_000_000
LAST_BOUND_US_MIN = 5 * SECOND_US
WIDEST = 16
SCALE_MIN = -1
"""An exponential histogram of a smaller scale has buckets that are sixteen times as wide as they begin, or worse."""


def tell_load_times(point: MetricPoint, durations: Durations) -> bool:
    """Return whether buckets tell fast requests from slow ones.

    Explicit ones do with a bound under a second, one of five or more, and no bucket that ends over a second and is more than sixteen
    times as long at its end as at its begin. Never by what is in them: or either the fast or the slow requests would be left out.
    """
    if point.bounds_us is None:
        return durations.scale >= SCALE_MIN
    bounds = [bound for bound in point.bounds_us if bound > 0]
    wide = any(upper > max(SECOND_US, WIDEST * lower) for lower, upper in pairwise(bounds))
    return bool(bounds) and bounds[0] < SECOND_US and bounds[-1] >= LAST_BOUND_US_MIN and not wide


def representatives(point: MetricPoint, durations: Durations) -> Iterator[tuple[int, int]]:
    """Yield the representative in microseconds and the requests of every bucket; `durations` are (a part of) the point's."""
    if durations.zero:
        yield _clipped(0.0, point.durations), durations.zero
    for bucket, count in durations.buckets.items():
        if point.bounds_us is None:
            middle = 2.0 ** min((bucket + 0.5) * 2.0**-durations.scale, 1000.0) * point.unit_us
        else:
            middle = _explicit(point, point.bounds_us, bucket, durations)
        yield _clipped(middle, point.durations), count


def least_sum_us(point: MetricPoint, durations: Durations) -> int:
    """Return the least time that all requests together can have taken, by the lower ends of their buckets, a minute each at most.

    A sum below it contradicts the buckets: nothing is published as faster than what they say.
    """
    return int(sum(count * min(_ends(point, durations, bucket)[0], DURATION_US_MAX) for bucket, count in durations.buckets.items()))


def surely_capped(point: MetricPoint, durations: Durations) -> int:
    """Return how many requests surely took longer than a minute: all of a bucket that begins there, else one that must have.

    It must where the longest of these requests did, or where they took more together than their buckets allow with none.
    """
    if point.durations.least_us > DURATION_US_MAX:
        return durations.count
    held = [(*_ends(point, durations, bucket), count) for bucket, count in durations.buckets.items()]
    beyond = sum(count for lower, _, count in held if lower >= DURATION_US_MAX)
    most_us = sum(count * min(upper, DURATION_US_MAX) for _, upper, count in held) + durations.zero * DURATION_US_MAX
    by_sum = durations.sum_us > most_us and any(upper > DURATION_US_MAX for _, upper, _ in held)
    longest = point.durations.most_us
    return beyond or int(by_sum or (longest is not None and longest > DURATION_US_MAX and not point.cumulative))


def _ends(point: MetricPoint, durations: Durations, bucket: int) -> tuple[float, float]:
    """Return what the durations in a bucket are over, and what they are at most."""
    if point.bounds_us is None:
        lower, upper = (2.0 ** min(end * 2.0**-durations.scale, 1000.0) * point.unit_us for end in (bucket, bucket + 1))
        return lower, upper
    lower = max(0.0, point.bounds_us[bucket - 1]) if bucket else 0.0
    return lower, max(0.0, point.bounds_us[bucket]) if bucket < len(point.bounds_us) else inf


def _explicit(point: MetricPoint, bounds_us: tuple[float, ...], bucket: int, durations: Durations) -> float:
    if not bounds_us:
        return durations.sum_us / durations.count if durations.sum_us != NO_SUM and durations.count else 0.0
    lower, upper = _ends(point, durations, bucket)
    if upper != inf:
        return sqrt(lower * upper) if lower else upper / 2
    longest = point.durations.most_us
    return longest if longest is not None and not point.cumulative else lower


def _clipped(middle_us: float, limits: Durations) -> int:
    most_us = LONGEST_US if limits.most_us is None else limits.most_us
    return round(min(max(middle_us, limits.least_us), most_us, LONGEST_US))


def coarser(durations: Durations, scale: int) -> Durations:
    """Return an exponential histogram at a scale that is not finer than its own."""
    shift = durations.scale - scale
    if shift == 0:
        return durations
    buckets: dict[int, int] = {}
    for bucket, count in durations.buckets.items():
        buckets[bucket >> shift] = buckets.get(bucket >> shift, 0) + count
    return replace(durations, buckets=buckets, scale=scale)


def since(earlier: Durations, later: Durations) -> Durations | None:
    """Return what came between two states of a cumulative histogram, None if anything in it fell: then it began again."""
    scale = min(earlier.scale, later.scale)
    before, after = coarser(earlier, scale), coarser(later, scale)
    summed = before.sum_us != NO_SUM and after.sum_us != NO_SUM
    buckets = _difference(before.buckets, after.buckets)
    if buckets is None or after.count < before.count or after.zero < before.zero or (summed and after.sum_us < before.sum_us):
        return None
    return replace(
        after,
        count=after.count - before.count,
        sum_us=after.sum_us - before.sum_us if summed else NO_SUM,
        buckets=buckets,
        zero=after.zero - before.zero,
    )


def _difference(before: Mapping[int, int], after: Mapping[int, int]) -> dict[int, int] | None:
    if any(after.get(bucket, 0) < count for bucket, count in before.items()):
        return None
    return {bucket: count - before.get(bucket, 0) for bucket, count in after.items() if count > before.get(bucket, 0)}
