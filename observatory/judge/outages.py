"""Find the outages that verdicts form: when one begins, when it ends and why (method section 5).

Unknown minutes are skipped, neither good nor bad. More than an hour of them ends an incident, and with it the memory of
what was before, as the end of an incident does. So verdicts fall into stretches that can be judged apart. What is only
declared is over when those who declared it say so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from observatory.judge.days import Span
from observatory.judge.evidence import Verdicts
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


@dataclass(frozen=True, slots=True)
class Course:
    """The verdicts of a subject in the minutes in which it is open, one behind the other: outside service hours an outage pauses."""

    verdicts: Verdicts
    minutes: NDArray[np.int64]
    """Which minute each is of."""
    end: int
    """The minute behind them."""
    quiet: NDArray[np.bool_] | None = None
    """In which of them nothing that was measured failed, so that bad ones are only declared; None: in none."""

    @classmethod
    def of(
        cls, verdicts: Verdicts, first_minute: int, closed: NDArray[np.bool_] | None = None, quiet: NDArray[np.bool_] | None = None
    ) -> "Course":
        """Return the course of consecutive minutes, some of which are closed."""
        minutes = np.arange(first_minute, first_minute + len(verdicts))
        if closed is None or not closed.any():
            return cls(verdicts, minutes, first_minute + len(verdicts), quiet)
        return cls(verdicts[~closed], minutes[~closed], first_minute + len(verdicts), None if quiet is None else quiet[~closed])

    def declared_over(self, known: NDArray[np.int64], opened: int) -> int | None:
        """Return in which of the known minutes of an outage it is over because all that is bad in it is declared.

        That is the first one, from `opened` on, behind which the next minute has come and is not bad.
        """
        if self.quiet is None:
            return None
        bad = self.verdicts >= Verdict.PARTIAL
        (over,) = np.nonzero((bad & ~np.append(bad[1:], True))[known[opened:]])
        last = opened + int(over[0]) if len(over) else len(known)
        return last if last < len(known) and self.quiet[known[: last + 1]][bad[known[: last + 1]]].all() else None

    def position(self, minute: int) -> int:
        """Return the position of a minute, or of the next one that is open."""
        return int(np.searchsorted(self.minutes, minute))

    def minute(self, position: int) -> int:
        """Return the minute at a position, or the one behind them all."""
        return int(self.minutes[position]) if position < len(self.minutes) else self.end


def detect(course: Course, method: Method) -> list[Outage]:
    """Return the outages in a course, in order. Nothing may be open, or about to open, where it begins."""
    return [outage for known in _stretches(course.verdicts, method.evidence_lost_minutes) for outage in _in_stretch(course, known, method)]


def quiet_before(course: Course, minute: int, method: Method) -> int | None:
    """Return the last minute <= `minute` before which nothing was open or about to open; None if the course cannot tell.

    That is so where an incident would be closed, and no bad minute is near enough to open the next one with others.
    """
    before = course.verdicts[: course.position(minute)]
    known = np.flatnonzero(before != Verdict.UNKNOWN)
    last_known = int(known[-1]) if len(known) else -1
    if len(before) - last_known - 1 > method.evidence_lost_minutes:
        return minute
    quiet = [int(known[position]) + 1 for position in _calm(known, before[known], method)[-1:]]
    lost = np.flatnonzero(np.diff(known, prepend=-1) - 1 > method.evidence_lost_minutes)
    quiet += [int(known[position]) for position in lost[-1:]]
    return min(minute, course.minute(max(quiet))) if quiet else None


def quiet_after(course: Course, minute: int, method: Method) -> int | None:
    """Return the first minute >= `minute` from which on it does not matter what was before it; None if the course cannot tell."""
    first = course.position(minute)
    after = course.verdicts[first:]
    known = np.flatnonzero(after != Verdict.UNKNOWN)
    quiet = [int(known[position]) + 1 for position in _calm(known, after[known], method)[:1]]
    bounds = np.concatenate(([-1], known, [len(after)]))
    lost = np.flatnonzero(np.diff(bounds) - 1 > method.evidence_lost_minutes)[:1]
    quiet += [int(bounds[position]) + 2 + method.evidence_lost_minutes for position in lost]
    return course.minute(first + min(quiet)) if quiet else None


def all_quiet_before(courses: Sequence[Course], minute: int, method: Method) -> int | None:
    """Return the last minute <= `minute` before which no subject was in trouble; None if the courses cannot tell."""
    while True:
        quiet = [quiet_before(course, minute, method) for course in courses]
        known = [found for found in quiet if found is not None]
        if len(known) < len(quiet):
            return None
        if min(known) == minute:
            return minute
        minute = min(known)


def _stretches(verdicts: Verdicts, lost_minutes: int) -> list[NDArray[np.int64]]:
    """Return the positions of known minutes, cut where evidence was lost."""
    known = np.flatnonzero(verdicts != Verdict.UNKNOWN).astype(np.int64)
    return np.split(known, np.flatnonzero(np.diff(known) - 1 > lost_minutes) + 1)


def _in_stretch(course: Course, known: NDArray[np.int64], method: Method) -> list[Outage]:
    outages: list[Outage] = []
    bad = course.verdicts[known] >= Verdict.PARTIAL
    rules = [_Opening(known, bad, *rule) for rule in method.openings]
    closes = _good_runs(bad, method.close_minutes)
    position = 0
    while found := min((opening for rule in rules if (opening := rule.next(position))), default=None):
        opened, first = found
        begun, closing = course.minute(known[first]), np.searchsorted(closes, opened)
        closed = int(closes[closing]) if closing < len(closes) else len(known)
        declared_over = course.declared_over(known[first:closed], opened - first)
        if declared_over is not None:
            position = first + declared_over + 1
            outages.append(Outage(begun, course.minute(known[position - 1]) + 1, "recovered"))
            continue
        if closed < len(known):
            position = closed + 1
            outages.append(Outage(begun, course.minute(known[position - method.close_minutes]), "recovered"))
            continue
        last_bad = course.minute(known[np.flatnonzero(bad)[-1]])
        lost = len(course.verdicts) - int(known[-1]) - 1 > method.evidence_lost_minutes
        outages.append(Outage(begun, last_bad + 1, "evidence_lost") if lost else Outage(begun))
        break
    return outages


class _Opening:
    """One way in which an outage opens: so many bad ones among the last known minutes that lie within a span of time."""

    def __init__(self, known: NDArray[np.int64], bad: NDArray[np.bool_], bad_min: int, known_max: int, minutes_max: int) -> None:
        self._bad, self._bad_min = bad, bad_min
        self._sums = np.concatenate(([0], np.cumsum(bad)))
        self._last = np.arange(len(bad))
        self._begin = np.maximum(self._last - known_max + 1, np.searchsorted(known, known - minutes_max + 1))
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
