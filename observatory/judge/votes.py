"""Tell which votes of probes are in force in every minute (method section 3).

A vote is a row (minute, source, 1 if failed). The source is the vantage; whose menu it is, the caller knows.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from observatory.judge.days import Span
from observatory.judge.method import Method
from observatory.model.columns import Source
from observatory.model.minute import Counter, MinuteCounters

INTERVAL_S_DEFAULT = 60
"""Of a vantage whose schedule nobody declared."""

Votes = NDArray[np.int64]
"""Shape (n, 3): minute since 1970, source, 1 if failed; sorted, one for each minute and source."""


def hold_minutes(interval_s: int, method: Method) -> int:
    """Return how many minutes, its own included, a vote is in force at most."""
    return max(1, min(method.vote_hold_intervals * interval_s // 60, method.vote_hold_minutes_max))


def no_votes() -> Votes:
    """Return the votes of a menu nobody probed."""
    return np.empty((0, 3), np.int64)


def votes_of(rows: MinuteCounters, chosen: NDArray[np.bool_]) -> Votes:
    """Return the votes among the chosen rows, which are of one menu: failed where every attempt of the minute failed.

    Only operators' vantages vote: an agency would else vote its own failures away.
    """
    votes = (rows.source >= Source.PROBE) & (rows.source < Source.AGENCY_PROBE)
    chosen = chosen & votes & (rows.values[:, Counter.COUNT] > 0)
    failed = rows.values[chosen, Counter.COUNT] == rows.values[chosen, Counter.BAD]
    return merge(np.column_stack((rows.minute[chosen], rows.source[chosen], failed)).astype(np.int64))


def merge(*votes: Votes) -> Votes:
    """Return all votes, each minute and source once; where they differ the vote did not fail, for one attempt succeeded."""
    together = np.concatenate(votes) if votes else no_votes()
    ordered = together[np.lexsort((together[:, 2], together[:, 1], together[:, 0]))]
    again = (ordered[1:, :2] == ordered[:-1, :2]).all(axis=1)
    once: Votes = ordered[np.concatenate((np.ones(min(1, len(ordered)), np.bool_), ~again))]
    return once


def in_force(votes: Votes, hold_of: Callable[[int], int], span: Span) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many votes that passed, and that failed, are in force in each minute of a span.

    A vote holds until the next of its source, and at most `hold_of(source)` minutes.
    """
    start, _, failed, end = _held(votes, hold_of).T
    failed = failed == 1
    return _coverage(start[~failed], end[~failed], span), _coverage(start[failed], end[failed], span)


def held_in(votes: Votes, hold_of: Callable[[int], int], minute: int) -> NDArray[np.int64]:
    """Return the votes in force in a minute, by source: rows (minute cast, source, 1 if failed, minute it ends before)."""
    held = _held(votes, hold_of)
    return held[(held[:, 0] <= minute) & (minute < held[:, 3])]


def _held(votes: Votes, hold_of: Callable[[int], int]) -> NDArray[np.int64]:
    """Return the votes with the minute each ends before, by source and time."""
    ordered = votes[np.lexsort((votes[:, 0], votes[:, 1]))]
    start, source = ordered[:, 0], ordered[:, 1]
    end = start + np.array([hold_of(value) for value in source.tolist()], np.int64)
    followed = source[1:] == source[:-1]
    end[:-1][followed] = np.minimum(end[:-1], start[1:])[followed]
    return np.column_stack((ordered, end))


def _coverage(start: NDArray[np.int64], end: NDArray[np.int64], span: Span) -> NDArray[np.int64]:
    steps = np.zeros(len(span) + 1, np.int64)
    np.add.at(steps, np.clip(start - span.first, 0, len(span)), 1)
    np.add.at(steps, np.clip(end - span.first, 0, len(span)), -1)
    return np.cumsum(steps)[:-1]
