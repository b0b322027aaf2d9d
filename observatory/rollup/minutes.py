"""Attributed columns come in, MinuteCounters go out; counters merge by addition. Compiled.

Method section 2. Addition is the only operation, so neither order nor splitting of bodies matters.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from observatory.model.columns import Outcome, ProbeRows, RequestColumns, Source
from observatory.model.minute import COUNTER_COUNT, MinuteCounters
from observatory.rollup.attribution import Attributed
from observatory.rollup.counting import TOO_LATE, add_histograms, add_up, align, pack, place, tally, unpack
from observatory.rollup.grouping import SEED, group_rows


@dataclass(frozen=True, slots=True)
class RolledUp:
    """What became of the records of one body."""

    counters: MinuteCounters
    accepted: int
    """Records in the counters, excluded and throttled ones too."""
    too_late: int
    """Records older than this door takes."""
    clamped: int
    """Accepted records whose clock ran ahead; they count at the time of receipt."""


def roll_up(columns: RequestColumns, attributed: Attributed, received_at: datetime, oldest: datetime | None) -> RolledUp:
    """Return the counters of all attributed records; `oldest` None takes records of any age."""
    return _roll_up(columns.end_ms, columns.duration_us, columns.outcome, columns.source, attributed, received_at, oldest)


def probe_counters(rows: ProbeRows, attributed: Attributed, source: int, received_at: datetime, oldest: datetime | None) -> RolledUp:
    """Return the counters of probe results; `source` is the number of their vantage, Source.PROBE or more."""
    outcome = np.where(rows.ok, np.uint8(Outcome.GOOD), np.uint8(Outcome.BAD))
    return _roll_up(rows.checked_ms, rows.duration_us, outcome, source, attributed, received_at, oldest)


def _roll_up(
    end_ms: NDArray[np.int64],
    duration_us: NDArray[np.int64],
    outcome: NDArray[np.uint8],
    source: Source | int,
    attributed: Attributed,
    received_at: datetime,
    oldest: datetime | None,
) -> RolledUp:
    received_ms = round(received_at.timestamp() * 1000)
    oldest_ms = np.iinfo(np.int64).min if oldest is None else round(oldest.timestamp() * 1000)
    minute, service, clamped = place(end_ms, attributed.service_index, received_ms, oldest_ms)
    menu = attributed.menu_index.astype(np.int64)
    group, first = group_rows(minute, service, menu, SEED)
    values, row_of, bucket = add_up(group, len(first), outcome, duration_us, attributed.slow_us)
    order = np.lexsort((menu[first], service[first], minute[first]))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    key, bucket_count = tally(pack(rank[row_of], bucket))
    bucket_row, buckets = unpack(key)
    kept = first[order]
    counters = MinuteCounters(
        minute=minute[kept],
        service=service[kept].astype(np.int32),
        menu=attributed.menu_index[kept],
        source=np.full(len(kept), int(source), np.int16),
        values=values[order],
        bucket_row=bucket_row,
        bucket=buckets,
        bucket_count=bucket_count,
    )
    return RolledUp(counters, int(np.count_nonzero(service >= 0)), int(np.count_nonzero(service == TOO_LATE)), clamped)


def merge(a: MinuteCounters, b: MinuteCounters) -> MinuteCounters:
    """Return the sum of two sets of counters: commutative and associative, `no_counters()` is neutral."""
    if not len(a) or not len(b):
        return a if len(a) else b
    rows_a, rows_b, rows = align(a.minute, _series(a), b.minute, _series(b))
    values = np.zeros((rows, COUNTER_COUNT), np.int64)
    values[rows_a] += a.values
    values[rows_b] += b.values
    minute, series = np.empty(rows, np.int64), np.empty((rows, 3), np.int64)
    for part, at in ((a, rows_a), (b, rows_b)):
        minute[at], series[at] = part.minute, _series(part)
    key, bucket_count = add_histograms(_histogram_keys(a, rows_a), a.bucket_count, _histogram_keys(b, rows_b), b.bucket_count)
    bucket_row, bucket = unpack(key)
    return MinuteCounters(
        minute=minute,
        service=series[:, 0].astype(np.int32),
        menu=series[:, 1].astype(np.int32),
        source=series[:, 2].astype(np.int16),
        values=values,
        bucket_row=bucket_row,
        bucket=bucket,
        bucket_count=bucket_count,
    )


def no_counters() -> MinuteCounters:
    """Return counters without a row."""
    return MinuteCounters(
        minute=np.empty(0, np.int64),
        service=np.empty(0, np.int32),
        menu=np.empty(0, np.int32),
        source=np.empty(0, np.int16),
        values=np.empty((0, COUNTER_COUNT), np.int64),
        bucket_row=np.empty(0, np.int32),
        bucket=np.empty(0, np.int16),
        bucket_count=np.empty(0, np.int64),
    )


def _series(counters: MinuteCounters) -> NDArray[np.int64]:
    return np.column_stack((counters.service, counters.menu, counters.source)).astype(np.int64)


def _histogram_keys(counters: MinuteCounters, rows: NDArray[np.int32]) -> NDArray[np.int64]:
    return pack(rows[counters.bucket_row].astype(np.int64), counters.bucket.astype(np.int64))
