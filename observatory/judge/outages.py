"""Find the outages that verdicts form: when one begins, when it ends and why (method section 5).

Unknown minutes are skipped, neither good nor bad. More than an hour of them ends an incident, and with it the memory of
what was before, as the end of an incident does. So verdicts fall into stretches that can be judged apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from observatory.judge.days import Span
from observatory.judge.evidence import Mask, Verdicts
from observatory.judge.method import Method
from observatory.model.incident import EndReason, Verdict

Positions = int | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Outage:
    """A run of trouble, minutes half-open; `end` None: still open."""

    first: int
    end: int | None = None
    reason: EndReason | None = None

    def span(self, horizon: int) -> Span:
        """Return its minutes, an open one as far as the horizon."""
        return Span(self.first, horizon if self.end is None else self.end)


def detect(verdicts: Verdicts, first_minute: int, method: Method, maintained: Mask | None = None) -> list[Outage]:
    """Return the outages in these verdicts, in order. Nothing may be open, or about to open, where the array begins.

    Bad minutes of maintenance are passed over, as if time stood still: nothing opens in them, what is open waits. Good ones
    count as ever. So wherever nothing is open with them (`quiet_before`, `quiet_after`), nothing is without them.
    """
    outages: list[Outage] = []
    bad = verdicts >= Verdict.PARTIAL
    passed_over = bad & maintained if maintained is not None else np.zeros(len(verdicts), np.bool_)
    clock = np.cumsum(~passed_over)
    known = np.flatnonzero((verdicts != Verdict.UNKNOWN) & ~passed_over).astype(np.int64)
    lost = np.flatnonzero(np.diff(clock[known]) - 1 > method.evidence_lost_minutes) + 1
    for stretch in np.split(known, lost):
        ended = len(stretch) > 0 and int(clock[-1] - clock[stretch[-1]]) > method.evidence_lost_minutes
        outages.extend(_detect_in_stretch(first_minute + stretch, bad[stretch], method, ended=ended))
    return outages


def quiet_before(verdicts: Verdicts, first_minute: int, minute: int, method: Method) -> int | None:
    """Return the last minute <= `minute` before which nothing was open or about to open; None if the array cannot tell.

    That is so where an incident would be closed, and no bad minute is near enough to open the next one with others.
    """
    before = verdicts[: minute - first_minute]
    known = np.flatnonzero(before != Verdict.UNKNOWN)
    last_known = int(known[-1]) if len(known) else -1
    if len(before) - last_known - 1 > method.evidence_lost_minutes:
        return minute
    quiet = [int(known[position]) + 1 for position in _calm(known, before[known], method)[-1:]]
    lost = np.flatnonzero(np.diff(known, prepend=-1) - 1 > method.evidence_lost_minutes)
    quiet += [int(known[position]) for position in lost[-1:]]
    return first_minute + max(quiet) if quiet else None


def quiet_after(verdicts: Verdicts, first_minute: int, minute: int, method: Method) -> int | None:
    """Return the first minute >= `minute` from which on it does not matter what was before it; None if the array cannot tell."""
    after = verdicts[minute - first_minute :]
    known = np.flatnonzero(after != Verdict.UNKNOWN)
    quiet = [int(known[position]) + 1 for position in _calm(known, after[known], method)[:1]]
    bounds = np.concatenate(([-1], known, [len(after)]))
    lost = np.flatnonzero(np.diff(bounds) - 1 > method.evidence_lost_minutes)[:1]
    quiet += [int(bounds[position]) + 2 + method.evidence_lost_minutes for position in lost]
    return minute + min(quiet) if quiet else None


def all_quiet_before(subjects: Sequence[Verdicts], first_minute: int, minute: int, method: Method) -> int | None:
    """Return the last minute <= `minute` before which no subject was in trouble; None if the arrays cannot tell."""
    while True:
        quiet = [quiet_before(verdicts, first_minute, minute, method) for verdicts in subjects]
        known = [found for found in quiet if found is not None]
        if len(known) < len(quiet):
            return None
        if min(known) == minute:
            return minute
        minute = min(known)


def _detect_in_stretch(minutes: NDArray[np.int64], bad: NDArray[np.bool_], method: Method, *, ended: bool) -> list[Outage]:
    """Return the outages of a stretch of known minutes, behind which evidence ended or is still to come."""
    outages: list[Outage] = []
    rules = [_Opening(minutes, bad, *rule) for rule in method.openings]
    closes = _good_runs(bad, method.close_minutes)
    position = 0
    while found := min((opening for rule in rules if (opening := rule.next(position))), default=None):
        opened, first = found
        closing = np.searchsorted(closes, opened)
        if closing < len(closes):
            position = int(closes[closing]) + 1
            outages.append(Outage(int(minutes[first]), int(minutes[position - method.close_minutes]), "recovered"))
            continue
        last_bad = int(minutes[np.flatnonzero(bad)[-1]])
        outages.append(Outage(int(minutes[first]), last_bad + 1, "evidence_lost") if ended else Outage(int(minutes[first])))
        break
    return outages


class _Opening:
    """One way in which an outage opens: so many bad ones among the last known minutes that lie within a span of time."""

    def __init__(self, minutes: NDArray[np.int64], bad: NDArray[np.bool_], bad_min: int, known_max: int, minutes_max: int) -> None:
        self._bad, self._bad_min = bad, bad_min
        self._sums = np.concatenate(([0], np.cumsum(bad)))
        self._last = np.arange(len(bad))
        self._begin = np.maximum(self._last - known_max + 1, np.searchsorted(minutes, minutes - minutes_max + 1))
        """From which known minute on each one looks back."""
        self._opens = np.flatnonzero(self._count(self._last, self._begin) >= bad_min)

    def next(self, position: int) -> tuple[int, int] | None:
        """Return the first known minute >= `position` that opens an outage, and the first bad one of it; what was before is forgotten."""
        for opened in self._opens[np.searchsorted(self._opens, position) :].tolist():
            begin = max(position, int(self._begin[opened]))
            if self._count(opened, begin) >= self._bad_min:
                return opened, begin + int(np.argmax(self._bad[begin : opened + 1]))
        return None

    def _count(self, last: Positions, begin: Positions) -> Positions:
        return self._sums[np.add(last, 1)] - self._sums[begin]


def _good_runs(bad: NDArray[np.bool_], length: int) -> NDArray[np.int64]:
    """Return at which of some known minutes it was the last of so many good ones in a row."""
    sums = np.concatenate(([0], np.cumsum(bad)))
    last = np.arange(length, len(bad) + 1)
    runs: NDArray[np.int64] = last[sums[last] == sums[last - length]] - 1
    return runs


def _calm(minutes: NDArray[np.int64], known: Verdicts, method: Method) -> NDArray[np.int64]:
    """Return at which of these known minutes an incident would be closed, and no bad one before can open another."""
    bad = known >= Verdict.PARTIAL
    sums = np.concatenate(([0], np.cumsum(bad)))
    runs = _good_runs(bad, method.close_minutes)
    ends = runs + 1
    calm = np.ones(len(runs), np.bool_)
    for _, known_max, minutes_max in method.openings:
        begin = np.maximum(ends - known_max + 1, np.searchsorted(minutes, minutes[runs] - minutes_max + 2))
        calm &= sums[ends] - sums[np.minimum(np.maximum(begin, 0), ends)] == 0
    return runs[calm]
