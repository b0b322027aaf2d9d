"""Write a sign-off as the canonical bytes that are shown, signed, logged and published, and read them back strictly.

The shape is an in-toto Statement v1 (https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md): the subject is
the release by digest, the predicate is what the executive says about it. What is null belongs to the usability test itself.
"""

from datetime import UTC, date, datetime
from functools import lru_cache

import msgspec

from observatory.errors import BadInput, phrase
from observatory.model.signoff import Condition, Decision, Release, SignOff, SignOffBinding
from observatory.model.text import Text
from observatory.signoff.canonical_json import Json, canonical, parse

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "usability-signoff/v2"

SIGNOFFS_REMEMBERED_MAX = 4096
WRITTEN_HERE = phrase("it has to be one this observatory wrote")
MEANING = Text(
    ko="이 배포본을 국민에게 공개해도 되는지에 대한 최고책임자의 판정입니다.",
    en="The responsible executive's decision whether this release may be open to the public.",
)
SELF_STATED = ("plan.uri", "release.version")
"""Fields that nobody but their writer vouches for."""

_DIGEST_PREFIX = "sha256:"
_SECOND = "%Y-%m-%dT%H:%M:%SZ"


def statement_bytes(signoff: SignOff) -> bytes:
    """Return the statement of a sign-off that is bound to the log, times to the second. How it was signed stands beside it, not in it."""
    binding, release = signoff.binding, signoff.release
    assert binding is not None
    predicate: dict[str, Json] = {
        "acknowledgedProblems": None,
        "conditions": [
            {"due": condition.due.isoformat(), "id": condition_id(number), "text": condition.text}
            for number, condition in enumerate(signoff.conditions)
        ],
        "decision": signoff.decision,
        "environment": release.environment,
        "evidence": None,
        "inputAttestations": None,
        "meaning": _text(MEANING),
        "notAfter": _second_text(signoff.not_after),
        "participation": None,
        "plan": {"digest": None, "uri": signoff.plan_reference},
        "policy": {"digest": {"sha256": binding.policy_digest.removeprefix(_DIGEST_PREFIX)}, "uri": binding.policy_name},
        "reasons": signoff.reasons,
        "release": {"logIndex": binding.release_index, "version": release.version},
        "resourceUri": binding.resource_uri,
        "run": None,
        "selfStated": list(SELF_STATED),
        "signedAt": _second_text(signoff.signed_at),
        "signer": {
            "account": signoff.signer_id,
            "actingFor": None,
            "credentials": list(binding.credentials),
            "name": signoff.signer_name,
            "office": _text(signoff.office),
            "role": "executive",
        },
        "statementText": _text(_sentence(signoff)),
        "tasks": None,
        "witnessedBy": None,
    }
    subject: Json = {"name": release.service_id, "digest": {"sha256": release.digest.removeprefix(_DIGEST_PREFIX)}}
    return canonical({"_type": STATEMENT_TYPE, "predicate": predicate, "predicateType": PREDICATE_TYPE, "subject": [subject]})


def condition_id(number: int) -> str:
    """Return what the log calls a condition: its number, from 1."""
    return str(number + 1)


@lru_cache(maxsize=SIGNOFFS_REMEMBERED_MAX)
def read_statement(payload: bytes) -> SignOff:
    """Return the sign-off these bytes state, not saying how it was signed. Raises BadInput for what `statement_bytes` would not write."""
    parse(payload)
    try:
        signoff = _signoff(msgspec.json.decode(payload, type=_StatementFields))
        written = statement_bytes(signoff)
    except (msgspec.DecodeError, ValueError, IndexError, OverflowError) as error:
        raise BadInput(phrase("cannot read a sign-off statement: %(error)s"), WRITTEN_HERE, error=str(error)) from None
    if written != payload:
        raise BadInput(phrase("cannot read a sign-off statement: it says more, or says it differently"), WRITTEN_HERE)
    return signoff


def _sentence(signoff: SignOff) -> Text:
    """Return what the signer says, in a sentence of each language."""
    ko = {"pass": "합격", "conditional": "조건부 합격", "fail": "불합격"}[signoff.decision]
    en = {"pass": "pass", "conditional": "conditional pass", "fail": "fail"}[signoff.decision]
    return Text(
        ko=f"본인은 이 서비스의 최고책임자로서 위 배포본을 {ko} 판정합니다. 사유는 본인이 직접 썼습니다.",
        en=f"I am the responsible executive of this service, and my decision about this release is: {en}. The reasons are my own words.",
    )


def _text(text: Text) -> dict[str, Json]:
    return {"en": text.en, "ko": text.ko}


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


class _Policy(msgspec.Struct, frozen=True):
    digest: _Digest
    uri: str


class _Release(msgspec.Struct, frozen=True, rename="camel"):
    log_index: int
    version: str


class _Text(msgspec.Struct, frozen=True):
    en: str
    ko: str


class _Signer(msgspec.Struct, frozen=True):
    account: str
    credentials: tuple[str, ...]
    name: str
    office: _Text


class _Predicate(msgspec.Struct, frozen=True, rename="camel"):
    conditions: tuple[_Condition, ...]
    decision: Decision
    environment: str
    plan: _Plan
    policy: _Policy
    reasons: str
    release: _Release
    resource_uri: str
    signed_at: str
    signer: _Signer


class _StatementFields(msgspec.Struct, frozen=True):
    predicate: _Predicate
    subject: tuple[_Subject, ...]


def _signoff(statement: _StatementFields) -> SignOff:
    predicate, subject, signer = statement.predicate, statement.subject[0], statement.predicate.signer
    policy = predicate.policy
    return SignOff(
        release=Release(subject.name, predicate.release.version, _DIGEST_PREFIX + subject.digest.sha256, predicate.environment),
        plan_reference=predicate.plan.uri,
        decision=predicate.decision,
        reasons=predicate.reasons,
        conditions=tuple(Condition(condition.text, condition.due) for condition in predicate.conditions),
        signer_id=signer.account,
        signer_name=signer.name,
        office=Text(signer.office.ko, signer.office.en),
        assurance="",
        signed_at=datetime.strptime(predicate.signed_at, _SECOND).replace(tzinfo=UTC),
        binding=SignOffBinding(
            release_index=predicate.release.log_index,
            credentials=signer.credentials,
            policy_name=policy.uri,
            policy_digest=_DIGEST_PREFIX + policy.digest.sha256,
            resource_uri=predicate.resource_uri,
        ),
    )
