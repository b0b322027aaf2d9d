"""Estimate how many requests each minute should have, by those of the past four weeks (method section 3)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from observatory.judge.days import Span
from observatory.judge.method import EXPECTED_HISTORY_MINUTES_MIN, EXPECTED_SLOT_MINUTES, EXPECTED_WEEKS

WEEK_MINUTES = 7 * 1440
ABSENT = -1
"""A minute that is not to be looked at: before the history begins, or within an incident."""


def weeks_before(span: Span) -> tuple[Span, ...]:
    """Return the spans whose requests say what to expect in this one: its slots, one to four weeks earlier."""
    slots = _slots(span)
    return tuple(Span(slots.first - week * WEEK_MINUTES, slots.end - week * WEEK_MINUTES) for week in range(1, EXPECTED_WEEKS + 1))


def leave_out(counts: NDArray[np.int64], span: Span, incidents: Sequence[Span], history_first: int) -> NDArray[np.int64]:
    """Return the counts of a span with ABSENT in the minutes of incidents and in those before the history begins."""
    kept = counts.copy()
    for out in (*incidents, Span(min(span.first, history_first), history_first)):
        part = out.within(span)
        kept[part.first - span.first : part.end - span.first] = ABSENT
    return kept


def expected(span: Span, past: Sequence[NDArray[np.int64]], history_first: int) -> NDArray[np.int64]:
    """Return how many requests each minute of a span should have, from the counts of `weeks_before`, some of them ABSENT.

    The median of the counts of the minute's slot of ten in the past weeks (rounded down), 0 without any, and 0 while
    there are less than two weeks of history.
    """
    slots = _slots(span)
    values = np.concatenate([counts.reshape(-1, EXPECTED_SLOT_MINUTES) for counts in past], axis=1)
    n = (values != ABSENT).sum(axis=1)
    ordered = np.sort(np.where(values == ABSENT, np.iinfo(np.int64).max, values), axis=1)
    row = np.arange(len(ordered))
    low, high = ordered[row, np.maximum(n - 1, 0) // 2], ordered[row, np.minimum(n // 2, values.shape[1] - 1)]
    median = np.where(n > 0, low // 2 + high // 2 + (low % 2 + high % 2) // 2, 0)
    minutes = np.arange(span.first, span.end)
    return np.where(minutes - history_first >= EXPECTED_HISTORY_MINUTES_MIN, median[(minutes - slots.first) // EXPECTED_SLOT_MINUTES], 0)


def _slots(span: Span) -> Span:
    return Span(span.first // EXPECTED_SLOT_MINUTES * EXPECTED_SLOT_MINUTES, -(-span.end // EXPECTED_SLOT_MINUTES) * EXPECTED_SLOT_MINUTES)
