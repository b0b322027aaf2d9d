"""Ask and describe the release gate in the API."""

from typing import Any, Literal

from flask import Response, jsonify, request
from flask_babel import force_locale, gettext
from pydantic import Field

from observatory.errors import NotFound, phrase
from observatory.flows.gate import AttestationSigner, GateOutcome, answer_from
from observatory.flows.public_log import SignedLog
from observatory.flows.release_history import KnownHistory
from observatory.publish.api.answers import json_answer
from observatory.publish.api.questions import Question
from observatory.signoff.gate import GateAnswer, GateQuestion
from observatory.signoff.gate_attestation import PAYLOAD_TYPE, gate_statement
from observatory.signoff.gate_reasons import REASONS, ReasonCode
from observatory.web.context import part, parts
from observatory.web.shapes import Moment, Shape

DENIED = 409
"""Of an answer in the form for Azure alone, whose check passes on any 200 if nobody told it what to look for."""


class AskedGate(Question):
    """Which release is to be opened, and where."""

    service: str = Field(max_length=64, description="Id of the service.")
    digest: str = Field(max_length=80, description="Of exactly what is to be deployed: sha256: and 64 hexadecimal digits.")
    environment: str = Field("production", max_length=64, description="Where it is to run.")
    format: Literal["json", "azure"] = Field("json", description="azure: status and decision alone, with 409 for a no.")


class ReasonShape(Shape):
    """Why a gate stays shut."""

    code: ReasonCode
    text_ko: str
    text_en: str


class GateReleaseShape(Shape):
    """The frozen release that was asked about."""

    index: int
    version: str
    url: str
    frozen_at: Moment


class GatePolicyShape(Shape):
    """The rules by which it was decided: those in force when the release was frozen."""

    version: str
    digest: str
    requires: tuple[str, ...]


class GateSignOffShape(Shape):
    """The last word about it."""

    index: int
    decision: str
    signed_at: Moment
    not_after: Moment


class BreakGlassShape(Shape):
    """The emergency that alone opens it, and what would keep it shut."""

    index: int
    request: int
    until: Moment
    waived: tuple[ReasonCode, ...]


class GateLogShape(Shape):
    """The log it was told from; `proof` is where it is proven that the sign-off stands in it."""

    origin: str
    tree_size: int
    proof: str | None


class GateShape(Shape):
    """Whether a release may be opened. Only `decision` says so, never the status of the answer."""

    service: str
    digest: str
    environment: str
    decision: Literal["allow", "deny"]
    reasons: tuple[ReasonShape, ...]
    release: GateReleaseShape | None
    policy: GatePolicyShape
    signoff: GateSignOffShape | None
    break_glass: BreakGlassShape | None
    evaluated_at: Moment
    valid_until: Moment | None
    log: GateLogShape
    attestation: dict[str, Any] | None
    """A DSSE envelope of the same for whoever verifies it later; null for a no."""

    @classmethod
    def of(cls, outcome: GateOutcome) -> "GateShape":
        """Return what is published of an answer."""
        answer, question = outcome.answer, outcome.answer.question
        proof = f"/log/proof/{answer.signoff.index}" if answer.signoff else None
        return cls(
            service=question.service,
            digest=question.digest,
            environment=question.environment,
            decision=answer.decision,
            reasons=tuple(reason_of(code) for code in answer.reasons),
            release=_release(answer),
            policy=GatePolicyShape(version=answer.policy.version, digest=answer.policy.digest, requires=answer.policy.requires),
            signoff=_signoff(answer),
            break_glass=_break_glass(answer),
            evaluated_at=answer.evaluated_at,
            valid_until=answer.valid_until,
            log=GateLogShape(origin=outcome.origin, tree_size=outcome.tree_size, proof=proof),
            attestation=_attestation(answer),
        )


def gate_of(asked: AskedGate) -> Response:
    """Return the answer of the gate. Raises BadInput or NotFound for a bad question, CannotDecide, Overloaded."""
    question = GateQuestion(asked.service, asked.digest, asked.environment)
    if parts().register.recent_catalogue().service(question.service) is None:
        raise NotFound(phrase("cannot find service %(id)r"), phrase("choose a service of the catalogue"), id=question.service)
    outcome = answer_from(part(KnownHistory), part(SignedLog), question, parts().now())
    response = _for_azure(outcome.answer) if asked.format == "azure" else json_answer(asked, lambda: GateShape.of(outcome))
    response.headers["Cache-Control"] = "no-store"
    return response


def reason_of(code: ReasonCode) -> ReasonShape:
    """Return a reason with its words."""
    with force_locale("ko"):
        korean = gettext(REASONS[code])
    return ReasonShape(code=code, text_ko=korean, text_en=REASONS[code])


def _for_azure(answer: GateAnswer) -> Response:
    allowed = answer.decision == "allow"
    response = jsonify(status="successful" if allowed else "failed", decision=answer.decision, reasons=[*answer.reasons])
    response.status_code = 200 if allowed else DENIED
    return response


def _release(answer: GateAnswer) -> GateReleaseShape | None:
    found = answer.release
    if found is None:
        return None
    return GateReleaseShape(index=found.index, version=found.told.version, url=found.told.url, frozen_at=found.at)


def _signoff(answer: GateAnswer) -> GateSignOffShape | None:
    if answer.signoff is None:
        return None
    signed = answer.signoff.told.signoff
    return GateSignOffShape(index=answer.signoff.index, decision=signed.decision, signed_at=signed.signed_at, not_after=signed.not_after)


def _break_glass(answer: GateAnswer) -> BreakGlassShape | None:
    found = answer.break_glass
    if found is None or answer.valid_until is None:
        return None
    return BreakGlassShape(index=found.index, request=found.told.request, until=found.told.until, waived=answer.waived)


def _attestation(answer: GateAnswer) -> dict[str, Any] | None:
    if answer.decision == "deny" or not parts().has(AttestationSigner):
        return None
    verifier = (parts().settings.public_url or request.host_url).rstrip("/") + "/api/v1/gate"
    return part(AttestationSigner).sign(PAYLOAD_TYPE, gate_statement(answer, verifier))
