"""Describe a certificate for programs."""

import base64
from datetime import date
from typing import Any

from observatory.model.signoff import Decision
from observatory.readmodel.certificates import Certificate, Standing
from observatory.signoff.assertion import assertion_json
from observatory.signoff.dsse import envelope_json
from observatory.signoff.gate_reasons import ReasonCode
from observatory.signoff.statement import SELF_STATED
from observatory.web.shapes import Moment, Shape


class CertifiedConditionShape(Shape):
    """A condition of the sign-off and what became of it."""

    id: str
    text: str
    due: date
    met_at: Moment | None
    note: str | None
    overdue: bool


class WitnessShape(Shape):
    """Who outside had seen the log this far, and by when."""

    name: str
    at: Moment


class RevocationShape(Shape):
    """Why the sign-off does not count any more."""

    index: int
    at: Moment
    reasons: str


class CertificateProofShape(Shape):
    """Where the sign-off stands in the log, and the file that proves it."""

    index: int
    leaf_hash: str
    origin: str | None
    tree_size: int | None
    root: str | None
    tlog_proof: str | None


class CertificateShape(Shape):
    """A sign-off with all that proves it; `gate` is what the gate says about its release right now."""

    number: str
    standing: Standing
    service: str
    version: str
    digest: str
    environment: str
    decision: Decision
    reasons: str
    self_stated: tuple[str, ...]
    signer_name: str
    office_ko: str
    office_en: str
    assurance: str
    signed_at: Moment
    not_after: Moment
    conditions: tuple[CertifiedConditionShape, ...]
    revocation: RevocationShape | None
    gate_decision: str
    gate_reasons: tuple[ReasonCode, ...]
    log: CertificateProofShape
    witnesses: tuple[WitnessShape, ...]
    witnessed: bool | None
    """Null: nobody asks for witnesses."""
    envelope: dict[str, Any] | None
    assertion: dict[str, Any] | None
    statement: str
    """Base64 of exactly the bytes that were shown and signed."""

    @classmethod
    def of(cls, found: Certificate) -> "CertificateShape":
        """Return what is published of a certificate."""
        signoff, signed = found.signed.signoff, found.signed.signed
        return cls(
            number=found.number,
            standing=found.standing,
            service=signoff.release.service_id,
            version=signoff.release.version,
            digest=signoff.release.digest,
            environment=signoff.release.environment,
            decision=signoff.decision,
            reasons=signoff.reasons,
            self_stated=SELF_STATED,
            signer_name=signoff.signer_name,
            office_ko=signoff.office.ko,
            office_en=signoff.office.en,
            assurance=signoff.assurance,
            signed_at=signoff.signed_at,
            not_after=signoff.not_after,
            conditions=_conditions(found),
            revocation=_revocation(found),
            gate_decision=found.answer.decision,
            gate_reasons=found.answer.reasons,
            log=_proof(found),
            witnesses=tuple(WitnessShape(name=each.name, at=each.at) for each in found.witnesses),
            witnessed=found.witnessed,
            envelope=None if signed.envelope is None else envelope_json(signed.envelope),
            assertion=None if signed.assertion is None else assertion_json(signed.assertion),
            statement=base64.b64encode(signed.payload).decode(),
        )


def _conditions(found: Certificate) -> tuple[CertifiedConditionShape, ...]:
    return tuple(
        CertifiedConditionShape(
            id=each.id,
            text=each.condition.text,
            due=each.condition.due,
            met_at=each.met.at if each.met is not None else None,
            note=each.met.told.note if each.met is not None else None,
            overdue=each.overdue,
        )
        for each in found.conditions
    )


def _revocation(found: Certificate) -> RevocationShape | None:
    leaf = found.revoked
    return None if leaf is None else RevocationShape(index=leaf.index, at=leaf.at, reasons=leaf.told.reasons)


def _proof(found: Certificate) -> CertificateProofShape:
    checkpoint = found.checkpoint
    return CertificateProofShape(
        index=found.signed.entry.index,
        leaf_hash=found.signed.entry.leaf_hash.hex(),
        origin=checkpoint.origin if checkpoint is not None else None,
        tree_size=checkpoint.size if checkpoint is not None else None,
        root=checkpoint.root.hex() if checkpoint is not None else None,
        tlog_proof=found.proof.text if found.proof is not None else None,
    )
