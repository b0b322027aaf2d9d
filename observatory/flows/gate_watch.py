"""Watch the gates: what was found to have changed becomes an entry of the log, each change once."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from observatory.model.release import BreakGlassRequested, GateChanged, ReleaseFrozen
from observatory.model.signoff import NewEntry
from observatory.signoff.gate import GateQuestion, decide
from observatory.signoff.gate_history import History
from observatory.signoff.leaves import GATE_OPENED, GATE_SUSPENDED, body_of
from observatory.signoff.state import running_release
from observatory.store.register import RegisterStore

CHANGES_AT_ONCE_MAX = 100
"""Noted in one transaction; what is left is found again by the next look."""


def changes_of_gates(history: History, now: datetime) -> Iterator[GateChanged]:
    """Yield the gates that are not as the log says they were last: opened, shut, or run though they never were open."""
    if history.unreadable:
        return
    for service in history.services:
        for question in watched(service, history):
            found, before = decide(question, history, now), last_known(question, history)
            runs = running_release(service, history)
            was_open = before is not None and not before.reasons
            is_run = runs is not None and (runs.told.digest, runs.told.environment) == (question.digest, question.environment)
            shut_anew = found.decision == "deny" and (was_open or (before is None and is_run))
            if shut_anew or (found.decision == "allow" and not was_open):
                yield GateChanged(service, question.digest, question.environment, found.reasons)


def watched(service: str, history: History) -> list[GateQuestion]:
    """Return the gates of a service: of what was frozen, what it runs, and what was asked for in an emergency."""
    frozen = [(leaf.told.digest, leaf.told.environment) for leaf in history.about(service, ReleaseFrozen)]
    asked = [(leaf.told.digest, leaf.told.environment) for leaf in history.about(service, BreakGlassRequested)]
    runs = running_release(service, history)
    running = [(runs.told.digest, runs.told.environment)] if runs is not None else []
    return [GateQuestion(service, *each) for each in dict.fromkeys((*frozen, *asked, *running))]


def last_known(question: GateQuestion, history: History) -> GateChanged | None:
    """Return how a gate was found last, None if nothing was noted yet."""
    asked = question.digest, question.environment
    noted = [leaf.told for leaf in history.about(question.service, GateChanged)]
    return next((each for each in reversed(noted) if (each.digest, each.environment) == asked), None)


def note_gates(register: RegisterStore, history: History, now: datetime) -> int:
    """Note what changed, unless the log went on since it was read: killed anywhere, each change is noted once. Return how many were."""
    changes = [*islice(changes_of_gates(history, now), CHANGES_AT_ONCE_MAX)]
    if not changes:
        return 0
    with register.change() as books:
        if books.log.tree()[0] != history.size:
            return 0
        for change in changes:
            books.log.append(NewEntry(GATE_SUSPENDED if change.reasons else GATE_OPENED, body_of(change), now))
    return len(changes)
