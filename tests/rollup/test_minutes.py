"""Records become the counters of method section 2."""

from collections import Counter as Tally
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.model.columns import NO_DURATION, NO_STATUS, Outcome, ProbeName, ProbeRows, RequestColumns, Source
from observatory.model.minute import COUNTER_COUNT, Counter, MinuteCounters
from observatory.rollup.attribution import REJECTED, Attributed
from observatory.rollup.latency import bucket_of
from observatory.rollup.minutes import RolledUp, no_counters, probe_counters, roll_up
from tests.builders import some_columns

RECEIVED = datetime(2026, 11, 20, 3, 0, 30, tzinfo=UTC)
RECEIVED_MS = 1_795_143_630_000
MINUTE = RECEIVED_MS // 60_000
SLOW_US = 3_000_000


def attributed(columns: RequestColumns, service: int = 1, menu: int = 11) -> Attributed:
    n = len(columns)
    return Attributed(np.full(n, service, np.int32), np.full(n, menu, np.int32), np.full(n, SLOW_US, np.int64))


def rolled(columns: RequestColumns, oldest: datetime | None = None) -> RolledUp:
    return roll_up(columns, attributed(columns), RECEIVED, oldest)


def counts(counters: MinuteCounters) -> dict[str, int]:
    return {counter.name: int(total) for counter, total in zip(Counter, counters.values.sum(axis=0), strict=True) if total}


def histogram(counters: MinuteCounters) -> dict[tuple[int, int], int]:
    entries = zip(counters.bucket_row.tolist(), counters.bucket.tolist(), counters.bucket_count.tolist(), strict=True)
    return {(row, bucket): count for row, bucket, count in entries}


def same(a: MinuteCounters, b: MinuteCounters) -> bool:
    pairs = [(getattr(a, field), getattr(b, field)) for field in MinuteCounters.__slots__]
    return all(np.array_equal(x, y) and x.dtype == y.dtype for x, y in pairs)


BANDS = ("WITHIN_3S", "WITHIN_5S", "WITHIN_8S")


def loaded(duration_us: int, *bands: str, **others: int) -> dict[str, int]:
    """Return the counters of one page that came within that time."""
    counted = {"COUNT": 1, "TIMED": 1, "DURATION_US": duration_us} | dict.fromkeys(bands, 1) | others
    return {name: count for name, count in counted.items() if count}


@pytest.mark.parametrize(
    ("outcome", "duration_us", "expected"),
    [
        (Outcome.GOOD, 250_000, loaded(250_000, *BANDS)),
        (Outcome.GOOD, 0, loaded(0, *BANDS)),
        (Outcome.GOOD, NO_DURATION, {"COUNT": 1}),
        (Outcome.GOOD, SLOW_US, loaded(SLOW_US, *BANDS)),
        (Outcome.GOOD, SLOW_US + 1, loaded(SLOW_US + 1, *BANDS[1:], SLOW=1)),
        (Outcome.GOOD, 5_000_000, loaded(5_000_000, *BANDS[1:], SLOW=1)),
        (Outcome.GOOD, 5_000_001, loaded(5_000_001, "WITHIN_8S", SLOW=1)),
        (Outcome.GOOD, 8_000_000, loaded(8_000_000, "WITHIN_8S", SLOW=1)),
        (Outcome.GOOD, 8_000_001, loaded(8_000_001, "BEYOND_8S", SLOW=1)),
        (Outcome.GOOD, 60_000_000, loaded(60_000_000, "BEYOND_8S", SLOW=1)),
        (Outcome.GOOD, 60_000_001, loaded(60_000_000, "BEYOND_8S", SLOW=1, CAPPED=1)),
        (Outcome.BAD, 90_000_000, {"COUNT": 1, "BAD": 1, "SLOW": 1, "FAILED_WAIT": 1, "FAILED_WAIT_US": 60_000_000}),
        (Outcome.BAD, NO_DURATION, {"COUNT": 1, "BAD": 1}),
        (Outcome.THROTTLED, 90_000_000, {"THROTTLED": 1}),
        (Outcome.EXCLUDED, 90_000_000, {"EXCLUDED": 1}),
        (Outcome.ABANDONED, NO_DURATION, {"ABANDONED": 1}),
    ],
)
def test_a_record_is_counted_by_its_outcome(outcome: Outcome, duration_us: int, expected: dict[str, int]) -> None:
    result = rolled(some_columns(end_ms=[RECEIVED_MS], outcome=outcome, duration_us=duration_us))
    assert counts(result.counters) == expected
    assert result.accepted == 1
    timed = (
        {(0, bucket_of(expected["DURATION_US"])): 1} if "DURATION_US" in expected else {(0, bucket_of(0)): 1} if "TIMED" in expected else {}
    )
    assert histogram(result.counters) == timed


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (NO_STATUS, loaded(100_000, *BANDS)),
        (199, {"COUNT": 1}),
        (200, loaded(100_000, *BANDS)),
        (206, loaded(100_000, *BANDS)),
        (301, {"COUNT": 1}),
        (304, {"COUNT": 1, "NOT_MODIFIED": 1}),
        (399, {"COUNT": 1}),
        (400, {"COUNT": 1, "CLIENT_ERROR": 1}),
        (404, {"COUNT": 1, "CLIENT_ERROR": 1}),
        (498, {"COUNT": 1, "CLIENT_ERROR": 1}),
        (700, {"COUNT": 1}),
    ],
)
def test_only_a_page_that_came_has_a_load_time(status: int, expected: dict[str, int]) -> None:
    counters = rolled(some_columns(end_ms=[RECEIVED_MS], status=status)).counters
    assert counts(counters) == expected
    assert len(counters.bucket) == ("TIMED" in expected)


@pytest.mark.parametrize(
    ("end_ms", "minute", "clamped"),
    [
        (RECEIVED_MS, MINUTE, 0),
        (MINUTE * 60_000, MINUTE, 0),
        (MINUTE * 60_000 - 1, MINUTE - 1, 0),
        (RECEIVED_MS + 60_000, MINUTE + 1, 0),
        (RECEIVED_MS + 60_001, MINUTE, 1),
        (RECEIVED_MS + 3_600_000, MINUTE, 1),
        (2**53, MINUTE, 1),
        (0, MINUTE, 0),
    ],
)
def test_a_record_falls_into_the_minute_of_its_end_unless_its_clock_runs_ahead(end_ms: int, minute: int, clamped: int) -> None:
    result = rolled(some_columns(end_ms=[end_ms]))
    assert result.counters.minute.tolist() == [minute]
    assert (result.clamped, counts(result.counters).get("CLAMPED", 0)) == (clamped, clamped)


def test_records_older_than_the_door_takes_are_too_late() -> None:
    oldest = RECEIVED - timedelta(hours=72)
    oldest_ms = RECEIVED_MS - 72 * 3_600_000
    result = rolled(some_columns(end_ms=[oldest_ms - 1, oldest_ms, RECEIVED_MS]), oldest)
    assert (result.accepted, result.too_late) == (2, 1)
    assert counts(result.counters)["COUNT"] == 2
    assert rolled(some_columns(end_ms=[1])).accepted == 1


def test_rejected_records_leave_no_trace() -> None:
    columns = some_columns(end_ms=[RECEIVED_MS, 1, RECEIVED_MS + 10**9])
    result = roll_up(columns, attributed(columns, service=REJECTED), RECEIVED, RECEIVED)
    assert (len(result.counters), result.accepted, result.too_late, result.clamped) == (0, 0, 0, 0)


def test_probe_results_are_counted_under_their_vantage() -> None:
    rows = ProbeRows(
        name_index=np.zeros(3, np.int32),
        checked_ms=np.array([RECEIVED_MS, RECEIVED_MS, RECEIVED_MS - 60_000], np.int64),
        ok=np.array([True, False, True]),
        status=np.array([200, 0, 200], np.int16),
        duration_us=np.array([100_000, 0, NO_DURATION], np.int64),
        names=(ProbeName("job-portal"),),
    )
    owners = Attributed(np.ones(3, np.int32), np.full(3, 11, np.int32), np.full(3, SLOW_US, np.int64))
    counters = probe_counters(rows, owners, RECEIVED, None).of_source(Source.PROBE + 2).counters
    assert counters.source.tolist() == [66, 66]
    assert counters.minute.tolist() == [MINUTE - 1, MINUTE]
    assert counts(counters) == loaded(100_000, *BANDS, COUNT=3, BAD=1, FAILED_WAIT=1)


records = st.lists(
    st.tuples(
        st.integers(-3, 1).map(lambda minutes: RECEIVED_MS + minutes * 60_000),
        st.sampled_from([NO_DURATION, 0, 1, 250_000, 4_000_000, 61_000_000]),
        st.sampled_from(list(Outcome)),
        st.integers(-1, 2),
        st.integers(10, 12),
        st.sampled_from([NO_STATUS, 200, 302, 304, 404]),
    ),
    max_size=40,
)
Record = tuple[int, int, Outcome, int, int, int]


def counters_of(rows: list[Record]) -> MinuteCounters:
    end_ms, duration_us, outcome, *_, status = zip(*rows, strict=True) if rows else ((),) * 6
    columns = some_columns(end_ms=end_ms, duration_us=duration_us, outcome=outcome, status=status)
    owners = Attributed(
        np.array([row[3] for row in rows], np.int32), np.array([row[4] for row in rows], np.int32), np.full(len(rows), SLOW_US, np.int64)
    )
    return roll_up(columns, owners, RECEIVED, None).counters


@given(records)
def test_counters_agree_with_counting_by_hand(rows: list[Record]) -> None:
    counters = counters_of(rows)
    kept = [row for row in rows if row[3] >= 0]
    keys = sorted({(end_ms // 60_000, service, menu) for end_ms, _, _, service, menu, _ in kept})
    assert list(zip(counters.minute.tolist(), counters.service.tolist(), counters.menu.tolist(), strict=True)) == keys
    classes = Tally((end_ms // 60_000, service, menu, outcome) for end_ms, _, outcome, service, menu, _ in kept)
    misses = Tally(
        (end_ms // 60_000, service, menu) for end_ms, _, outcome, service, menu, status in kept if (outcome, status) == (Outcome.GOOD, 404)
    )
    for row, key in enumerate(keys):
        good, bad = classes[*key, Outcome.GOOD], classes[*key, Outcome.BAD]
        assert counters.values[row, Counter.COUNT] == good + bad
        assert counters.values[row, Counter.BAD] == bad
        assert counters.values[row, Counter.THROTTLED] == classes[*key, Outcome.THROTTLED]
        assert counters.values[row, Counter.CLIENT_ERROR] == misses[key]
        assert counters.values[row, [Counter.WITHIN_8S, Counter.BEYOND_8S]].sum() == counters.values[row, Counter.TIMED]
    timed = Tally(
        (keys.index((end_ms // 60_000, service, menu)), bucket_of(min(duration_us, 60_000_000)))
        for end_ms, duration_us, outcome, service, menu, status in kept
        if outcome is Outcome.GOOD and status in (NO_STATUS, 200) and duration_us != NO_DURATION
    )
    assert histogram(counters) == timed


def test_nothing_rolls_up_to_nothing() -> None:
    result = rolled(some_columns(end_ms=[]))
    assert result.counters.values.shape == (0, COUNTER_COUNT)
    assert same(result.counters, no_counters())
