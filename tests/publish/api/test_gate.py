"""The gate as pipelines ask it: always an answer or no answer, never a yes by accident."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from observatory.flows.catalogue import apply_catalogue
from observatory.flows.signing_keys import SigningKeys
from observatory.settings import Settings
from observatory.signoff.dsse import read_envelope, signed_by
from observatory.web.context import parts_of
from tests.builders import a_catalogue, a_service
from tests.moments import NOW
from tests.signed_log import BEGIN, DIGEST, OTHER_DIGEST, SERVICE, WrittenLog

ADDRESS = f"/api/v1/gate?service={SERVICE}&digest={DIGEST}&environment=production"


def keep(app: APIFlask, log: WrittenLog) -> None:
    register = parts_of(app).register
    apply_catalogue(register, a_catalogue(a_service()), BEGIN)
    log.keep_in(register)


@pytest.fixture
def signed(app: APIFlask) -> WrittenLog:
    """A log in which the release was signed, kept in the application."""
    log = WrittenLog.with_people()
    log.freeze()
    log.sign()
    keep(app, log)
    return log


def test_what_was_signed_may_be_opened(client: FlaskClient, signed: WrittenLog) -> None:
    response = client.get(ADDRESS)
    told = response.json

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert (told["decision"], told["reasons"], told["break_glass"]) == ("allow", [], None)
    assert told["attestation"]["payloadType"] == "application/vnd.in-toto+json"
    assert (told["service"], told["digest"], told["environment"]) == (SERVICE, DIGEST, "production")
    assert (told["evaluated_at"], told["valid_until"]) == ("2026-11-20T03:00:00Z", "2026-11-21T03:00:00Z")
    assert told["release"]["version"] == "2.4.1"
    assert told["signoff"]["decision"] == "pass"
    assert told["policy"]["requires"] == ["frozen-release", "executive-signoff"]
    assert told["log"].pop("origin").startswith("localhost/log-")
    assert told["log"] == {"tree_size": len(signed.entries), "proof": f"/log/proof/{told['signoff']['index']}"}


def test_another_digest_may_not_and_is_told_why_in_both_languages(client: FlaskClient, signed: WrittenLog) -> None:
    response = client.get(ADDRESS.replace(DIGEST, OTHER_DIGEST))

    assert response.status_code == 200
    assert response.json["decision"] == "deny"
    assert (response.json["valid_until"], response.json["signoff"], response.json["release"]) == (None, None, None)
    (reason,) = response.json["reasons"]
    assert reason == {
        "code": "DIGEST_MISMATCH",
        "text_ko": "이 다이제스트로 확정된 이 서비스의 배포본이 없습니다",
        "text_en": "No release of the service was frozen with this digest",
    }


def test_what_is_revoked_is_told_at_once(app: APIFlask, client: FlaskClient) -> None:
    log = WrittenLog.with_people()
    log.freeze()
    log.revoke(log.sign())
    keep(app, log)

    told = client.get(ADDRESS).json
    assert [reason["code"] for reason in told["reasons"]] == ["REVOKED"]
    assert told["signoff"] is not None


def test_an_emergency_says_what_it_outweighs(app: APIFlask, client: FlaskClient) -> None:
    log = WrittenLog.with_people()
    log.now = NOW - timedelta(hours=1)
    approved = log.approve(log.request(hours=24))
    keep(app, log)

    told = client.get(ADDRESS).json
    assert (told["decision"], told["reasons"]) == ("allow", [])
    assert (told["break_glass"]["index"], told["break_glass"]["waived"]) == (approved, ["NO_RELEASE"])


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        (f"service={SERVICE}", 400),
        (f"service={SERVICE}&digest=sha256:ab", 400),
        (f"service={SERVICE}&digest={DIGEST.upper()}", 400),
        (f"service={SERVICE}&digest={DIGEST}%0A", 400),
        (f"service={SERVICE}&digest={DIGEST}&environment=Prod", 400),
        (f"service={SERVICE}&digest={DIGEST}&digest={OTHER_DIGEST}", 400),
        (f"service={SERVICE}&digest={DIGEST}&enviroment=production", 400),
        (f"service={SERVICE}&digest={DIGEST}&format=xml", 400),
        (f"service=tax&digest={DIGEST}", 404),
        (f"service=../x&digest={DIGEST}", 400),
    ],
)
def test_a_bad_question_gets_no_answer(client: FlaskClient, signed: WrittenLog, query: str, status: int) -> None:
    response = client.get(f"/api/v1/gate?{query}")

    assert response.status_code == status
    assert b'"decision"' not in response.data


def damage(settings: Settings, statement: str) -> None:
    with closing(sqlite3.connect(settings.data / "register.sqlite")) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log SET body = CAST(replace(CAST(body AS TEXT), '여덟', '아홉') AS BLOB) WHERE kind = 'signoff-revoked'",
        "UPDATE log SET kind = 'month-frozen' WHERE kind = 'signoff-revoked'",
        "DELETE FROM log WHERE kind = 'signoff-revoked'",
    ],
)
def test_a_log_that_was_changed_decides_nothing(app: APIFlask, client: FlaskClient, settings: Settings, statement: str) -> None:
    log = WrittenLog.with_people()
    log.freeze()
    log.revoke(log.sign())
    keep(app, log)
    damage(settings, statement)

    response = client.get(ADDRESS)
    assert response.status_code == 503
    assert b'"decision"' not in response.data


def test_a_leaf_nobody_here_wrote_decides_nothing(app: APIFlask, client: FlaskClient) -> None:
    log = WrittenLog.with_people()
    log.freeze()
    log.sign()
    log.append("signoff-revoked", b"{}")
    keep(app, log)

    assert client.get(ADDRESS).status_code == 503


def test_azure_is_told_by_status_too(client: FlaskClient, signed: WrittenLog) -> None:
    yes, no = client.get(f"{ADDRESS}&format=azure"), client.get(f"{ADDRESS.replace(DIGEST, OTHER_DIGEST)}&format=azure")

    assert (yes.status_code, yes.json) == (200, {"status": "successful", "decision": "allow", "reasons": []})
    assert (no.status_code, no.json) == (409, {"status": "failed", "decision": "deny", "reasons": ["DIGEST_MISMATCH"]})


def test_what_is_allowed_is_attested_in_the_observatorys_signature(app: APIFlask, client: FlaskClient, signed: WrittenLog) -> None:
    envelope = read_envelope(client.get(ADDRESS).json["attestation"])
    keys = [key.statement_key for key in parts_of(app).get(SigningKeys).all()]
    assert signed_by(envelope, keys) == keys
    statement = json.loads(envelope.payload)
    assert statement["predicateType"] == "https://in-toto.io/attestation/svr/v0.2"
    assert statement["subject"] == [{"name": SERVICE, "digest": {"sha256": DIGEST.removeprefix("sha256:")}}]
    assert statement["predicate"]["properties"] == ["OBSERVATORY_EXECUTIVE_SIGNED_OFF", "OBSERVATORY_ENVIRONMENT_PRODUCTION"]
    assert statement["predicate"]["validUntil"] == "2026-11-21T03:00:00Z"
    assert client.get(ADDRESS.replace(DIGEST, OTHER_DIGEST)).json["attestation"] is None
