"""Attributed columns come in, MinuteCounters go out; counters merge by addition. Compiled.

Method section 2. Addition is the only operation, so neither order nor splitting of bodies matters.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from observatory.model.columns import Outcome, ProbeRows, RequestColumns, Source
from observatory.model.exemplar import NO_EXEMPLARS, ExemplarRows
from observatory.model.minute import COUNTER_COUNT, Counter, MinuteCounters
from observatory.rollup.attribution import Attributed
from observatory.rollup.counting import TOO_LATE, add_histograms, add_up, align, pack, place, tally, unpack
from observatory.rollup.grouping import SEED, group_rows
from observatory.rollup.picking import pick_exemplars


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
    exemplars: ExemplarRows = NO_EXEMPLARS
    """Some of the records that were bad or slow."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """Records by the minute, service and menu they count in."""

    minute: NDArray[np.int64]
    service: NDArray[np.int64]
    """Negative: it does not count."""
    group: NDArray[np.int32]
    first: NDArray[np.int32]
    """The first row of every group."""
    clamped: int
    received_ms: int


def roll_up(columns: RequestColumns, attributed: Attributed, received_at: datetime, oldest: datetime | None) -> RolledUp:
    """Return the counters of all attributed records, and some of the bad and slow ones; `oldest` None takes records of any age."""
    placed = _place(columns.end_ms, attributed, received_at, oldest)
    rolled = _count(placed, attributed, columns.outcome, columns.duration_us, columns.source)
    if not rolled.counters.values[:, (Counter.BAD, Counter.SLOW)].any():
        return rolled
    exemplars = pick_exemplars(columns, attributed, placed.minute, placed.group, len(placed.first), placed.received_ms)
    return replace(rolled, exemplars=exemplars)


def probe_counters(rows: ProbeRows, attributed: Attributed, source: int, received_at: datetime, oldest: datetime | None) -> RolledUp:
    """Return the counters of probe results; `source` is the number of their vantage, Source.PROBE or more."""
    outcome = np.where(rows.ok, np.uint8(Outcome.GOOD), np.uint8(Outcome.BAD))
    return _count(_place(rows.checked_ms, attributed, received_at, oldest), attributed, outcome, rows.duration_us, source)


def _place(end_ms: NDArray[np.int64], attributed: Attributed, received_at: datetime, oldest: datetime | None) -> _Placed:
    received_ms = round(received_at.timestamp() * 1000)
    oldest_ms = np.iinfo(np.int64).min if oldest is None else round(oldest.timestamp() * 1000)
    minute, service, clamped = place(end_ms, attributed.service_index, received_ms, oldest_ms)
    group, first = group_rows(minute, service, attributed.menu_index.astype(np.int64), SEED)
    return _Placed(minute, service, group, first, clamped, received_ms)


def _count(
    placed: _Placed, attributed: Attributed, outcome: NDArray[np.uint8], duration_us: NDArray[np.int64], source: Source | int
) -> RolledUp:
    minute, service, first = placed.minute, placed.service, placed.first
    values, row_of, bucket = add_up(placed.group, len(first), outcome, duration_us, attributed.slow_us)
    order = np.lexsort((attributed.menu_index[first], service[first], minute[first]))
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
    return RolledUp(counters, int(np.count_nonzero(service >= 0)), int(np.count_nonzero(service == TOO_LATE)), placed.clamped)


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
