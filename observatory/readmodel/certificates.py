"""Certify a sign-off: what was decided, how it stands now, and everything with which anybody can check that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from observatory.errors import CannotDecide, NotFound, phrase
from observatory.flows.gate import readable
from observatory.flows.public_log import SignedLog
from observatory.flows.release_history import KnownHistory, at_witnessed_size
from observatory.flows.signing_keys import SigningKeys
from observatory.flows.signoffs import SignedEntry, signed_entry
from observatory.model.release import ConditionMet, SignOffRevoked
from observatory.model.signoff import Condition
from observatory.signoff.certificate import number_of, read_number, unknown_certificate
from observatory.signoff.dsse import signed_by
from observatory.signoff.gate import GateAnswer, GateQuestion, decide
from observatory.signoff.gate_history import History
from observatory.signoff.gate_reasons import REASONS
from observatory.signoff.leaves import Logged
from observatory.store.register import RegisterStore
from observatory.transparency.checkpoint import Checkpoint
from observatory.transparency.cosignature import seconds_of
from observatory.transparency.note import Note
from observatory.transparency.policy import Policy
from observatory.transparency.proof import LogProof

Standing = Literal["holds", "failed", "revoked", "overdue", "expired", "superseded", "pending", "refused", "old"]
"""What a sign-off amounts to now.

`pending`: witnesses have not seen it yet. `refused`: the gate does not count it. `old`: of before releases were frozen, nothing proves it.
"""


@dataclass(frozen=True, slots=True)
class ConditionStanding:
    """What became of a condition."""

    id: str
    condition: Condition
    met: Logged[ConditionMet] | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class Witnessed:
    """Somebody outside who signed that they had seen the log this far."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Certificate:
    """A sign-off with all that proves it."""

    number: str
    signed: SignedEntry
    standing: Standing
    answer: GateAnswer
    """Of the gate, about the release and right now."""
    conditions: tuple[ConditionStanding, ...]
    revoked: Logged[SignOffRevoked] | None
    proof: LogProof | None
    """None for the moment until the log is signed again."""
    checkpoint: Checkpoint | None
    """To which the proof leads."""
    witnesses: tuple[Witnessed, ...]
    witnessed: bool | None
    """Whether those have cosigned it who must; None: nobody asks for witnesses."""
    in_our_signature: bool
    """Whether the statement is in the observatory's own signature."""


@dataclass(frozen=True, slots=True)
class CertificateSources:
    """Where certificates are read from."""

    register: RegisterStore
    history: KnownHistory
    log: SignedLog
    keys: SigningKeys


def certificate(sources: CertificateSources, number: str, now: datetime) -> Certificate:
    """Return the certificate of a number. Raises NotFound for a number nobody was given, CannotDecide for a log that is broken."""
    asked = read_number(number)
    try:
        found = signed_entry(sources.register, asked.index)
    except NotFound:
        raise unknown_certificate(number) from None
    if not asked.fits(found.entry.leaf_hash):
        raise unknown_certificate(number)
    if sources.log.look(now).broken is not None:
        raise CannotDecide(REASONS["LOG_INCONSISTENT"], phrase("run: observatory check-log"))
    witnessed_size = sources.log.witnessed_size(now)
    history = at_witnessed_size(readable(sources.history), witnessed_size)
    release = found.signoff.release
    answer = decide(GateQuestion(release.service_id, release.digest, release.environment), history, now)
    proof = _proof(sources.log, asked.index, now)
    note = Note.parse(proof.checkpoint) if proof is not None else None
    return Certificate(
        number=number_of(found.entry.index, found.entry.leaf_hash),
        signed=found,
        standing=_standing(found, answer, history),
        answer=answer,
        conditions=_conditions(found, history, now),
        revoked=_revocation(found, history),
        proof=proof,
        checkpoint=Checkpoint.parse(note.text) if note is not None else None,
        witnesses=_witnesses(note, sources.log.policy),
        witnessed=None if witnessed_size is None else asked.index < witnessed_size,
        in_our_signature=_is_ours(found, sources.keys),
    )


def _proof(log: SignedLog, index: int, now: datetime) -> LogProof | None:
    try:
        return log.proof(index, now)
    except NotFound:
        return None


def _standing(found: SignedEntry, answer: GateAnswer, history: History) -> Standing:
    signoff, service = found.signoff, found.signoff.release.service_id
    if signoff.binding is None:
        return "old"
    if signoff.decision == "fail":
        return "failed"
    if any(leaf.told.signoff == found.entry.index for leaf in history.about(service, SignOffRevoked)):
        return "revoked"
    if answer.signoff is None or answer.signoff.index != found.entry.index:
        return "superseded" if answer.signoff is not None and answer.signoff.index > found.entry.index else "refused"
    by_reason: Sequence[tuple[str, Standing]] = (
        ("SIGNOFF_EXPIRED", "expired"),
        ("CONDITION_OVERDUE", "overdue"),
        ("SUPERSEDED", "superseded"),
        ("SOD_VIOLATION", "refused"),
        ("NO_EXECUTIVE_SIGNOFF", "refused"),
        ("UNWITNESSED", "pending"),
    )
    reasons = answer.reasons or answer.waived
    return next((standing for reason, standing in by_reason if reason in reasons), "holds")


def _conditions(found: SignedEntry, history: History, now: datetime) -> tuple[ConditionStanding, ...]:
    met = {
        leaf.told.condition: leaf
        for leaf in history.about(found.signoff.release.service_id, ConditionMet)
        if leaf.told.signoff == found.entry.index
    }
    today = now.astimezone(history.zone).date()
    return tuple(
        ConditionStanding(str(number), condition, met.get(str(number)), str(number) not in met and today > condition.due)
        for number, condition in enumerate(found.signoff.conditions, 1)
    )


def _revocation(found: SignedEntry, history: History) -> Logged[SignOffRevoked] | None:
    said = history.about(found.signoff.release.service_id, SignOffRevoked)
    return next((leaf for leaf in said if leaf.told.signoff == found.entry.index), None)


def _witnesses(note: Note | None, policy: Policy | None) -> tuple[Witnessed, ...]:
    if note is None or policy is None:
        return ()
    signed = ((each.name, note.signed_by(each.key)) for each in policy.witnesses.values())
    return tuple(Witnessed(name, datetime.fromtimestamp(seconds_of(line), UTC)) for name, line in signed if line is not None)


def _is_ours(found: SignedEntry, keys: SigningKeys) -> bool:
    envelope = found.signed.envelope
    return envelope is not None and bool(signed_by(envelope, [key.statement_key for key in keys.all()]))
