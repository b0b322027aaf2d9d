"""Decide whether a release may be opened to the public: a pure function of what stands in the log, and of the time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

from observatory.model.catalogue import check_id
from observatory.model.release import (
    BREAK_GLASS_HOURS_MAX,
    BreakGlassApproved,
    BreakGlassRequested,
    ConditionMet,
    ReleaseFrozen,
    SignOffRevoked,
    check_digest,
    check_environment,
)
from observatory.model.signoff import SHOWN_GOOD_FOR, SIGNOFF_VALIDITY
from observatory.signoff.dsse import Envelope, signed_by
from observatory.signoff.duties_apart import duties_were_apart
from observatory.signoff.gate_history import History
from observatory.signoff.gate_policy import IN_FORCE_AT_FIRST, GatePolicy
from observatory.signoff.gate_reasons import ReasonCode
from observatory.signoff.leaves import Logged
from observatory.signoff.signed import Signed
from observatory.signoff.statement import SIGNOFFS_REMEMBERED_MAX

ANSWER_HOLDS_MAX = timedelta(hours=24)
"""How long whoever was let through may believe it, at most."""


@dataclass(frozen=True, slots=True)
class GateQuestion:
    """Asks whether a digest may be opened in an environment of a service."""

    service: str
    digest: str
    environment: str = "production"

    def __post_init__(self) -> None:
        check_id(self.service, "service")
        check_digest(self.digest)
        check_environment(self.environment)


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """What the log says to that, with the leaves it was told from."""

    question: GateQuestion
    decision: Literal["allow", "deny"]
    reasons: tuple[ReasonCode, ...]
    """Why not; empty where it may."""
    evaluated_at: datetime
    valid_until: datetime | None
    """Until when it may be believed; a no is asked again each time."""
    policy: GatePolicy = IN_FORCE_AT_FIRST
    release: Logged[ReleaseFrozen] | None = None
    signoff: Logged[Signed] | None = None
    break_glass: Logged[BreakGlassApproved] | None = None
    """What alone opens it, in an emergency."""
    waived: tuple[ReasonCode, ...] = ()
    """The reasons against it that the emergency outweighs."""


def decide(question: GateQuestion, history: History, now: datetime) -> GateAnswer:
    """Return whether the release of a digest may be opened in an environment, by what the log says up to its size."""
    if history.unreadable:
        return _refusal(question, now, "LOG_INCONSISTENT")
    release, signoff = frozen_release(question, history), None
    if release is None:
        answer = _refusal(question, now, _why_none(question, history))
    else:
        signoff = newest_signoff(release, history)
        policy = history.policy_at(release.index)
        reasons = _reasons_against(release, signoff, history, now) if signoff else ("NO_EXECUTIVE_SIGNOFF",)
        until = None if reasons or signoff is None else min(now + ANSWER_HOLDS_MAX, *_ends(signoff, history))
        answer = GateAnswer(question, "deny" if reasons else "allow", reasons, now, until, policy, release, signoff)
    return _with_emergency(answer, history) if answer.reasons else answer


def frozen_release(question: GateQuestion, history: History) -> Logged[ReleaseFrozen] | None:
    """Return the release a question is about; if it was frozen twice, as it was first."""
    asked = question.digest, question.environment
    found = history.about(question.service, ReleaseFrozen)
    return next((leaf for leaf in found if (leaf.told.digest, leaf.told.environment) == asked), None)


def newest_signoff(release: Logged[ReleaseFrozen], history: History) -> Logged[Signed] | None:
    """Return the last word about a release; what was signed before it was frozen, or in the form of before, says nothing of it.

    Nor does what never counted, once something did: nobody who may not sign takes the place of who may.
    """
    found = [leaf for leaf in history.about(release.told.service, Signed) if _is_about(leaf, release, history)]
    counted = [leaf for leaf in found if has_counted(leaf, release, history)]
    return (counted or found)[-1] if found else None


def has_counted(signed: Logged[Signed], release: Logged[ReleaseFrozen], history: History) -> bool:
    """Return whether whoever signed a release was the one to sign it, in the way that is asked for."""
    frozen = history.about(release.told.service, ReleaseFrozen)
    deliverers = {leaf.told.by for leaf in frozen if leaf.told.digest == release.told.digest}
    return not _lacks_passkey(signed, release, history) and duties_were_apart(signed, deliverers, history)


def _lacks_passkey(signed: Logged[Signed], release: Logged[ReleaseFrozen], history: History) -> bool:
    return "passkey" in history.policy_at(release.index).requires and signed.told.assertion is None


def _is_about(signed: Logged[Signed], release: Logged[ReleaseFrozen], history: History) -> bool:
    said, binding, told = signed.told.signoff.release, signed.told.signoff.binding, release.told
    if binding is None or binding.release_index != release.index or signed.index < release.index:
        return False
    if binding.policy_digest != history.policy_at(release.index).digest:
        return False
    same = (said.version, said.digest, said.environment) == (told.version, told.digest, told.environment)
    return same and _is_genuine(signed, history)


def _is_genuine(signed: Logged[Signed], history: History) -> bool:
    """Return whether a sign-off is in the observatory's own signature of then, and was dated when it was made.

    That the signer's security key signed this very statement was verified when the leaf was read.
    """
    key, envelope = history.statement_key_at(signed.index), signed.told.envelope
    if key is None or envelope is None or not _signed_with(envelope, key):
        return False
    return timedelta(0) <= signed.at - signed.told.signoff.signed_at < SHOWN_GOOD_FOR


@lru_cache(maxsize=SIGNOFFS_REMEMBERED_MAX)
def _signed_with(envelope: Envelope, key: bytes) -> bool:
    """Return whether a key signed an envelope; remembered, since every gate is looked at each minute."""
    return bool(signed_by(envelope, [key]))


def _why_none(question: GateQuestion, history: History) -> ReasonCode:
    frozen = [leaf.told for leaf in history.about(question.service, ReleaseFrozen)]
    if any(release.digest == question.digest for release in frozen):
        return "ENVIRONMENT_MISMATCH"
    return "DIGEST_MISMATCH" if frozen else "NO_RELEASE"


def _refusal(question: GateQuestion, now: datetime, *reasons: ReasonCode) -> GateAnswer:
    return GateAnswer(question, "deny", reasons, now, None)


def _reasons_against(release: Logged[ReleaseFrozen], signed: Logged[Signed], history: History, now: datetime) -> tuple[ReasonCode, ...]:
    """Return everything that speaks against a release that was signed."""
    lacks_passkey = _lacks_passkey(signed, release, history)
    witnessed = history.witnessed_size
    against: dict[ReasonCode, bool] = {
        "NO_EXECUTIVE_SIGNOFF": lacks_passkey,
        "SIGNED_FAIL": signed.told.signoff.decision == "fail",
        "CONDITION_OVERDUE": any(now >= end for end in condition_ends(signed, history)),
        "SIGNOFF_EXPIRED": now >= _expires_at(signed),
        "REVOKED": revocation_of(signed, history) is not None,
        "SUPERSEDED": any(_supersedes(later, signed, history) for later in history.about(release.told.service, Signed)),
        "SOD_VIOLATION": not lacks_passkey and not has_counted(signed, release, history),
        "UNWITNESSED": witnessed is not None and _relied_on(signed, history) >= witnessed,
    }
    return tuple(code for code, holds in against.items() if holds)


def _supersedes(later: Logged[Signed], signed: Logged[Signed], history: History) -> bool:
    """Return whether a later sign-off let another release of the same place through; it counted once, and need not any more."""
    release, before = later.told.signoff.release, signed.told.signoff.release
    if later.index < signed.index or later.told.signoff.decision == "fail" or release.environment != before.environment:
        return False
    if release.digest == before.digest:
        return False
    frozen = frozen_release(GateQuestion(release.service_id, release.digest, release.environment), history)
    return frozen is not None and _is_about(later, frozen, history) and has_counted(later, frozen, history)


def revocation_of(signed: Logged[Signed], history: History) -> Logged[SignOffRevoked] | None:
    """Return what ended a sign-off, None if nothing did."""
    revoked = history.about(signed.told.signoff.release.service_id, SignOffRevoked)
    return next((leaf for leaf in revoked if leaf.told.signoff == signed.index), None)


def conditions_met(signed: Logged[Signed], history: History) -> dict[str, Logged[ConditionMet]]:
    """Return the conditions of a sign-off that were met, by their numbers."""
    met = history.about(signed.told.signoff.release.service_id, ConditionMet)
    return {leaf.told.condition: leaf for leaf in met if leaf.told.signoff == signed.index}


def condition_ends(signed: Logged[Signed], history: History) -> Iterator[datetime]:
    """Yield when the conditions of a sign-off that were not met are overdue: as the day ends by which they are due.

    What is due after the sign-off has expired ends nothing; as a date it may be any, up to the last there is.
    """
    met, last = conditions_met(signed, history), _expires_at(signed).date()
    for number, condition in enumerate(signed.told.signoff.conditions, 1):
        if str(number) not in met and condition.due <= last:
            yield datetime.combine(condition.due + timedelta(days=1), time(), history.zone).astimezone(UTC)


def _expires_at(signed: Logged[Signed]) -> datetime:
    return min(signed.told.signoff.not_after, signed.at + SIGNOFF_VALIDITY)


def _ends(signed: Logged[Signed], history: History) -> Iterator[datetime]:
    yield _expires_at(signed)
    yield from condition_ends(signed, history)


def _relied_on(signed: Logged[Signed], history: History) -> int:
    """Return the last leaf without which the answer would be another."""
    return max([signed.index, *(leaf.index for leaf in conditions_met(signed, history).values())])


def _with_emergency(answer: GateAnswer, history: History) -> GateAnswer:
    """Return the answer as an emergency changes it, if two people said there is one."""
    opened = open_break_glass(answer.question, history, answer.evaluated_at)
    if opened is None:
        return answer
    until = min(answer.evaluated_at + ANSWER_HOLDS_MAX, opened.told.until)
    return GateAnswer(
        answer.question, "allow", (), answer.evaluated_at, until, answer.policy, answer.release, answer.signoff, opened, answer.reasons
    )


def open_break_glass(question: GateQuestion, history: History, now: datetime) -> Logged[BreakGlassApproved] | None:
    """Return the approval by which a digest is let through in an emergency just now, None without one."""
    asked = {leaf.index: leaf for leaf in history.about(question.service, BreakGlassRequested)}
    for approved in reversed(history.about(question.service, BreakGlassApproved)):
        request = asked.get(approved.told.request)
        if request is None or (request.told.digest, request.told.environment) != (question.digest, question.environment):
            continue
        if _is_open(request, approved, now):
            return approved
    return None


def _is_open(request: Logged[BreakGlassRequested], approved: Logged[BreakGlassApproved], now: datetime) -> bool:
    hours = min(request.told.hours, BREAK_GLASS_HOURS_MAX)
    until = min(approved.told.until, approved.at + timedelta(hours=hours))
    return request.index < approved.index and request.told.by != approved.told.by and now < until
