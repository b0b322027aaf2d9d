"""Find the outages that verdicts form: when one begins, when it ends and why (method section 5).

Unknown minutes are skipped, neither good nor bad. More than an hour of them ends an incident, and with it the memory of
what was before: minutes an hour apart are not "the last five". So verdicts fall into stretches that can be judged apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from observatory.judge.days import Span
from observatory.judge.evidence import Verdicts
from observatory.judge.method import Method
from observatory.model.incident import EndReason, Verdict


@dataclass(frozen=True, slots=True)
class Outage:
    """A run of trouble, minutes half-open; `end` None: still open."""

    first: int
    end: int | None = None
    reason: EndReason | None = None

    def span(self, horizon: int) -> Span:
        """Return its minutes, an open one as far as the horizon."""
        return Span(self.first, horizon if self.end is None else self.end)


def detect(verdicts: Verdicts, first_minute: int, method: Method) -> list[Outage]:
    """Return the outages in these verdicts, in order. Nothing may be open, or about to open, where the array begins."""
    outages: list[Outage] = []
    horizon = first_minute + len(verdicts)
    for known in _stretches(verdicts, method.evidence_lost_minutes):
        minutes = first_minute + known
        outages.extend(_detect_in_stretch(minutes, verdicts[known] >= Verdict.PARTIAL, horizon, method))
    return outages


def quiet_before(verdicts: Verdicts, first_minute: int, minute: int, method: Method) -> int | None:
    """Return the last minute <= `minute` before which nothing was open or about to open; None if the array cannot tell.

    That is so after five good minutes in a row, and after more than an hour of unknown ones.
    """
    before = verdicts[: minute - first_minute]
    known = np.flatnonzero(before != Verdict.UNKNOWN)
    last_known = int(known[-1]) if len(known) else -1
    if len(before) - last_known - 1 > method.evidence_lost_minutes:
        return minute
    quiet = [int(known[position]) + 1 for position in _last(_good_runs(before[known], method.close_minutes))]
    lost = np.flatnonzero(np.diff(known, prepend=-1) - 1 > method.evidence_lost_minutes)
    quiet += [int(known[position]) for position in _last(lost)]
    return first_minute + max(quiet) if quiet else None


def quiet_after(verdicts: Verdicts, first_minute: int, minute: int, method: Method) -> int | None:
    """Return the first minute >= `minute` from which on it does not matter what was before it; None if the array cannot tell."""
    after = verdicts[minute - first_minute :]
    known = np.flatnonzero(after != Verdict.UNKNOWN)
    quiet = [int(known[position]) + 1 for position in _good_runs(after[known], method.close_minutes)[:1]]
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


def _stretches(verdicts: Verdicts, lost_minutes: int) -> list[NDArray[np.int64]]:
    """Return the positions of known minutes, cut where evidence was lost."""
    known = np.flatnonzero(verdicts != Verdict.UNKNOWN).astype(np.int64)
    return np.split(known, np.flatnonzero(np.diff(known) - 1 > lost_minutes) + 1)


def _detect_in_stretch(minutes: NDArray[np.int64], bad: NDArray[np.bool_], horizon: int, method: Method) -> list[Outage]:
    outages: list[Outage] = []
    sums = np.concatenate(([0], np.cumsum(bad)))
    last = np.arange(1, len(bad) + 1)
    opens = np.flatnonzero(sums[last] - sums[np.maximum(last - method.open_window_minutes, 0)] >= method.open_bad_minutes)
    closes = _good_runs(np.where(bad, Verdict.DOWN, Verdict.UP).astype(np.uint8), method.close_minutes)
    position = 0
    while (found := np.searchsorted(opens, position)) < len(opens):
        opened = int(opens[found])
        window_first = max(position, opened - method.open_window_minutes + 1)
        first = int(minutes[window_first + np.argmax(bad[window_first : opened + 1])])
        closing = np.searchsorted(closes, opened)
        if closing < len(closes):
            position = int(closes[closing]) + 1
            outages.append(Outage(first, int(minutes[position - method.close_minutes]), "recovered"))
            continue
        last_bad = int(minutes[np.flatnonzero(bad)[-1]])
        lost = horizon - int(minutes[-1]) - 1 > method.evidence_lost_minutes
        outages.append(Outage(first, last_bad + 1, "evidence_lost") if lost else Outage(first))
        break
    return outages


def _good_runs(known: Verdicts, length: int) -> NDArray[np.int64]:
    """Return at which of these known minutes it was the last of so many good ones in a row."""
    bad = np.concatenate(([0], np.cumsum(known >= Verdict.PARTIAL)))
    last = np.arange(length, len(known) + 1)
    runs: NDArray[np.int64] = last[bad[last] == bad[last - length]] - 1
    return runs


def _last(positions: NDArray[np.int64]) -> NDArray[np.int64]:
    return positions[-1:]
