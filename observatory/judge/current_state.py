"""Say how a service stands now, and how each of its days was, by the newest strips and incidents."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from observatory.judge import evidence
from observatory.judge.days import Span, moment_of
from observatory.judge.evidence import Requests
from observatory.judge.method import Method
from observatory.model.day import DayStrip
from observatory.model.figure import DayMark, State
from observatory.model.incident import Incident, MinuteClass, Verdict

KNOWN_FOR_MINUTES = 10
"""How long the last good minute speaks for the present."""
DEGRADED_DAY_PERMILLE = 100
"""A day was slow if at least this much of what was measured of it was."""


Minutes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CurrentState:
    """How a service or menu is now."""

    menu_id: str | None
    """None: the service as a whole."""
    state: State
    since: datetime | None
    """Of a failure: when it began; recovering: the first good minute since; up: when it last failed or was slow; None: nobody knows."""
    disagreement: bool = False
    """Only one of users and probes sees a failure just now: a blocked prober, or a service that singles it out. Not while closed."""


def current_state(
    menu_id: str | None,
    strips: Sequence[DayStrip],
    newest: Incident | None,
    minute: int,
    method: Method,
    closed_since: int | None = None,
    maintained: Span | None = None,
) -> CurrentState:
    """Return how a subject stands in a minute, from its strips of yesterday and today and its newest incident.

    Outside service hours closed, `closed_since` that minute. In an open incident, down or partial as the last known minute was,
    recovering if that was good. In `maintained` minutes, which do not count, maintenance unless the last minute of the past ten was
    good. Else up or slow as the last good minutes were, if there was one within ten minutes: a bad one that makes no incident (yet)
    tells nothing. Else unknown.
    """
    if closed_since is not None:
        return CurrentState(menu_id, "closed", moment_of(closed_since))
    minutes, verdicts, share = _known(strips, minute)
    if newest is not None and newest.ended_at is None:
        return _in_incident(menu_id, minutes, verdicts, newest)
    if maintained is not None and not (len(minutes) and minutes[-1] > minute - KNOWN_FOR_MINUTES and verdicts[-1] < Verdict.PARTIAL):
        return CurrentState(menu_id, "maintenance", moment_of(maintained.first))
    good = np.flatnonzero(verdicts < Verdict.PARTIAL)
    if not len(good) or minutes[good[-1]] <= minute - KNOWN_FOR_MINUTES:
        return CurrentState(menu_id, "unknown", moment_of(int(minutes[-1]) + 1) if len(minutes) else None)
    slow, since = _speed(minutes[good], verdicts[good], share[good], method)
    if slow:
        return CurrentState(menu_id, "degraded", moment_of(since))
    ended = newest.ended_at if newest is not None else None
    changed = moment_of(since) if since > int(minutes[good[0]]) else None
    return CurrentState(menu_id, "up", max(filter(None, (ended, changed)), default=None))


def _speed(minutes: Minutes, verdicts: NDArray[np.uint8], share: Minutes, method: Method) -> tuple[bool, int]:
    """Return whether the last of some good minutes is shown as slow, and since which of them what is shown has not changed.

    It becomes slow with half of the requests slow, and fast again with less than `slow_end_permille` of them; and never twice within
    five minutes, so that nobody watches a state flicker.
    """
    turns = {False: np.flatnonzero(verdicts == Verdict.DEGRADED), True: np.flatnonzero(share < method.slow_end_permille)}
    slow, at = bool(verdicts[0] == Verdict.DEGRADED), 0
    while True:
        held = int(np.searchsorted(minutes, minutes[at] + method.state_hold_minutes)) if at else 1
        later = turns[slow][np.searchsorted(turns[slow], held) :]
        if not len(later):
            return slow, int(minutes[at])
        slow, at = not slow, int(later[0])


def _in_incident(menu_id: str | None, minutes: Minutes, verdicts: NDArray[np.uint8], open_one: Incident) -> CurrentState:
    bad = np.flatnonzero(verdicts >= Verdict.PARTIAL)
    if len(bad) and bad[-1] < len(verdicts) - 1:
        return CurrentState(menu_id, "recovering", moment_of(int(minutes[bad[-1] + 1])))
    down = verdicts[-1] == Verdict.DOWN if len(verdicts) else open_one.severity == "major"
    return CurrentState(menu_id, "down" if down else "partial", open_one.started_at)


def in_disagreement(strips: Sequence[DayStrip], minute: int, block_minutes: int, method: Method) -> bool:
    """Return whether users and probes disagreed in the last of the past ten minutes of which both tell."""
    for strip in reversed(strips):
        blocks = Requests(*(evidence.in_blocks(counts.astype(np.int64), strip.first_minute, block_minutes) for counts in strip.requests))
        users = evidence.of_users(blocks, block_minutes, method)
        probes = evidence.of_probes(strip.probe_ok.astype(np.int64), strip.probe_failed.astype(np.int64))
        minutes = strip.first_minute + np.arange(len(strip))
        recent = (minutes > minute - KNOWN_FOR_MINUTES) & (minutes <= minute)
        both = np.flatnonzero(recent & (np.minimum(users, probes) != Verdict.UNKNOWN))
        if len(both):
            return bool(evidence.disagreement(users, probes)[both[-1]])
    return False


def last_minutes(strips: Iterable[DayStrip], minute: int) -> Iterator[int]:
    """Yield the last minute, up to this one, of which anything is known, and the last that was good."""
    minutes, verdicts, _ = _known(strips, minute)
    for known in (minutes, minutes[verdicts < Verdict.PARTIAL]):
        yield from known[-1:].tolist()


def day_mark(day: date, minutes: NDArray[np.int64]) -> DayMark:
    """Return the mark of a day from its minutes by class: the worst that lasted."""
    measured = int(minutes[MinuteClass.UP : MinuteClass.DOWN + 1].sum() + minutes[MinuteClass.ISOLATED])
    down, partial = int(minutes[MinuteClass.DOWN] + minutes[MinuteClass.ISOLATED]), int(minutes[MinuteClass.PARTIAL])
    return DayMark(day, _state_of_day(minutes, measured), down, partial, measured)


def _state_of_day(minutes: NDArray[np.int64], measured: int) -> State:
    if minutes[MinuteClass.DOWN]:
        return "down"
    if minutes[MinuteClass.PARTIAL]:
        return "partial"
    if not measured:
        return "maintenance" if minutes[MinuteClass.MAINTENANCE] else "unknown"
    return "degraded" if minutes[MinuteClass.DEGRADED] * 1000 >= DEGRADED_DAY_PERMILLE * measured else "up"


def _known(strips: Iterable[DayStrip], minute: int) -> tuple[Minutes, NDArray[np.uint8], Minutes]:
    """Return the known minutes up to and including one, their verdicts, and how many of 1000 requests were slow."""
    strips = list(strips)
    if not strips:
        return np.empty(0, np.int64), np.empty(0, np.uint8), np.empty(0, np.int64)
    minutes = np.concatenate([strip.first_minute + np.arange(len(strip)) for strip in strips])
    verdicts, count, slow = (np.concatenate([getattr(strip, name) for strip in strips]) for name in ("verdict", "count", "slow"))
    known = (verdicts != Verdict.UNKNOWN) & (minutes <= minute)
    return minutes[known], verdicts[known], slow[known].astype(np.int64) * 1000 // np.maximum(count[known], 1)
