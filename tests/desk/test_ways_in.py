"""Adding ways to sign in, signing in by them, and ending them: through the pages."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pyotp
import pytest

from observatory.access.people import credentials
from observatory.access.people.account_marks import account_mark
from observatory.access.people.enrolment import HOST, change_roles, reset
from observatory.model.sign_in_ways import ENROLMENT_CODE_GOOD_FOR
from observatory.model.staff import Grant
from observatory.store.opening import FolderKeys
from observatory.store.register import RegisterStore
from tests.authenticator import USER_PRESENT, Authenticator
from tests.builders import a_staff_member
from tests.people import PASSWORD, RECOVERY_CODES, Person, SteppingClock, one_time_number, staff_secrets
from tests.registers import in_change, in_look

NEW_PASSWORD = "seven quiet rivers 산"


@pytest.fixture
def keys(app: object) -> FolderKeys:
    """The keys of the folder."""
    found: FolderKeys = app.extensions["observatory"].keys  # type: ignore[attr-defined]
    return found


@pytest.fixture
def invite(register: RegisterStore, keys: FolderKeys, clock: SteppingClock) -> Callable[..., str]:
    """Return a way to get enrolment codes of the host."""
    return lambda staff_id="minister": credentials.offer(register, keys, staff_id, HOST, clock())


@pytest.fixture
def admin(register: RegisterStore, somebody: Callable[[], Person]) -> Person:
    """An administrator, signed in."""
    in_change(register).staff.add(a_staff_member("admin", grants=(Grant("admin"),)), staff_secrets())
    person = somebody()
    person.sign_in("admin")
    return person


def asked(person: Person) -> dict[str, object]:
    """Return what the page on the screen asks a passkey."""
    assert person.response is not None
    found = re.search(r'data-passkey-options="([^"]*)"', person.response.text)
    assert found
    options: dict[str, object] = json.loads(unescape(found[1]))
    return options


def enter(person: Person, code: str) -> None:
    """Type an enrolment code in."""
    person.open("/en/desk/enrol")
    person.send("/enrol", code=code)


def enrol(person: Person, code: str, authenticator: Authenticator, name: str = "파란 열쇠") -> None:
    """Add a passkey."""
    enter(person, code)
    person.send("/enrol/passkey", key_name=name, assertion=authenticator.create(asked(person)))


def sign_in_by(person: Person, authenticator: Authenticator) -> None:
    """Sign in by passkey."""
    person.open("/en/desk/sign-in")
    person.send("/sign-in", assertion=authenticator.get(asked(person)))


def test_by_an_enrolment_code_a_passkey_is_added_that_signs_in(
    minister: Person, invite: Callable[..., str], register: RegisterStore
) -> None:
    authenticator = Authenticator()
    enrol(minister, invite(), authenticator)
    assert minister.response is not None
    assert "You can sign in now" in minister.response.text

    sign_in_by(minister, authenticator)

    assert minister.address == "/en/desk/"
    assert [entry.kind for entry in in_look(register).log.entries()][-2:] == ["enrolment-offered", "credential-enrolled"]
    assert "파란 열쇠" in minister.open("/en/desk/account").text


def test_a_password_is_added_and_its_recovery_codes_are_shown_once(
    minister: Person, invite: Callable[..., str], clock: SteppingClock
) -> None:
    enter(minister, invite().upper())
    assert minister.response is not None
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", minister.response.text)
    assert secret
    shown = minister.send("/enrol/password", password=NEW_PASSWORD, number=pyotp.TOTP(secret[1]).at(clock()))

    codes = re.findall(r"<li><code>([a-z2-7-]{19})</code>", shown.text)
    assert len(codes) == 10
    minister.sign_in(password=NEW_PASSWORD, code=codes[3])
    assert minister.address == "/ko/desk/"


@pytest.mark.parametrize(("password", "number"), [(NEW_PASSWORD, "000000"), ("1234567890ab", ""), ("short", ""), ("", "")])
def test_what_cannot_be_added_leaves_the_code_and_the_picture_as_they_are(
    minister: Person, invite: Callable[..., str], clock: SteppingClock, password: str, number: str
) -> None:
    code = invite()
    enter(minister, code)
    assert minister.response is not None
    secret = re.findall(r"<code>([A-Z2-7]{32})</code>", minister.response.text)
    right = pyotp.TOTP(secret[0]).at(clock())

    refused = minister.send("/enrol/password", password=password, number=number or right)

    assert refused.status_code == 400
    assert re.findall(r"<code>([A-Z2-7]{32})</code>", refused.text) == secret
    assert minister.send("/enrol/password", password=NEW_PASSWORD, number=right).status_code == 200


def test_a_picture_of_ones_own_making_is_refused(minister: Person, invite: Callable[..., str], clock: SteppingClock) -> None:
    enter(minister, invite())
    mine = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

    answer = minister.send("/enrol/password", sealed=mine, password=NEW_PASSWORD, number=pyotp.TOTP(mine).at(clock()))

    assert answer.status_code == 400


def test_a_code_works_once_and_for_72_hours(minister: Person, invite: Callable[..., str], clock: SteppingClock) -> None:
    code = invite()
    enrol(minister, code, Authenticator())
    enter(minister, code)
    assert minister.response is not None
    assert minister.response.status_code == 400

    code = invite()
    clock.moment += ENROLMENT_CODE_GOOD_FOR
    enter(minister, code)
    assert minister.response.status_code == 400
    assert "72 hours" in minister.response.text


def test_a_code_that_was_used_meanwhile_adds_nothing(minister: Person, somebody: Callable[[], Person], invite: Callable[..., str]) -> None:
    code, other = invite(), somebody()
    enter(minister, code)
    answer = Authenticator().create(asked(minister))
    enrol(other, code, Authenticator(credential_id=b"2" * 32))

    late = minister.send("/enrol/passkey", key_name="late", assertion=answer)

    assert late.status_code == 400
    assert "Make a passkey" not in late.text


@pytest.mark.parametrize("typed", ["", "aaaa-bbbb-cccc-dddd", "x" * 1000, "é" * 16, "' OR 1=1"])
def test_every_wrong_code_gets_the_same_answer(minister: Person, typed: str) -> None:
    enter(minister, typed)

    assert minister.response is not None
    assert minister.response.status_code == 400
    assert "김책임" not in minister.response.text


@pytest.mark.parametrize(
    "authenticator", [Authenticator(flags=USER_PRESENT), Authenticator(origin="https://evil.example"), Authenticator(rp_id="evil.example")]
)
def test_a_passkey_made_elsewhere_or_without_its_user_is_not_added(
    minister: Person, invite: Callable[..., str], authenticator: Authenticator
) -> None:
    enrol(minister, invite(), authenticator)

    assert minister.response is not None
    assert minister.response.status_code == 400
    assert "No passkey was made" in minister.response.text


def test_the_answer_to_one_code_adds_nothing_with_another(minister: Person, invite: Callable[..., str], register: RegisterStore) -> None:
    in_change(register).staff.add(a_staff_member("mayor"), staff_secrets())
    enter(minister, invite())
    answer = Authenticator().create(asked(minister))
    enter(minister, invite("mayor"))

    assert minister.send("/enrol/passkey", key_name="swapped", assertion=answer).status_code == 400


def test_a_passkey_of_somebody_else_is_not_added_again(minister: Person, invite: Callable[..., str], register: RegisterStore) -> None:
    in_change(register).staff.add(a_staff_member("mayor"), staff_secrets())
    authenticator = Authenticator()
    enrol(minister, invite("mayor"), authenticator)
    enrol(minister, invite(), authenticator)

    assert minister.response is not None
    assert "in use already" in minister.response.text


def test_whoever_is_not_signed_in_learns_nothing_of_passkeys(minister: Person, invite: Callable[..., str]) -> None:
    enrol(minister, invite(), Authenticator())

    minister.open("/en/desk/sign-in")
    assert asked(minister)["allowCredentials"] == []


def test_a_passkey_that_proves_nobody_is_refused_in_plain_words(minister: Person, invite: Callable[..., str]) -> None:
    sign_in_by(minister, Authenticator())
    assert minister.response is not None
    assert minister.response.status_code == 400
    assert "does not sign anybody in here" in minister.response.text

    authenticator = Authenticator()
    enrol(minister, invite(), authenticator)
    minister.open("/en/desk/sign-in")
    answer = authenticator.get(asked(minister))
    minister.send("/sign-in", assertion=answer)
    minister.send("/sign-out")
    minister.open("/en/desk/sign-in")
    assert minister.send("/sign-in", assertion=answer).status_code == 400, "replayed"


def test_an_answer_is_good_in_the_browser_that_was_asked(
    minister: Person, somebody: Callable[[], Person], invite: Callable[..., str]
) -> None:
    authenticator, thief = Authenticator(), somebody()
    enrol(minister, invite(), authenticator)
    minister.open("/en/desk/sign-in")
    stolen = authenticator.get(asked(minister))

    thief.open("/en/desk/sign-in")
    assert thief.send("/sign-in", assertion=stolen).status_code == 400


def test_an_administrator_gives_a_code_after_proving_who_they_are(
    admin: Person, minister: Person, clock: SteppingClock, register: RegisterStore, keys: FolderKeys
) -> None:
    assert "김책임" in admin.open("/en/desk/accounts").text
    admin.open("/en/desk/accounts/minister/invite")
    assert admin.send("/invite", password="wrong password", code="000000").status_code == 400
    clock.pass_by(seconds=30)

    shown = admin.send("/invite", password=PASSWORD, code=one_time_number(clock()))

    code = re.search(r'id="enrolment-code">([a-z2-7-]{19})<', shown.text)
    assert code
    assert f"http://localhost/en/desk/enrol#{code[1]}" in shown.text
    enrol(minister, code[1], Authenticator())
    entry = in_look(register).log.entries()[-1]
    assert (entry.kind, json.loads(entry.body)["by"]) == ("credential-enrolled", account_mark(keys, "admin"))


def test_an_administrator_proves_it_by_passkey_and_nobody_elses_will_do(
    admin: Person, minister: Person, register: RegisterStore, invite: Callable[..., str]
) -> None:
    own, foreign = Authenticator(), Authenticator(credential_id=b"2" * 32)
    enrol(minister, invite("admin"), own)
    enrol(minister, invite(), foreign)

    admin.open("/en/desk/accounts/minister/invite")
    assert admin.send("/invite", assertion=foreign.get(asked(admin))).status_code == 400
    assert admin.send("/invite", assertion=own.get(asked(admin))).status_code == 200


def test_an_administrator_does_not_invite_themself(admin: Person, clock: SteppingClock) -> None:
    admin.open("/en/desk/accounts/admin/invite")
    clock.pass_by(seconds=30)

    assert admin.send("/invite", password=PASSWORD, code=one_time_number(clock())).status_code == 403


@pytest.mark.parametrize("address", ["/en/desk/accounts", "/en/desk/accounts/minister/invite"])
def test_only_administrators_invite(minister: Person, address: str) -> None:
    minister.sign_in()

    assert minister.open(address).status_code == 403


def test_a_way_is_revoked_after_a_proof_and_other_browsers_are_signed_out(
    minister: Person, somebody: Callable[[], Person], invite: Callable[..., str], clock: SteppingClock
) -> None:
    authenticator, elsewhere = Authenticator(), somebody()
    enrol(minister, invite(), authenticator)
    elsewhere.sign_in()
    sign_in_by(minister, authenticator)
    thumbprint = re.search(r"/account/revoke/([0-9a-f]{64})", minister.open("/en/desk/account").text)
    assert thumbprint
    minister.open(f"/en/desk/account/revoke/{thumbprint[1]}")
    assert minister.send(thumbprint[1], password="wrong password", code="000000").status_code == 400

    shown = minister.send(thumbprint[1], assertion=authenticator.get(asked(minister)))

    assert minister.address == "/en/desk/account"
    assert shown.text.count("Revoked") == 1
    assert elsewhere.open("/en/desk/account").text.count("sign-in")
    assert elsewhere.address.startswith("/en/desk/sign-in")
    minister.send("/sign-out")
    sign_in_by(minister, authenticator)
    assert minister.address == "/en/desk/sign-in"


def test_nobody_revokes_what_is_not_theirs(
    minister: Person, somebody: Callable[[], Person], invite: Callable[..., str], register: RegisterStore
) -> None:
    in_change(register).staff.add(a_staff_member("mayor"), staff_secrets())
    enrol(somebody(), invite("mayor"), Authenticator())
    [passkey] = in_look(register).passkeys.passkeys_of("mayor")
    minister.sign_in()

    assert minister.open(f"/en/desk/account/revoke/{passkey.thumbprint}").status_code == 404


def test_other_sessions_are_ended_and_this_one_goes_on(minister: Person, somebody: Callable[[], Person]) -> None:
    elsewhere = somebody()
    elsewhere.sign_in(code=RECOVERY_CODES[0])
    minister.sign_in()
    assert minister.open("/en/desk/account").text.count("Another browser") == 1

    minister.send("/end-others")

    assert minister.address == "/en/desk/account"
    elsewhere.open("/en/desk/account")
    assert elsewhere.address.startswith("/en/desk/sign-in")


def test_the_cookie_changes_with_every_proof(admin: Person, clock: SteppingClock) -> None:
    cookie = admin.client.get_cookie("observatory_staff")
    admin.open("/en/desk/accounts/minister/invite")
    clock.pass_by(seconds=30)
    admin.send("/invite", password=PASSWORD, code=one_time_number(clock()))

    after = admin.client.get_cookie("observatory_staff")
    assert cookie is not None
    assert after is not None
    assert cookie.value != after.value
    assert admin.open("/en/desk/accounts").status_code == 200


def test_an_account_without_a_password_signs_in_by_passkey_alone(
    minister: Person, invite: Callable[..., str], register: RegisterStore
) -> None:
    in_change(register).staff.add(
        a_staff_member("mayor"), replace(staff_secrets(), password_hash="", totp_secret="", recovery_code_hashes=())
    )
    authenticator = Authenticator()
    enrol(minister, invite("mayor"), authenticator)
    minister.sign_in("mayor", password=PASSWORD, code=RECOVERY_CODES[0])
    assert minister.address == "/ko/desk/sign-in"

    sign_in_by(minister, authenticator)

    assert minister.address == "/en/desk/"


def test_every_form_refuses_a_missing_or_foreign_token(admin: Person, somebody: Callable[[], Person], invite: Callable[..., str]) -> None:
    stranger, code = somebody(), invite()
    stranger.open("/en/desk/enrol")
    foreign = stranger.forms()[0].fields["form_token"]
    typed = {"code": code, "key_name": "key", "password": PASSWORD, "number": "000000"}
    addresses = ["enrol", "enrol/passkey", "enrol/password", "account/end-others", "account/revoke/x", "accounts/minister/invite"]

    for address in addresses:
        for token in ({}, {"form_token": foreign}):
            answer = admin.client.post(f"/en/desk/{address}", data={**typed, **token})
            assert answer.status_code in (400, 404), address
    assert admin.client.post("/en/desk/enrol", data={"code": code}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_new_roles_and_new_secrets_sign_everybody_out(
    minister: Person, register: RegisterStore, keys: FolderKeys, clock: SteppingClock
) -> None:
    minister.sign_in()
    change_roles(register, keys, "minister", [Grant("sre")], clock())
    minister.open("/en/desk/account")
    assert minister.address.startswith("/en/desk/sign-in")

    minister.sign_in(code=RECOVERY_CODES[0])
    reset(register, keys, a_staff_member(), staff_secrets(), clock())
    minister.open("/en/desk/account")
    assert minister.address.startswith("/en/desk/sign-in")
