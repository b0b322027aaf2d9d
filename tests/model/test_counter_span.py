"""What a body has among the counters of many is the same, cut out alone or with its neighbours."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from observatory.model.counter_span import CounterSpan, joined_spans
from observatory.model.minute import MinuteCounters
from observatory.rollup.sums import Rows, rows_of
from tests.store.counted import DAY_START, counters

ROWS_MAX = 12


def a_whole() -> MinuteCounters:
    """Return rows with none to three buckets each."""
    histograms = [{bucket: 1 + row + bucket for bucket in range(row % 4)} for row in range(ROWS_MAX)]
    return counters(((DAY_START + row, 1, row, 3), 10 + row, histogram) for row, histogram in enumerate(histograms))


def same(one: Rows, other: Rows) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in Rows._fields)


def spans(whole: MinuteCounters, ends: Sequence[int]) -> list[CounterSpan]:
    """Return spans that follow each other, up to these rows."""
    return [CounterSpan(whole, start, end) for start, end in zip((0, *ends), ends, strict=False)]


@given(st.lists(st.integers(0, ROWS_MAX), max_size=6).map(sorted))
def test_spans_cut_apart_are_what_they_were(ends: list[int]) -> None:
    whole = a_whole()
    every = spans(whole, [*ends, ROWS_MAX])
    assert sum(map(len, every)) == len(whole)
    assert same(rows_of(*(span.cut() for span in every)), rows_of(whole))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, ROWS_MAX), st.integers(0, ROWS_MAX)), min_size=1, max_size=8))
def test_joined_spans_are_the_same_rows_in_the_same_order(chosen: list[tuple[bool, int, int]]) -> None:
    wholes = (a_whole(), a_whole())
    parts: list[MinuteCounters | CounterSpan] = [CounterSpan(wholes[second], min(a, b), max(a, b)) for second, a, b in chosen]
    parts.insert(len(parts) // 2, a_whole())
    apart = [part.cut() if isinstance(part, CounterSpan) else part for part in parts]
    assert same(rows_of(*joined_spans(parts)), rows_of(*apart))


def test_neighbours_are_cut_out_at_once() -> None:
    whole = a_whole()
    first, second, third, last = spans(whole, (2, 5, 5, ROWS_MAX))
    assert joined_spans([first, second, third, last]) == [whole]
    without_second = joined_spans([first, third, last])
    assert [len(piece) for piece in without_second] == [2, ROWS_MAX - 5]
