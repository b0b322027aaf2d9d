"""A security key signs exactly the statement that was shown; whatever only looks like that signs nothing."""

import html
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from apiflask import APIFlask

from observatory.access.people.passkeys import user_handle
from observatory.flows.gate import change_policy
from observatory.flows.public_log import SignedLog
from observatory.model.staff import Passkey
from observatory.signoff.gate_policy import GatePolicy
from observatory.store.register import RegisterStore
from observatory.web.context import parts_of
from tests.authenticator import USER_PRESENT, Authenticator
from tests.frozen import freeze
from tests.people import PASSWORD, REASONS, Person, one_time_number, signoffs_of
from tests.registers import in_change, in_look

CONFIRM = "/ko/desk/services/job-portal/confirm"


@pytest.fixture
def key(app: APIFlask, register: RegisterStore, minister: Person) -> Authenticator:
    """The minister's security key, enrolled; the minister is signed in."""
    made = Authenticator(user_handle=user_handle(parts_of(app).keys, "minister"))
    in_change(register).passkeys.add(
        Passkey(
            made.credential_id,
            "minister",
            made.public_key,
            0,
            device_bound=True,
            name="열쇠",
            enrolled_at=minister.now(),
            enrolled_by="host",
        )
    )
    minister.sign_in()
    return made


def options(person: Person) -> dict[str, str]:
    """Return what the page on the screen asks of a key."""
    assert person.response is not None
    asked: dict[str, str] = json.loads(html.unescape(person.response.text.partition('data-passkey-options="')[2].partition('"')[0]))
    return asked


def touch(person: Person, key: Authenticator, asked: dict[str, str] | None = None) -> int:
    """Answer with a key, and send the form; return the status."""
    fields = person.forms()[1].fields
    return person.post(CONFIRM, {**fields, "assertion": key.get(asked or options(person))}).status_code


def test_the_key_signs_what_is_shown_and_the_record_says_so(minister: Person, key: Authenticator, register: RegisterStore) -> None:
    minister.decide()
    assert touch(minister, key) == 200

    (signed,) = signoffs_of(register, "job-portal")
    assert (signed.assurance, signed.reasons) == ("passkey-device-bound", REASONS)
    assert "/desk/signed/" in minister.address


def test_the_same_touch_signs_once(minister: Person, key: Authenticator, register: RegisterStore) -> None:
    minister.decide()
    fields = {**minister.forms()[1].fields, "assertion": key.get(options(minister))}
    minister.post(CONFIRM, fields)
    minister.post(CONFIRM, fields)

    assert len(signoffs_of(register, "job-portal")) == 1


def test_a_touch_for_one_statement_signs_no_other(minister: Person, key: Authenticator, register: RegisterStore) -> None:
    minister.decide(decision="fail")
    asked = options(minister)
    minister.decide()
    assert touch(minister, key, asked) == 400
    minister.decide(decision="fail")
    fields = {**minister.forms()[1].fields, "assertion": key.get(options(minister)), "decision": "pass"}
    assert minister.post(CONFIRM, fields).status_code == 400

    assert signoffs_of(register, "job-portal") == []


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(lambda key: replace(key, flags=USER_PRESENT), id="no user verification"),
        pytest.param(lambda key: replace(key, origin="https://evil.example"), id="wrong origin"),
        pytest.param(lambda key: replace(key, rp_id="evil.example"), id="foreign domain"),
        pytest.param(lambda key: replace(key, cross_origin=True), id="in a frame"),
        pytest.param(lambda key: replace(key, key=Authenticator().key), id="another key"),
        pytest.param(lambda key: replace(key, credential_id=b"\x02" * 32), id="a key nobody enrolled"),
    ],
)
def test_what_only_looks_like_the_key_signs_nothing(
    minister: Person, key: Authenticator, register: RegisterStore, forged: Callable[[Authenticator], Authenticator]
) -> None:
    minister.decide()
    assert touch(minister, forged(key)) == 400
    assert signoffs_of(register, "job-portal") == []
    assert touch(minister, key) == 200


def test_where_the_rules_ask_for_a_key_a_password_is_neither_asked_for_nor_taken(
    minister: Person, key: Authenticator, register: RegisterStore
) -> None:
    change_policy(register, GatePolicy(("frozen-release", "executive-signoff", "passkey")), minister.now())
    freeze(register, minister.now(), version="2.5.0", digest="sha256:" + "ef" * 32)
    page = minister.decide()
    fields = {**minister.forms()[1].fields, "password": PASSWORD, "code": one_time_number(minister.now())}
    del fields["assertion"]

    assert 'name="password"' not in page.text
    minister.now.pass_by(seconds=30)
    assert minister.post(CONFIRM, {**fields, "code": one_time_number(minister.now())}).status_code == 403
    assert signoffs_of(register, "job-portal") == []
    minister.decide()
    assert touch(minister, key) == 200


def test_nothing_is_signed_into_a_log_that_is_not_what_was_signed_before(
    app: APIFlask, minister: Person, key: Authenticator, register: RegisterStore
) -> None:
    minister.decide()
    fields = {**minister.forms()[1].fields, "assertion": key.get(options(minister))}
    with register.change() as books:
        connection = books.log._connection  # type: ignore[attr-defined]
        connection.execute("UPDATE log SET body = x'7b7d' WHERE log_index = 0")
    parts_of(app).get(SignedLog).read_again(minister.now(), begin=True)
    before = in_look(register).log.tree()

    assert minister.post(CONFIRM, fields).status_code == 503
    assert minister.decide().status_code == 503
    assert in_look(register).log.tree() == before


def test_a_revoked_key_is_not_asked_for_and_signs_nothing(minister: Person, key: Authenticator, register: RegisterStore) -> None:
    minister.decide()
    asked = options(minister)
    in_change(register).passkeys.revoke(key.credential_id, minister.now())
    assert touch(minister, key, asked) == 400
    minister.decide()

    assert minister.response is not None
    assert "data-passkey-options" not in minister.response.text
    assert signoffs_of(register, "job-portal") == []


def test_an_account_that_ended_signs_nothing(minister: Person, key: Authenticator, register: RegisterStore) -> None:
    minister.decide()
    asked = options(minister)
    fields = {**minister.forms()[1].fields, "assertion": key.get(asked)}
    in_change(register).staff.disable("minister", minister.now())

    assert minister.post(CONFIRM, fields).status_code == 401
    assert signoffs_of(register, "job-portal") == []
