"""Read the sign-offs of before releases were frozen: a statement alone, its signer's word for everything, no signature beside it.

None is written any more; those that stand in a log stay what they were, byte for byte.
"""

from datetime import UTC, date, datetime
from functools import lru_cache

import msgspec

from observatory.errors import BadInput, phrase
from observatory.model.signoff import Condition, Decision, Release, SignOff
from observatory.model.text import Text
from observatory.signoff.canonical_json import Json, canonical, parse
from observatory.signoff.statement import SIGNOFFS_REMEMBERED_MAX, STATEMENT_TYPE, WRITTEN_HERE

PREDICATE_TYPE = "usability-signoff/v1"

_DIGEST_PREFIX = "sha256:"
_SECOND = "%Y-%m-%dT%H:%M:%SZ"


def bare_statement_bytes(signoff: SignOff) -> bytes:
    """Return the statement of such a sign-off; times to the second."""
    return canonical(_statement(signoff))


@lru_cache(maxsize=SIGNOFFS_REMEMBERED_MAX)
def read_bare_statement(body: bytes) -> SignOff:
    """Return the sign-off these bytes state. Raises BadInput for anything `bare_statement_bytes` would not have written."""
    parse(body)
    try:
        signoff = _signoff(msgspec.json.decode(body, type=_StatementFields))
        written = bare_statement_bytes(signoff)
    except (msgspec.DecodeError, ValueError, IndexError, OverflowError) as error:
        raise BadInput(phrase("cannot read a sign-off statement: %(error)s"), WRITTEN_HERE, error=str(error)) from None
    if written != body:
        raise BadInput(phrase("cannot read a sign-off statement: it says more, or says it differently"), WRITTEN_HERE)
    return signoff


def _statement(signoff: SignOff) -> dict[str, Json]:
    release = signoff.release
    predicate: dict[str, Json] = {
        "assurance": signoff.assurance,
        "conditions": [{"due": condition.due.isoformat(), "text": condition.text} for condition in signoff.conditions],
        "decision": signoff.decision,
        "environment": release.environment,
        "notAfter": _second_text(signoff.not_after),
        "plan": {"uri": signoff.plan_reference},
        "reasons": signoff.reasons,
        "signedAt": _second_text(signoff.signed_at),
        "signer": {
            "id": signoff.signer_id,
            "name": signoff.signer_name,
            "officeEn": signoff.office.en,
            "officeKo": signoff.office.ko,
        },
        "version": release.version,
    }
    subject: Json = {"name": release.service_id, "digest": {"sha256": release.digest.removeprefix(_DIGEST_PREFIX)}}
    return {"_type": STATEMENT_TYPE, "predicate": predicate, "predicateType": PREDICATE_TYPE, "subject": [subject]}


def _second_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_SECOND)


class _Digest(msgspec.Struct, frozen=True):
    sha256: str


class _Subject(msgspec.Struct, frozen=True):
    name: str
    digest: _Digest


class _Condition(msgspec.Struct, frozen=True):
    due: date
    text: str


class _Plan(msgspec.Struct, frozen=True):
    uri: str


class _Signer(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    name: str
    office_en: str
    office_ko: str


class _Predicate(msgspec.Struct, frozen=True, rename="camel"):
    assurance: str
    conditions: tuple[_Condition, ...]
    decision: Decision
    environment: str
    plan: _Plan
    reasons: str
    signed_at: str
    signer: _Signer
    version: str


class _StatementFields(msgspec.Struct, frozen=True):
    predicate: _Predicate
    subject: tuple[_Subject, ...]


def _signoff(statement: _StatementFields) -> SignOff:
    predicate, subject = statement.predicate, statement.subject[0]
    return SignOff(
        release=Release(subject.name, predicate.version, _DIGEST_PREFIX + subject.digest.sha256, predicate.environment),
        plan_reference=predicate.plan.uri,
        decision=predicate.decision,
        reasons=predicate.reasons,
        conditions=tuple(Condition(condition.text, condition.due) for condition in predicate.conditions),
        signer_id=predicate.signer.id,
        signer_name=predicate.signer.name,
        office=Text(predicate.signer.office_ko, predicate.signer.office_en),
        assurance=predicate.assurance,
        signed_at=datetime.strptime(predicate.signed_at, _SECOND).replace(tzinfo=UTC),
    )
