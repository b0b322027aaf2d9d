"""Write what a gate allowed as an in-toto statement, for whoever verifies it where it is deployed.

The predicate is a Simple Verification Result (https://in-toto.io/attestation/svr/v0.2) with two fields more: the policy by which it
was decided, and until when it holds.
"""

from datetime import UTC, datetime

from observatory.signoff.canonical_json import Json, canonical
from observatory.signoff.gate import GateAnswer
from observatory.signoff.statement import STATEMENT_TYPE

PAYLOAD_TYPE = "application/vnd.in-toto+json"
PREDICATE_TYPE = "https://in-toto.io/attestation/svr/v0.2"
SIGNED_OFF, EMERGENCY = "OBSERVATORY_EXECUTIVE_SIGNED_OFF", "OBSERVATORY_BREAK_GLASS"


def gate_statement(answer: GateAnswer, verifier: str) -> bytes:
    """Return the statement that a release was let through; `verifier` is the address of the gate. Only for an answer that allows."""
    assert answer.decision == "allow"
    assert answer.valid_until is not None
    question, policy = answer.question, answer.policy
    properties: list[Json] = [EMERGENCY if answer.break_glass else SIGNED_OFF, f"OBSERVATORY_ENVIRONMENT_{question.environment.upper()}"]
    predicate: dict[str, Json] = {
        "properties": properties,
        "timeCreated": _second(answer.evaluated_at),
        "validUntil": _second(answer.valid_until),
        "verifier": {"id": verifier, "policy": {"digest": {"sha256": policy.digest.removeprefix("sha256:")}, "uri": policy.version}},
    }
    subject: Json = {"digest": {"sha256": question.digest.removeprefix("sha256:")}, "name": question.service}
    return canonical({"_type": STATEMENT_TYPE, "predicate": predicate, "predicateType": PREDICATE_TYPE, "subject": [subject]})


def _second(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
