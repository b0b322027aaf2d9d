"""Roll attributed columns up into MinuteCounters. Compiled. Method section 2."""

from collections.abc import Iterable, Sequence, Sized
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from observatory.kernels.seed import SEED
from observatory.model.columns import NO_STATUS, Offsets, Outcome, ProbeRows, RequestColumns, Source
from observatory.model.counter_span import CounterSpan
from observatory.model.exemplar import NO_EXEMPLARS, ExemplarRows
from observatory.model.left_out import LeftOut
from observatory.model.minute import COUNTER_COUNT, MinuteCounters
from observatory.rollup.attribution import Attributed
from observatory.rollup.counting import ACCEPTED, CLAMPED, TOO_LATE, Counted, count_records
from observatory.rollup.health_checks import settle_health_checks
from observatory.rollup.left_out import add_up_left_out, left_out_each
from observatory.rollup.picking import pick_exemplars

_ANY_AGE_MS = int(np.iinfo(np.int64).min)


class RolledUp(NamedTuple):
    """What became of the records of one body."""

    rows: MinuteCounters | CounterSpan
    """Its counters."""
    accepted: int
    """Records in the counters, excluded and throttled ones too."""
    too_late: int
    """Records older than this door takes."""
    clamped: int
    """Accepted records whose clock ran ahead; they count at the time of receipt."""
    exemplars: ExemplarRows = NO_EXEMPLARS
    """Some of the records that were bad or slow."""
    left_out: tuple[LeftOut, ...] = ()
    """What is in no counter, or came late, by service."""

    @property
    def counters(self) -> MinuteCounters:
        """The counters by themselves."""
        return self.rows.cut() if isinstance(self.rows, CounterSpan) else self.rows

    def of_source(self, source: int) -> "RolledUp":
        """Return the same, measured by another source: whose number is known only once there is something to count."""
        counters = self.counters
        return self._replace(rows=replace(counters, source=np.full(len(counters), source, np.int16)))

    def with_left_out(self, more: Iterable[LeftOut]) -> "RolledUp":
        """Return the same with more that is left out."""
        return self._replace(left_out=add_up_left_out([*self.left_out, *more]))


def roll_up(columns: RequestColumns, attributed: Attributed, received_at: datetime, oldest: datetime | None) -> RolledUp:
    """Return the counters of all attributed records, and some of the bad and slow ones; `oldest` None takes records of any age."""
    (rolled,) = roll_up_each(columns, _one_body(columns), attributed, received_at, oldest)
    return rolled


def roll_up_each(
    columns: RequestColumns, ends: Offsets, attributed: Attributed, received_at: datetime, oldest: datetime | None
) -> list[RolledUp]:
    """Do the same for the records of several bodies, apart; `ends` says up to which row those of each reach."""
    received_ms, oldest_ms = _milliseconds(received_at), _milliseconds(oldest)
    columns = settle_health_checks(columns, attributed)
    counted = _count(columns.end_ms, columns.outcome, columns.status, columns.duration_us, attributed, ends, received_ms, oldest_ms)
    exemplars = pick_exemplars(columns, ends, attributed, counted, received_ms)
    return _rolled_up(counted, columns.source, exemplars, left_out_each(attributed, counted, ends, received_ms))


def probe_counters(rows: ProbeRows, attributed: Attributed, received_at: datetime, oldest: datetime | None) -> RolledUp:
    """Return the counters of probe results, of no vantage yet: see `RolledUp.of_source`. What a check was content with has loaded."""
    outcome, status = np.where(rows.ok, np.uint8(Outcome.GOOD), np.uint8(Outcome.BAD)), np.full(len(rows), NO_STATUS, np.int16)
    received_ms, oldest_ms = _milliseconds(received_at), _milliseconds(oldest)
    counted = _count(rows.checked_ms, outcome, status, rows.duration_us, attributed, _one_body(rows), received_ms, oldest_ms)
    (rolled,) = _rolled_up(counted, Source.PROBE, [NO_EXEMPLARS], [()])
    return rolled


def _one_body(rows: Sized) -> NDArray[np.int64]:
    return np.array([len(rows)], np.int64)


def _milliseconds(moment: datetime | None) -> int:
    return _ANY_AGE_MS if moment is None else round(moment.timestamp() * 1000)


def _count(
    end_ms: NDArray[np.int64],
    outcome: NDArray[np.uint8],
    status: NDArray[np.int16],
    duration_us: NDArray[np.int64],
    attributed: Attributed,
    ends: Offsets,
    received_ms: int,
    oldest_ms: int,
) -> Counted:
    service, menu, slow_us = attributed.service_index, attributed.menu_index, attributed.slow_us
    return count_records(end_ms, service, menu, outcome, status, duration_us, slow_us, ends, received_ms, oldest_ms, SEED)


def _rolled_up(
    counted: Counted, source: Source | int, exemplars: Sequence[ExemplarRows], left_out: Sequence[tuple[LeftOut, ...]]
) -> list[RolledUp]:
    """Return what became of each body's records."""
    whole = MinuteCounters(
        minute=counted.minute,
        service=counted.service,
        menu=counted.menu,
        source=np.full(len(counted.minute), int(source), np.int16),
        values=counted.values,
        bucket_row=counted.bucket_row,
        bucket=counted.bucket,
        bucket_count=counted.bucket_count,
    )
    rolled, start = [], 0
    for end, placed, kept, without in zip(counted.row_end.tolist(), counted.placed.tolist(), exemplars, left_out, strict=True):
        rolled.append(RolledUp(CounterSpan(whole, start, end), placed[ACCEPTED], placed[TOO_LATE], placed[CLAMPED], kept, without))
        start = end
    return rolled


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
