"""Counters, strips and load times for store tests: small, and every value different where it may be."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime

import numpy as np

from observatory.model.day import DayLoad, DayStrip, no_votes
from observatory.model.exemplar import ExemplarField, ExemplarRows
from observatory.model.incident import MinuteClass
from observatory.model.minute import COUNTER_COUNT, Counter, MinuteCounters
from observatory.store.telemetry import Batch, TelemetryStore

RECEIVED = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
DAY = date(2026, 11, 20)
DAY_START = 29_918_340
"""Midnight of DAY in Seoul, in minutes since 1970 UTC."""

Key = tuple[int, int, int, int]
"""Minute, service, menu, source."""


def counters(rows: Iterable[tuple[Key, int, Mapping[int, int]]]) -> MinuteCounters:
    """Return counters of rows (key, count, histogram), which need not be sorted but must have different keys."""
    ordered = sorted(rows, key=lambda row: row[0])
    values = np.zeros((len(ordered), COUNTER_COUNT), np.int64)
    for row, (_, count, histogram) in enumerate(ordered):
        timed = sum(histogram.values())
        values[row] = [count, count // 2, count // 3, count // 4, 1, timed, timed * 1000, 0, 2, *range(COUNTER_COUNT - 9)]
    entries = [(row, bucket, n) for row, (*_, histogram) in enumerate(ordered) for bucket, n in sorted(histogram.items())]
    table = np.array(entries, np.int64).reshape(len(entries), 3)
    keys = np.array([key for key, *_ in ordered], np.int64).reshape(len(ordered), 4)
    return MinuteCounters(
        minute=keys[:, 0],
        service=keys[:, 1].astype(np.int32),
        menu=keys[:, 2].astype(np.int32),
        source=keys[:, 3].astype(np.int16),
        values=values,
        bucket_row=table[:, 0].astype(np.int32),
        bucket=table[:, 1].astype(np.int16),
        bucket_count=table[:, 2],
    )


def a_batch(
    *keys: Key,
    count: int = 10,
    histogram: Mapping[int, int] | None = None,
    received_at: datetime = RECEIVED,
    key: bytes | None = None,
) -> Batch:
    """Return a batch with one row for each key, or for one key."""
    rows = keys or ((DAY_START, 1, 11, 3),)
    return Batch(counters((row, count, histogram or {200: 3, -5: 1}) for row in rows), received_at, key and a_key(key))


def a_batch_no_table_takes() -> Batch:
    """Return a batch that fails, once all else of its group is written."""
    bytes_for_a_text = ExemplarRows(np.zeros((1, len(ExemplarField)), np.int64), (b"bytes, where a text belongs",))  # type: ignore[arg-type]
    return replace(a_batch(), exemplars=bytes_for_a_text)


def a_key(name: bytes) -> bytes:
    """Return the key of a body that is known by at most 16 bytes, which the key ends with."""
    return hashlib.sha256(name).digest()[:16] + name.rjust(16, b"\0")


def add(store: TelemetryStore, batches: Sequence[Batch]) -> list[bool]:
    """Add batches and let readers see them."""
    stored = store.add(batches)
    store.flush()
    return stored


def as_dict(stored: MinuteCounters) -> dict[Key, tuple[tuple[int, ...], dict[int, int]]]:
    """Return counters as plain values: key -> (values, histogram)."""
    histograms: list[dict[int, int]] = [{} for _ in range(len(stored))]
    for row, bucket, count in zip(stored.bucket_row.tolist(), stored.bucket.tolist(), stored.bucket_count.tolist(), strict=True):
        assert bucket not in histograms[row]
        histograms[row][bucket] = count
    keys = zip(stored.minute.tolist(), stored.service.tolist(), stored.menu.tolist(), stored.source.tolist(), strict=True)
    return {key: (tuple(values), histogram) for key, values, histogram in zip(keys, stored.values.tolist(), histograms, strict=True)}


def total(stored: MinuteCounters, counter: Counter = Counter.COUNT) -> int:
    """Return the sum of a counter over all rows."""
    return int(stored.values[:, counter].sum())


def a_strip(*, service: int = 1, menu: int = 0, day: date = DAY, minutes: int = 1440, seed: int = 0, settled: bool = False) -> DayStrip:
    """Return a strip of DAY or a day after or before it, full of different values."""
    chance = np.random.default_rng(seed)
    count, bad, slow, throttled, client_error = (chance.integers(0, 2**32, minutes, dtype=np.uint32) for _ in range(5))
    probe_ok, probe_failed, verdict, minute_class = (chance.integers(0, 256, minutes, dtype=np.uint8) for _ in range(4))
    return DayStrip(
        service=service,
        menu=menu,
        day=day,
        first_minute=DAY_START + 1440 * (day - DAY).days,
        count=count,
        bad=bad,
        slow=slow,
        throttled=throttled,
        client_error=client_error,
        probe_ok=probe_ok,
        probe_failed=probe_failed,
        verdict=verdict,
        minute_class=(minute_class % len(MinuteClass)).astype(np.uint8),
        votes=np.array([[3, 64, 0], [3, 65, 1], [700, 64, 1]], np.int32) if menu else no_votes(),
        source=3,
        settled=settled,
    )


def a_load(*, service: int = 1, menu: int = 11, day: date = DAY, source: int = 3, count: int = 7) -> DayLoad:
    """Return a load with a count that no minute could hold."""
    values = np.arange(COUNTER_COUNT, dtype=np.int64) + count
    return DayLoad(service, menu, day, source, source == 3, values, np.array([-300, 200], np.int16), np.array([2**40, 5], np.int64))


def same(a: DayStrip | DayLoad | MinuteCounters, b: DayStrip | DayLoad | MinuteCounters) -> bool:
    """Return whether two values agree in every field, arrays in type too."""
    pairs = [(getattr(a, field.name), getattr(b, field.name)) for field in fields(a)]
    return type(a) is type(b) and all(
        np.array_equal(x, y) and x.dtype == y.dtype if isinstance(x, np.ndarray) else x == y for x, y in pairs
    )


def settled(strip: DayStrip) -> DayStrip:
    """Return the same strip after its minute rows were deleted."""
    return replace(strip, settled=True)
