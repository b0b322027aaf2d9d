"""Answer whether a release may be opened to the public: from the log as it stands, and only if the log is what was signed before."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from observatory.errors import CannotDecide, Conflict, phrase
from observatory.flows.public_log import SignedLog
from observatory.flows.release_history import KnownHistory, at_witnessed_size
from observatory.model.signoff import NewEntry
from observatory.signoff.gate import GateAnswer, GateQuestion, decide
from observatory.signoff.gate_history import History
from observatory.signoff.gate_policy import GatePolicy
from observatory.signoff.gate_reasons import REASONS
from observatory.signoff.leaves import POLICY_CHANGED, PolicyChanged, body_of
from observatory.store.register import RegisterStore

UNREADABLE = phrase("cannot decide about a release: entry %(index)d of the log is none of this observatory")
Sign = Callable[[str, bytes], dict[str, object]]
"""Makes a DSSE envelope of a payload type and a payload."""


@dataclass(frozen=True, slots=True)
class AttestationSigner:
    """Signs what the gate attests; an application without one attests nothing."""

    sign: Sign


@dataclass(frozen=True, slots=True)
class GateOutcome:
    """An answer, with the log it was told from."""

    answer: GateAnswer
    tree_size: int
    origin: str = ""
    """Which log; empty before it was signed first."""


def gate_answer(register: RegisterStore, signed_log: SignedLog, question: GateQuestion, now: datetime) -> GateOutcome:
    """Return what `answer_from` does, for whoever asks once and has no history yet."""
    return answer_from(KnownHistory(register), signed_log, question, now)


def answer_from(known: KnownHistory, signed_log: SignedLog, question: GateQuestion, now: datetime) -> GateOutcome:
    """Return whether a release may be opened. Raises CannotDecide if the log does not continue what was signed, Overloaded."""
    state = signed_log.look(now)
    outcome = decided(known, question, now, sound=state.broken is None, witnessed_size=witnessed_size(signed_log, now))
    return replace(outcome, origin=state.checkpoint.checkpoint.origin if state.checkpoint is not None else "")


def witnessed_size(signed_log: SignedLog, now: datetime) -> int | None:
    """Return how much of the log outside witnesses have confirmed; None: nobody asks for witnesses."""
    return signed_log.witnessed_size(now)


def decided(known: KnownHistory, question: GateQuestion, now: datetime, *, sound: bool, witnessed_size: int | None = None) -> GateOutcome:
    """Return what the log says, if it is sound. Raises CannotDecide if it is not, or holds what nobody here wrote."""
    if not sound:
        raise CannotDecide(REASONS["LOG_INCONSISTENT"], phrase("run: observatory check-log"))
    history = readable(known)
    return GateOutcome(decide(question, at_witnessed_size(history, witnessed_size), now), history.size)


def readable(known: KnownHistory) -> History:
    """Return what the log tells. Raises CannotDecide if an entry cannot be read: what it says might be a no."""
    history = known.look()
    if history.unreadable:
        raise CannotDecide(UNREADABLE, phrase("run: observatory check-log"), index=history.unreadable[0])
    return history


def change_policy(register: RegisterStore, policy: GatePolicy, now: datetime) -> None:
    """Put other rules in force for what is frozen from now on. Raises Conflict if they are the ones in force."""
    known = KnownHistory(register)
    if in_force(known.look()) == policy:
        raise Conflict(phrase("cannot change the gate policy: it is the one in force"), phrase("see: observatory gate policy"))
    with register.change() as books:
        books.log.append(NewEntry(POLICY_CHANGED, body_of(PolicyChanged(policy, policy.digest)), now))


def in_force(history: History) -> GatePolicy:
    """Return the rules for what is frozen now."""
    return history.policy_at(history.size)
