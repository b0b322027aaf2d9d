"""What a security key signs holds for that statement, site and domain only."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.errors import BadInput, NotAllowed
from observatory.signoff.assertion import Assertion, assertion_json, challenge_of, check_assertion, read_assertion
from tests.authenticator import USER_PRESENT, USER_VERIFIED
from tests.security_key import ORIGIN, SecurityKey

KEY = SecurityKey()
CHALLENGE = challenge_of(b"a statement")


def test_an_answer_to_the_challenge_is_accepted_and_survives_the_log() -> None:
    answer = KEY.answer(CHALLENGE)

    check_assertion(answer, CHALLENGE)
    assert read_assertion(assertion_json(answer)) == answer


@pytest.mark.parametrize(
    ("forged", "reason"),
    [
        pytest.param(lambda: KEY.answer(challenge_of(b"another statement")), "challenge", id="another statement"),
        pytest.param(lambda: KEY.answer(CHALLENGE, flags=USER_PRESENT), "verified", id="no user verification"),
        pytest.param(lambda: KEY.answer(CHALLENGE, flags=USER_VERIFIED), "present", id="nobody there"),
        pytest.param(lambda: KEY.answer(CHALLENGE, origin="https://evil.example"), "origin", id="wrong origin"),
        pytest.param(lambda: replace(KEY.answer(CHALLENGE, origin="https://evil.example"), origin=ORIGIN), "origin", id="hidden origin"),
        pytest.param(lambda: replace(SecurityKey("go.kr").answer(CHALLENGE), rp_id="status.go.kr"), "RP ID", id="foreign domain"),
        pytest.param(lambda: KEY.answer(CHALLENGE, kind="webauthn.create"), "type", id="an enrolment"),
        pytest.param(lambda: replace(KEY.answer(CHALLENGE), public_key=SecurityKey().public_key), "verify", id="another key"),
        pytest.param(lambda: replace(KEY.answer(CHALLENGE), public_key=b"\x00"), "", id="no key"),
        pytest.param(lambda: replace(KEY.answer(CHALLENGE), signature=b""), "verify", id="no signature"),
    ],
)
def test_a_forged_answer_is_refused(forged: Callable[[], Assertion], reason: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        check_assertion(forged(), CHALLENGE)
    assert reason in str(refused.value.values["reason"])


@given(st.integers(0, 2), st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_is_noticed(part: int, place: int, by: int) -> None:
    answer = KEY.answer(CHALLENGE)
    name = ("authenticator_data", "client_data_json", "signature")[part]
    content = bytearray(getattr(answer, name))
    content[place % len(content)] ^= by

    with pytest.raises(NotAllowed):
        check_assertion(replace(answer, **{name: bytes(content)}), CHALLENGE)  # type: ignore[arg-type]


@given(st.binary(max_size=100))
def test_a_key_made_of_anything_is_refused_in_words(key: bytes) -> None:
    with pytest.raises(NotAllowed):
        check_assertion(replace(KEY.answer(CHALLENGE), public_key=key), CHALLENGE)


@pytest.mark.parametrize(
    "change",
    [{"more": "x"}, {"signature": 5}, {"signature": "AA=="}, {"signature": "A"}, {"credential": "00"}, {"origin": None}],
)
def test_what_is_not_written_as_the_log_writes_it_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        read_assertion({**assertion_json(KEY.answer(CHALLENGE)), **change})  # type: ignore[dict-item]
