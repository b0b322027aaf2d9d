"""What is written to the journal is read back as it was, in the layout of this release and in earlier ones."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.model.minute import BUCKET_COUNT_MAX, COUNTER_COUNT, Counter
from observatory.rollup.sums import Rows
from observatory.store.sqlite.telemetry.blobs import (
    COUNTERS_OF_SECOND_VERSION,
    counters_of_blobs,
    counters_to_blobs,
    rows_of_blob,
    rows_to_blob,
)

KEY = st.tuples(st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**31 - 1), st.integers(-(2**31), 2**31 - 1), st.integers(1, 2**15 - 1))
NUMBER = st.one_of(st.integers(0, 300), st.integers(0, 2**17), st.integers(0, 2**33), st.integers(-(2**63), 2**63 - 1))


@st.composite
def some_rows(draw: st.DrawFn) -> Rows:
    keys, limit = draw(st.lists(KEY, min_size=1, max_size=5)), draw(st.sampled_from([2, 2**9, 2**17, BUCKET_COUNT_MAX]))
    buckets = draw(st.lists(st.tuples(st.integers(0, len(keys) - 1), st.integers(-345, 551), st.integers(1, limit)), max_size=9))
    row, bucket, count = np.array(buckets, np.int64).reshape(-1, 3).T
    values = draw(st.lists(NUMBER, min_size=len(keys) * COUNTER_COUNT, max_size=len(keys) * COUNTER_COUNT))
    return Rows(np.array(keys, np.int64), np.array(values, np.int64).reshape(-1, COUNTER_COUNT), row, bucket.astype(np.int16), count)


def as_lists(rows: Rows) -> list[object]:
    return [array.tolist() for array in rows]


@given(some_rows())
def test_rows_are_read_back_as_they_were(rows: Rows) -> None:
    read = rows_of_blob(rows_to_blob(rows))
    assert as_lists(read) == as_lists(rows)
    assert [array.dtype for array in read] == [array.dtype for array in rows]


def without_later_counters(rows: Rows) -> Rows:
    """Return the rows as they are read of a layout that had nine counters."""
    values = rows.values.copy()
    values[:, COUNTERS_OF_SECOND_VERSION:] = 0
    return rows._replace(values=values)


@given(some_rows())
def test_rows_of_the_second_layout_are_still_read(rows: Rows) -> None:
    keys = b"".join(struct.pack("<qiih", *key) for key in rows.keys.tolist())
    header = struct.pack("<BII", 2, len(rows.keys), len(rows.bucket)) + b"<i8" * 3
    values = rows.values[:, :COUNTERS_OF_SECOND_VERSION].tobytes()
    blob = header + keys + rows.bucket.astype("<i2").tobytes() + values + rows.bucket_row.tobytes() + rows.bucket_count.tobytes()
    assert as_lists(rows_of_blob(blob)) == as_lists(without_later_counters(rows))


def test_counters_written_before_there_were_as_many_are_read_beside_later_ones() -> None:
    before, now = np.arange(COUNTERS_OF_SECOND_VERSION), np.arange(COUNTER_COUNT).reshape(1, -1)
    read = counters_of_blobs([before.astype("<i8").tobytes(), *counters_to_blobs(now)])
    assert read.tolist() == [[*before.tolist(), *[0] * (COUNTER_COUNT - COUNTERS_OF_SECOND_VERSION)], *now.tolist()]


@given(some_rows())
def test_rows_of_the_first_layout_are_still_read(rows: Rows) -> None:
    keys = b"".join(struct.pack("<qiih", *key) for key in rows.keys.tolist())
    buckets = zip(rows.bucket_row.tolist(), rows.bucket.tolist(), rows.bucket_count.tolist(), strict=True)
    entries = b"".join(struct.pack("<IhI", row, bucket, count) for row, bucket, count in buckets)
    header = struct.pack("<BII", 1, len(rows.keys), len(rows.bucket))
    values = rows.values[:, :COUNTERS_OF_SECOND_VERSION].tobytes()
    assert as_lists(rows_of_blob(header + keys + values + entries)) == as_lists(without_later_counters(rows))


def test_ordinary_counters_take_little_room() -> None:
    values, buckets = np.full((20, COUNTER_COUNT), 10**7), np.arange(800)
    rows = Rows(np.ones((20, 4), np.int64), values, buckets // 40, buckets.astype(np.int16), np.ones(800, np.int64))
    assert len(rows_to_blob(rows)) == 20 * (18 + 4 * COUNTER_COUNT) + 800 * 4 + 21


def test_long_times_do_not_widen_small_numbers() -> None:
    values = np.ones((20, COUNTER_COUNT), np.int64)
    values[:, [Counter.DURATION_US, Counter.FAILED_WAIT_US]] = 10**7
    nothing = np.empty(0, np.int64)
    rows = Rows(np.ones((20, 4), np.int64), values, nothing, nothing.astype(np.int16), nothing)
    assert len(rows_to_blob(rows)) == 20 * (18 + COUNTER_COUNT - 2 + 2 * 4) + 21


def test_a_layout_of_a_newer_release_is_refused() -> None:
    with pytest.raises(ValueError, match="version 4"):
        rows_of_blob(struct.pack("<BII", 4, 0, 0))
