"""Estimate how many requests each minute should have, by those of the past four weeks (method section 3)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from observatory.judge.days import Span
from observatory.judge.method import Method

WEEK_MINUTES = 7 * 1440
ABSENT = -1
"""A minute that is not to be looked at: before the history begins, or within an incident. Of what is usual: not known."""


def weeks_before(span: Span, method: Method) -> tuple[Span, ...]:
    """Return the spans whose requests say what to expect in this one: its slots, one week earlier and more."""
    slots = _slots(span, method.expected_slot_minutes)
    return tuple(Span(slots.first - week * WEEK_MINUTES, slots.end - week * WEEK_MINUTES) for week in range(1, method.expected_weeks + 1))


def leave_out(counts: NDArray[np.int64], span: Span, incidents: Sequence[Span], history_first: int) -> NDArray[np.int64]:
    """Return the counts of a span with ABSENT in the minutes of incidents and in those before the history begins."""
    kept = counts.copy()
    for out in (*incidents, Span(min(span.first, history_first), history_first)):
        part = out.within(span)
        kept[part.first - span.first : part.end - span.first] = ABSENT
    return kept


def usual(span: Span, past: Sequence[NDArray[np.int64]], history_first: int, method: Method) -> NDArray[np.int64]:
    """Return what each minute of a span usually has, from the counts of `weeks_before`, some of them ABSENT.

    The median of the counts of the minute's slot of ten in the past weeks (rounded down); ABSENT without any, and while
    there are less than two weeks of history.
    """
    slots = _slots(span, method.expected_slot_minutes)
    values = np.concatenate([counts.reshape(-1, method.expected_slot_minutes) for counts in past], axis=1)
    n = (values != ABSENT).sum(axis=1)
    ordered = np.sort(np.where(values == ABSENT, np.iinfo(np.int64).max, values), axis=1)
    row = np.arange(len(ordered))
    low, high = ordered[row, np.maximum(n - 1, 0) // 2], ordered[row, np.minimum(n // 2, values.shape[1] - 1)]
    median = np.where(n > 0, low // 2 + high // 2 + (low % 2 + high % 2) // 2, ABSENT)
    minutes = np.arange(span.first, span.end)
    of_slots = median[(minutes - slots.first) // method.expected_slot_minutes]
    return np.where(minutes - history_first >= method.expected_history_minutes_min, of_slots, ABSENT)


def _slots(span: Span, slot_minutes: int) -> Span:
    return Span(span.first // slot_minutes * slot_minutes, -(-span.end // slot_minutes) * slot_minutes)
