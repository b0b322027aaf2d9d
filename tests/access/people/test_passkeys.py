"""Whom a passkey proves, and what proves nobody though it looks much like it."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask import g
from hypothesis import given
from hypothesis import strategies as st

from observatory.access.people.challenges import CHALLENGE_GOOD_FOR, new_challenge
from observatory.access.people.passkey_answers import RefusedAnswer, RelyingParty, check_registration, read_answer
from observatory.access.people.passkeys import creation_options, prove_by_passkey, relying_party, request_options
from observatory.access.people.proving import Proof
from observatory.server.app import create_app
from observatory.settings import Settings
from observatory.store.register import RegisterStore
from tests.authenticator import BACKED_UP, MAY_BE_BACKED_UP, USER_PRESENT, Authenticator, decoded, encoded
from tests.builders import a_staff_member
from tests.people import SteppingClock, staff_secrets
from tests.registers import in_change, in_look

BROWSER, ANOTHER_BROWSER = "b" * 43, "c" * 43


@dataclass
class Desk:
    """An application whose minister has a passkey, and one browser in front of it."""

    app: APIFlask
    register: RegisterStore
    clock: SteppingClock
    authenticator: Authenticator

    def enrol(self, staff_id: str, authenticator: Authenticator) -> None:
        """Give a member a passkey."""
        options = creation_options(in_look(self.register).staff.member(staff_id) or a_staff_member(), new_challenge("enrol"), "관측소")
        answer = read_answer(authenticator.create(json.loads(json.dumps(options))))
        passkey = check_registration(answer, relying_party(), staff_id, "열쇠", "host", self.clock())
        in_change(self.register).passkeys.add(passkey)

    def ask(self, purpose: str = "sign-in", challenge: bytes | None = None) -> dict[str, object]:
        """Return what the browser is asked."""
        options: dict[str, object] = json.loads(json.dumps(request_options(None, new_challenge(purpose, challenge))))
        return options

    def answer(self, text: str, purpose: str = "sign-in", **only: object) -> Proof | None:
        """Return whom an answer proves."""
        return prove_by_passkey(text, purpose, self.clock(), **only)  # type: ignore[arg-type]


@pytest.fixture
def desk(settings: Settings, now: object, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A browser at http://localhost."""
    clock = SteppingClock(request.getfixturevalue("now"))
    app = create_app(settings, now=clock)
    parts = app.extensions["observatory"]
    for name in ("minister", "mayor"):
        in_change(parts.register).staff.add(a_staff_member(name), staff_secrets())
    with app.test_request_context(base_url="http://localhost"):
        g.browser_value = BROWSER
        desk = Desk(app, parts.register, clock, Authenticator())
        desk.enrol("minister", desk.authenticator)
        yield desk
    parts.telemetry.close()
    parts.register.close()


def test_a_passkey_proves_its_member_and_the_signed_bytes_are_handed_on(desk: Desk) -> None:
    proof = desk.answer(desk.authenticator.get(desk.ask()))

    assert proof is not None
    assert (proof.member.id, proof.assurance) == ("minister", "passkey-device-bound")
    assert proof.assertion is not None
    assert proof.assertion.public_key == desk.authenticator.public_key
    kept = in_look(desk.register).passkeys.passkey(desk.authenticator.credential_id)
    assert kept is not None
    assert kept.last_used_at == desk.clock()


def test_a_synced_passkey_says_so(desk: Desk) -> None:
    synced = Authenticator(credential_id=b"\x02" * 16, flags=Authenticator.flags | MAY_BE_BACKED_UP | BACKED_UP)
    desk.enrol("mayor", synced)

    proof = desk.answer(synced.get(desk.ask()))

    assert proof is not None
    assert (proof.member.id, proof.assurance) == ("mayor", "passkey-synced")


def test_a_caller_may_name_the_challenge_and_gets_an_answer_to_it_alone(desk: Desk) -> None:
    named = bytes(range(32))
    answer = desk.authenticator.get(desk.ask("sign", named))

    assert desk.answer(answer, "sign", challenge=bytes(32)) is None
    assert desk.answer(answer, "sign", challenge=named) is not None
    again = desk.authenticator.get(desk.ask("sign", named))
    assert desk.answer(again, "sign", challenge=named) is None, "the same bytes are signed once"


def told_otherwise(**claims: object) -> Callable[[Authenticator], Authenticator]:
    """Return an authenticator with the same key that claims something else."""
    return lambda authenticator: replace(authenticator, **claims)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "forged",
    [
        told_otherwise(flags=USER_PRESENT),
        told_otherwise(origin="http://localhost:8443"),
        told_otherwise(origin="https://evil.example"),
        told_otherwise(rp_id="evil.example"),
        told_otherwise(cross_origin=True),
        told_otherwise(user_handle=b"somebody else" * 2),
        told_otherwise(credential_id=b"\x09" * 32),
        told_otherwise(flags=Authenticator.flags | MAY_BE_BACKED_UP),
        lambda authenticator: replace(Authenticator(), user_handle=authenticator.user_handle),
    ],
    ids=[
        "no user verification",
        "another port",
        "wrong origin",
        "foreign rpId",
        "framed",
        "handle",
        "unknown",
        "became synced",
        "another key",
    ],
)
def test_what_only_looks_like_it_proves_nobody(desk: Desk, forged: Callable[[Authenticator], Authenticator]) -> None:
    assert desk.answer(forged(desk.authenticator).get(desk.ask())) is None
    assert desk.answer(desk.authenticator.get(desk.ask())) is not None


def test_an_answer_works_once(desk: Desk) -> None:
    answer = desk.authenticator.get(desk.ask())

    assert desk.answer(answer) is not None
    assert desk.answer(answer) is None


def test_an_answer_is_good_for_its_purpose_and_its_browser_only(desk: Desk) -> None:
    answer = desk.authenticator.get(desk.ask("sign-in"))
    assert desk.answer(answer, "sign") is None

    g.browser_value = ANOTHER_BROWSER
    assert desk.answer(answer) is None

    g.browser_value = BROWSER
    assert desk.answer(answer) is not None


@pytest.mark.parametrize("passed", [CHALLENGE_GOOD_FOR, timedelta(days=1), -timedelta(minutes=6)])
def test_an_answer_that_comes_late_proves_nobody(desk: Desk, passed: timedelta) -> None:
    answer = desk.authenticator.get(desk.ask())
    desk.clock.moment += passed

    assert desk.answer(answer) is None


@pytest.mark.parametrize("proof", ["", ".", "0", "zz.zz", "-1.", "f" * 40 + ".", "6a.\ud800", "1_0.x"])
def test_a_challenge_of_somebody_elses_making_is_refused(desk: Desk, proof: str) -> None:
    assert desk.answer(desk.authenticator.get({**desk.ask(), "challengeProof": proof})) is None


def test_where_one_member_is_asked_another_members_passkey_proves_nobody(desk: Desk) -> None:
    assert desk.answer(desk.authenticator.get(desk.ask()), staff_id="mayor") is None
    assert desk.answer(desk.authenticator.get(desk.ask()), staff_id="minister") is not None


def test_a_revoked_passkey_and_an_account_that_ended_prove_nobody(desk: Desk) -> None:
    in_change(desk.register).passkeys.revoke(desk.authenticator.credential_id, desk.clock())
    assert desk.answer(desk.authenticator.get(desk.ask())) is None

    other = Authenticator(credential_id=b"\x03" * 32)
    desk.enrol("mayor", other)
    in_change(desk.register).staff.disable("mayor", desk.clock())
    assert desk.answer(other.get(desk.ask())) is None


def test_a_copy_is_seen_by_its_count(desk: Desk, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    counting = Authenticator(credential_id=b"\x04" * 32, sign_count=7)
    desk.enrol("mayor", counting)
    copy = replace(counting)
    assert desk.answer(counting.get(desk.ask())) is not None

    assert desk.answer(copy.get(desk.ask())) is None

    written = capsys.readouterr().out + caplog.text
    assert "there is a copy of it" in written
    assert "mayor" not in written


def test_whoever_cannot_sign_cannot_cry_wolf(desk: Desk, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    counting = Authenticator(credential_id=b"\x05" * 32, sign_count=7)
    desk.enrol("mayor", counting)

    assert desk.answer(replace(Authenticator(), credential_id=counting.credential_id).get(desk.ask())) is None

    assert "copy" not in capsys.readouterr().out + caplog.text


def test_who_is_not_signed_in_is_told_of_no_passkey(desk: Desk) -> None:
    assert desk.ask()["allowCredentials"] == []
    allowed = request_options(a_staff_member(), new_challenge("sign"))["allowCredentials"]
    assert len(allowed if isinstance(allowed, list) else ()) == 1


def test_pages_at_the_public_address_ask_for_it(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"public_url": "https://status.example.go.kr/"}))
    with app.test_request_context(base_url="http://10.0.0.7:8000"):
        party = relying_party()
        asked = request_options(None, new_challenge("sign-in"))
    app.extensions["observatory"].telemetry.close()
    app.extensions["observatory"].register.close()

    assert (party.id, party.origin, asked["rpId"]) == ("status.example.go.kr", "https://status.example.go.kr", "status.example.go.kr")


def test_no_page_repeats_the_host_a_client_names(desk: Desk) -> None:
    assert "rpId" not in desk.ask()
    assert creation_options(a_staff_member(), new_challenge("enrol"), "관측소")["rp"] == {"name": "관측소"}


@pytest.mark.parametrize("flags", [USER_PRESENT, 0])
def test_a_passkey_that_does_not_verify_its_user_is_not_enrolled(desk: Desk, flags: int) -> None:
    with pytest.raises(RefusedAnswer):
        desk.enrol("mayor", Authenticator(credential_id=b"\x06" * 32, flags=flags))


@given(
    st.one_of(
        st.text(),
        st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)).map(
            json.dumps
        ),
    )
)
def test_an_answer_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(RefusedAnswer):
        read_answer(text)


def cut_or_changed(text: str, at: int, by: bytes) -> str:
    """Return base64url of bytes that were changed at a place."""
    raw = decoded(text)
    return encoded(raw[: at % len(raw)] + by + raw[at % len(raw) + 1 :])


@given(st.sampled_from(["clientDataJSON", "attestationObject"]), st.integers(0, 400), st.binary(max_size=4))
def test_a_broken_attestation_is_refused_or_changes_nothing(name: str, at: int, by: bytes) -> None:
    answer = json.loads(Authenticator().create({"challenge": encoded(bytes(32)), "user": {"id": "YQ"}}))
    answer["response"][name] = cut_or_changed(answer["response"][name], at, by)

    with suppress(RefusedAnswer):
        party = RelyingParty("localhost", "http://localhost")
        made = check_registration(read_answer(json.dumps(answer)), party, "minister", "열쇠", "host", a_staff_member().created_at)
        assert made.credential_id == Authenticator.credential_id
