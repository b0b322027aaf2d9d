"""Derive what a service's badge and page say of its sign-offs from what the log tells."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from observatory.model.release import BreakGlassApproved, BreakGlassRequested, ReleaseObserved
from observatory.model.signoff import SignOff, SignOffState
from observatory.signoff.certificate import number_of
from observatory.signoff.gate import (
    GateQuestion,
    conditions_met,
    decide,
    frozen_release,
    has_counted,
    newest_signoff,
    open_break_glass,
    revocation_of,
)
from observatory.signoff.gate_history import History
from observatory.signoff.gate_reasons import ReasonCode
from observatory.signoff.leaves import Logged
from observatory.signoff.signed import Signed

PRODUCTION = "production"
"""The environment that the public uses, and whose state is shown."""
FAILED: frozenset[ReasonCode] = frozenset({"SIGNED_FAIL"})
SUSPENDED: frozenset[ReasonCode] = frozenset({"REVOKED", "SOD_VIOLATION", "LOG_INCONSISTENT"})
OVERDUE: frozenset[ReasonCode] = frozenset({"CONDITION_OVERDUE", "SIGNOFF_EXPIRED"})


@dataclass(frozen=True, slots=True)
class SignOffNote:
    """What became of a sign-off since it was signed."""

    index: int
    """Of its leaf."""
    revoked_at: datetime | None = None
    revoked_for: str = ""
    met: tuple[datetime | None, ...] = ()
    """When each of its conditions was met."""


@dataclass(frozen=True, slots=True)
class Emergencies:
    """Openings without a sign-off, which two people answered for: counted for ever."""

    count: int = 0
    open_until: datetime | None = None
    """Of one that lasts."""
    unsigned_count: int = 0
    """Of them, those whose release was not signed since."""


NO_EMERGENCY = Emergencies()


def service_state(service: str, history: History, now: datetime) -> SignOffState:
    """Return what the badge of a service says: of the release it says it runs if it says so, else of the newest sign-off.

    A leaf that cannot be read is left out: it must not change what is shown of everybody. The gate decides nothing then.
    """
    history = history.readable_part()
    signed, running = history.about(service, Signed), running_release(service, history)
    if running is not None:
        answer = decide(GateQuestion(service, running.told.digest, PRODUCTION), history, now)
        if answer.decision == "deny":
            return "unapproved"
        if answer.break_glass is None and answer.signoff is not None:
            return _open_state(answer.signoff, history)
    return _state_of_newest(signed, history, now) if signed else "none"


def _state_of_newest(signed: Sequence[Logged[Signed]], history: History, now: datetime) -> SignOffState:
    """Return the state of the last decision that counted; "suspended" if none ever did."""
    for leaf in reversed(signed):
        if leaf.told.signoff.binding is None:
            return _state_as_before(leaf, history, now)
        release = leaf.told.signoff.release
        frozen = frozen_release(GateQuestion(release.service_id, release.digest, release.environment), history)
        if frozen is not None and newest_signoff(frozen, history) == leaf and has_counted(leaf, frozen, history):
            return _state_of(leaf, history, now)
    return "suspended"


def _state_as_before(signed: Logged[Signed], history: History, now: datetime) -> SignOffState:
    """Return the state of a decision in the form of before, which is judged by its own days alone."""
    if revocation_of(signed, history) is not None:
        return "suspended"
    return signoff_state([_without_met(signed, history)], now.astimezone(history.zone).date())


def _state_of(signed: Logged[Signed], history: History, now: datetime) -> SignOffState:
    """Return the state of a decision about a frozen release, as the gate sees it."""
    release = signed.told.signoff.release
    answer = decide(GateQuestion(release.service_id, release.digest, release.environment), history, now)
    against = {*answer.reasons, *answer.waived}
    if against & FAILED:
        return "failed"
    if against & SUSPENDED:
        return "suspended"
    return "overdue" if against & OVERDUE else _open_state(signed, history)


def _open_state(signed: Logged[Signed], history: History) -> Literal["signed", "conditional"]:
    return "signed" if _without_met(signed, history).decision == "pass" else "conditional"


def _without_met(signed: Logged[Signed], history: History) -> SignOff:
    """Return a sign-off as it counts; of one all of whose conditions were met a pass is left."""
    met = conditions_met(signed, history)
    left = tuple(each for number, each in enumerate(signed.told.signoff.conditions, 1) if str(number) not in met)
    decision = signed.told.signoff.decision
    return replace(signed.told.signoff, conditions=left, decision="pass" if decision == "conditional" and not left else decision)


def signoff_state(signoffs: Sequence[SignOff], today: date) -> SignOffState:
    """Return what the newest sign-off means today; `signoffs` newest first, `today` the local day.

    A pass holds until it ends by itself, a conditional one until its first condition is due; after that the service
    is open to the public without a decision that still counts: overdue. A sign-off holds through its last day.
    """
    if not signoffs:
        return "none"
    newest = signoffs[0]
    if newest.decision == "fail":
        return "failed"
    if today > _last_day(newest):
        return "overdue"
    return "signed" if newest.decision == "pass" else "conditional"


def signoffs_of(service: str, history: History) -> tuple[SignOff, ...]:
    """Return every sign-off of a service, newest first."""
    return tuple(
        replace(leaf.told.signoff, certificate=number_of(leaf.index, leaf.leaf_hash)) for leaf in reversed(history.about(service, Signed))
    )


def notes_of(service: str, history: History) -> tuple[SignOffNote, ...]:
    """Return what became of every sign-off of a service, newest first."""
    return tuple(_note(leaf, history) for leaf in reversed(history.about(service, Signed)))


def _note(signed: Logged[Signed], history: History) -> SignOffNote:
    revoked, met = revocation_of(signed, history), conditions_met(signed, history)
    found = [met.get(str(number)) for number, _ in enumerate(signed.told.signoff.conditions, 1)]
    moments = tuple(leaf.at if leaf is not None else None for leaf in found)
    return SignOffNote(signed.index, revoked.at if revoked else None, revoked.told.reasons if revoked else "", moments)


def running_release(service: str, history: History) -> Logged[ReleaseObserved] | None:
    """Return what a service says it runs for the public, None if it never said anything."""
    return next((leaf for leaf in reversed(history.about(service, ReleaseObserved)) if leaf.told.environment == PRODUCTION), None)


def emergencies_of(service: str, history: History, now: datetime) -> Emergencies:
    """Return how often a service was opened in an emergency, and whether it is now."""
    asked = {leaf.index: leaf for leaf in history.about(service, BreakGlassRequested)}
    approved = [leaf for leaf in history.about(service, BreakGlassApproved) if leaf.told.request in asked]
    open_now = [each for leaf in asked.values() if (each := open_break_glass(_question(service, leaf), history, now))]
    until = max((leaf.told.until for leaf in open_now), default=None)
    return Emergencies(len(approved), until, sum(not _signed_since(leaf, asked[leaf.told.request], history) for leaf in approved))


def _question(service: str, request: Logged[BreakGlassRequested]) -> GateQuestion:
    return GateQuestion(service, request.told.digest, request.told.environment)


def _signed_since(approved: Logged[BreakGlassApproved], request: Logged[BreakGlassRequested], history: History) -> bool:
    signed = [leaf for leaf in history.about(approved.told.service, Signed) if leaf.index > approved.index]
    return any(leaf.told.signoff.release.digest == request.told.digest for leaf in signed)


def _last_day(signoff: SignOff) -> date:
    return min([signoff.not_after.date(), *(condition.due for condition in signoff.conditions)])
