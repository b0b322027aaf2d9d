"""A sign-off and its canonical statement are the same thing written two ways."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.errors import BadInput
from observatory.model.signoff import Condition, Decision, Release, SignOff, SignOffBinding
from observatory.model.text import Text
from observatory.signoff.bare_statement import bare_statement_bytes, read_bare_statement
from observatory.signoff.gate_policy import IN_FORCE_AT_FIRST, VERSION
from observatory.signoff.statement import read_statement, statement_bytes
from tests.builders import a_signoff
from tests.written_before import STATEMENT_BODY

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(lambda text: text.strip())
moments = st.integers(1_577_836_800, 4_102_444_800).map(lambda second: datetime.fromtimestamp(second, UTC))
conditions = st.lists(st.builds(Condition, texts, st.dates(date(2020, 1, 1), date(2100, 1, 1))), min_size=1, max_size=3)


Change = Callable[[dict[str, Any]], object]
"""What is done to a statement before it is written again."""


@st.composite
def signoffs(draw: st.DrawFn) -> SignOff:
    decision: Decision = draw(st.sampled_from(get_args(Decision)))
    return SignOff(
        release=Release(
            "job-portal",
            draw(st.from_regex(r"[0-9]{1,3}\.[0-9]{1,3}", fullmatch=True)),
            "sha256:" + draw(st.from_regex("[0-9a-f]{64}", fullmatch=True)),
        ),
        plan_reference=draw(texts),
        decision=decision,
        reasons=draw(texts) + "이유는 스무 글자가 넘도록 적어야 합니다",
        conditions=tuple(draw(conditions)) if decision == "conditional" else (),
        signer_id="0123456789ab",
        signer_name=draw(texts),
        office=Text(draw(texts), draw(texts)),
        assurance="",
        signed_at=draw(moments),
        binding=SignOffBinding(
            draw(st.integers(0, 2**50)), tuple(draw(st.lists(texts, max_size=3))), VERSION, IN_FORCE_AT_FIRST.digest, draw(texts)
        ),
    )


def a_bound_signoff() -> SignOff:
    """Return a sign-off of a frozen release."""
    binding = SignOffBinding(7, ("ab" * 32,), VERSION, IN_FORCE_AT_FIRST.digest, "https://jobs.example.go.kr/")
    return replace(a_signoff(), signer_id="0123456789ab", assurance="", binding=binding)


@given(signoffs())
def test_a_statement_reads_back_as_the_same_signoff(signoff: SignOff) -> None:
    assert read_statement(statement_bytes(signoff)) == signoff


def test_a_statement_is_an_in_toto_statement_about_the_digest() -> None:
    statement = json.loads(statement_bytes(a_bound_signoff()))

    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"] == [{"name": "job-portal", "digest": {"sha256": "ab" * 32}}]
    assert statement["predicate"]["notAfter"] == "2027-05-19T01:02:03Z"
    assert statement["predicate"]["selfStated"] == ["plan.uri", "release.version"]
    assert statement["predicate"]["run"] is None
    assert "minister" not in json.dumps(statement)


def test_a_statement_of_before_is_read_and_written_unchanged() -> None:
    assert read_bare_statement(STATEMENT_BODY) == a_signoff()
    assert bare_statement_bytes(a_signoff()) == STATEMENT_BODY


def _with(change: Change) -> bytes:
    statement = json.loads(statement_bytes(a_bound_signoff()))
    change(statement)
    return json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "change",
    [
        lambda statement: statement.update(extra=1),
        lambda statement: statement["predicate"].update(extra=1),
        lambda statement: statement["predicate"].pop("reasons"),
        lambda statement: statement["predicate"].update(decision="maybe"),
        lambda statement: statement["predicate"].update(reasons="short"),
        lambda statement: statement["predicate"].update(notAfter="2099-01-01T00:00:00Z"),
        lambda statement: statement["predicate"].update(signedAt="2026-11-20T01:02:03+00:00"),
        lambda statement: statement["predicate"].update(signedAt="0000-11-20T01:02:03Z"),
        lambda statement: statement["predicate"].update(conditions=[{"due": "2026-12-01", "text": "a pass has none"}]),
        lambda statement: statement["predicate"].update(conditions=[{"due": "someday", "text": "soon"}]),
        lambda statement: statement["predicate"]["signer"].update(name=5),
        lambda statement: statement["predicate"]["release"].update(logIndex=-1),
        lambda statement: statement["predicate"]["policy"]["digest"].update(sha256="AB" * 32),
        lambda statement: statement["predicate"].update(selfStated=[]),
        lambda statement: statement["predicate"].update(run={"id": 1}),
        lambda statement: statement["predicate"]["statementText"].update(en="I agree."),
        lambda statement: statement["subject"][0]["digest"].update(sha256="AB" * 32),
        lambda statement: statement.update(subject=[]),
        lambda statement: statement.update(subject=statement["subject"] * 2),
        lambda statement: statement.update(predicateType="usability-signoff/v1"),
        lambda statement: statement.update(_type="https://in-toto.io/Statement/v0.1"),
    ],
)
def test_a_statement_nobody_here_wrote_is_refused(change: Change) -> None:
    assert read_statement(_with(lambda _: None)) == a_bound_signoff()
    with pytest.raises(BadInput):
        read_statement(_with(change))


@pytest.mark.parametrize("change", [lambda statement: statement.update(extra=1), lambda statement: statement.update(subject=[])])
def test_a_statement_of_before_is_read_as_strictly(change: Change) -> None:
    statement = json.loads(STATEMENT_BODY)
    change(statement)
    with pytest.raises(BadInput):
        read_bare_statement(json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'{"predicate":{},"subject":[]}'])
def test_other_json_is_refused(body: bytes) -> None:
    with pytest.raises(BadInput):
        read_statement(body)
