"""Signing in and out: one answer to every failure, a session that ends."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from apiflask import APIFlask

from observatory.access.failed_attempts import ATTEMPTS_MAX
from observatory.access.people.staff_sessions import COOKIE_NAME, SECURE_COOKIE_NAME
from observatory.settings import Settings
from observatory.store.register import RegisterStore
from tests.builders import a_staff_member
from tests.people import PASSWORD, RECOVERY_CODES, Person, SteppingClock, one_time_number, staff_secrets
from tests.registers import in_change


def cookie_of(person: Person) -> str:
    """Return the value of the browser's cookie."""
    cookie = person.client.get_cookie(COOKIE_NAME)
    return cookie.value if cookie else ""


def test_signing_in_leads_to_the_desk(minister: Person) -> None:
    answer = minister.sign_in()

    assert answer.status_code == 200
    assert minister.address == "/ko/desk/"
    assert "김책임" in answer.text


def test_a_recovery_code_signs_in_too(minister: Person) -> None:
    minister.sign_in(code=RECOVERY_CODES[0])

    assert minister.address == "/ko/desk/"


def test_a_page_asked_for_before_signing_in_comes_after_it(minister: Person) -> None:
    minister.open("/en/desk/services/job-portal/sign")
    assert minister.address.startswith("/en/desk/sign-in?next=")

    minister.sign_in()

    assert minister.address == "/en/desk/services/job-portal/sign"


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example/", "/\\evil.example", "/ko/../../x", "javascript:alert(1)", "/ko/desk/\n"]
)
def test_signing_in_leads_nowhere_else(minister: Person, onward: str) -> None:
    minister.address = "/ko/desk/sign-in"
    minister.response = minister.client.get("/ko/desk/sign-in", query_string={"next": onward})
    minister.post(
        "/ko/desk/sign-in?" + "next=" + onward,
        {**minister.forms()[0].fields, "staff_id": "minister", "password": PASSWORD, "code": RECOVERY_CODES[0]},
    )

    assert minister.address == "/ko/desk/"


@pytest.mark.parametrize(
    ("staff_id", "password", "code"),
    [
        ("nobody", PASSWORD, ""),
        ("minister", "wrong password", ""),
        ("minister", PASSWORD, "000000"),
        ("gone", PASSWORD, ""),
        ("locked", PASSWORD, ""),
    ],
)
def test_every_failure_gets_the_same_answer(
    minister: Person, somebody: Callable[[], Person], register: RegisterStore, clock: SteppingClock, staff_id: str, password: str, code: str
) -> None:
    for name in ("gone", "locked"):
        in_change(register).staff.add(a_staff_member(name), staff_secrets())
    in_change(register).staff.disable("gone", clock())
    stranger = somebody()
    for _ in range(5):
        stranger.sign_in("locked", password="wrong password")
    stranger = somebody()
    usual = stranger.sign_in("stranger", password="whatever it is")

    answer = minister.sign_in(staff_id, password=password, code=code)

    def without_own(text: str, name: str, person: Person) -> str:
        challenge = re.compile('data-passkey-options="[^"]*"')
        return challenge.sub("", text).replace(name, "").replace(person.forms()[0].fields["form_token"], "")

    assert (answer.status_code, dict(answer.headers).keys()) == (400, dict(usual.headers).keys())
    assert without_own(answer.text, staff_id, minister) == without_own(usual.text, "stranger", stranger)


def test_what_was_typed_is_kept_but_never_the_password(minister: Person) -> None:
    answer = minister.sign_in("minister", password="not the password", code="123456")

    assert minister.forms()[0].fields["staff_id"] == "minister"
    assert "not the password" not in answer.text
    assert "123456" not in answer.text


def test_an_empty_form_names_every_field(minister: Person) -> None:
    minister.open("/en/desk/sign-in")

    answer = minister.send("/sign-in")

    for name in ("staff_id", "password", "code"):
        assert f'<a href="#{name}">' in answer.text
        assert f'id="{name}-wrong"' in answer.text


def test_a_number_seen_over_the_shoulder_does_not_sign_in(minister: Person, somebody: Callable[[], Person], clock: SteppingClock) -> None:
    number = one_time_number(clock())
    minister.sign_in(code=number)

    thief = somebody()
    thief.sign_in(code=number)

    assert thief.address == "/ko/desk/sign-in"


def test_too_many_failures_from_one_address_have_to_wait(minister: Person) -> None:
    minister.open("/ko/desk/sign-in")
    fields = {**minister.forms()[0].fields, "staff_id": "nobody", "password": "wrong password", "code": "000000"}
    answers = [minister.post("/ko/desk/sign-in", fields).status_code for _ in range(ATTEMPTS_MAX)]

    answer = minister.sign_in()

    assert set(answers) == {400}
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_behind_a_crowded_address_a_known_browser_does_not_wait(minister: Person, clock: SteppingClock) -> None:
    minister.sign_in()
    minister.send("/sign-out")
    fields = {**minister.forms()[0].fields, "staff_id": "nobody", "password": "wrong password", "code": "000000"}
    for _ in range(ATTEMPTS_MAX):
        minister.post("/ko/desk/sign-in", fields)
    clock.pass_by(seconds=30)

    minister.sign_in()

    assert minister.address == "/ko/desk/"


def test_the_owner_is_told_of_attempts_in_their_name(minister: Person, somebody: Callable[[], Person], clock: SteppingClock) -> None:
    stranger = somebody()
    for _ in range(3):
        stranger.sign_in(password="wrong password")

    assert "3번 실패" in minister.sign_in().text
    minister.send("/sign-out")
    clock.pass_by(seconds=30)
    assert "실패" not in minister.sign_in().text


def test_what_happens_at_the_door_is_written_down_without_names(
    minister: Person, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(5):
        minister.sign_in(password="wrong password")
    minister.client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    minister.sign_in()

    written = capsys.readouterr().out + caplog.text
    for event in ("sign-in failed", "sign-in closed for a while", "signed in"):
        assert event in written
    for secret in ("minister", "김책임", PASSWORD, "203.0.113"):
        assert secret not in written


def test_the_cookie_changes_when_somebody_signs_in(minister: Person) -> None:
    minister.open("/ko/desk/sign-in")
    before = cookie_of(minister)
    minister.sign_in()

    assert len(before) == len(cookie_of(minister)) == 43
    assert cookie_of(minister) != before


def test_a_cookie_set_by_somebody_else_is_not_signed_in(minister: Person, somebody: Callable[[], Person]) -> None:
    minister.open("/ko/desk/sign-in")
    planted = cookie_of(minister)
    minister.sign_in()

    attacker = somebody()
    attacker.client.set_cookie(COOKIE_NAME, planted)
    attacker.open("/ko/desk/")

    assert attacker.address.startswith("/ko/desk/sign-in")


def test_the_register_does_not_hold_the_cookie(minister: Person, settings: Settings) -> None:
    minister.sign_in()

    stored = b"".join(file.read_bytes() for file in settings.data.rglob("*") if file.is_file())

    assert cookie_of(minister).encode() not in stored
    assert PASSWORD.encode() not in stored


@pytest.mark.parametrize(("idle", "still"), [(timedelta(minutes=29), True), (timedelta(minutes=30), False)])
def test_a_session_ends_after_thirty_idle_minutes(minister: Person, clock: SteppingClock, idle: timedelta, still: bool) -> None:
    minister.sign_in()
    clock.moment += idle

    minister.open("/ko/desk/")

    assert (minister.address == "/ko/desk/") is still


def test_a_session_in_use_ends_after_twelve_hours(minister: Person, clock: SteppingClock) -> None:
    minister.sign_in()
    for _ in range(12 * 3 - 1):
        clock.pass_by(minutes=20)
        minister.open("/ko/desk/")
        assert minister.address == "/ko/desk/"
    clock.pass_by(minutes=20)

    minister.open("/ko/desk/")

    assert minister.address.startswith("/ko/desk/sign-in")


def test_a_session_begun_while_the_clock_was_ahead_ends_when_it_comes_back(minister: Person, clock: SteppingClock) -> None:
    clock.moment += timedelta(days=365)
    minister.sign_in()
    clock.moment -= timedelta(days=365)
    minister.open("/ko/desk/")
    assert minister.address.startswith("/ko/desk/sign-in")

    minister.sign_in()

    minister.open("/ko/desk/")
    assert minister.address == "/ko/desk/"


def test_signing_out_ends_the_session_everywhere(minister: Person, somebody: Callable[[], Person]) -> None:
    minister.sign_in()
    copied = cookie_of(minister)

    minister.send("/sign-out")

    thief = somebody()
    thief.client.set_cookie(COOKIE_NAME, copied)
    thief.open("/ko/desk/")
    assert minister.address == "/ko/desk/sign-in"
    assert thief.address.startswith("/ko/desk/sign-in")


def test_disabling_an_account_ends_its_sessions(minister: Person, register: RegisterStore, clock: SteppingClock) -> None:
    minister.sign_in()
    in_change(register).staff.disable("minister", clock())

    minister.open("/ko/desk/")

    assert minister.address.startswith("/ko/desk/sign-in")


def test_new_secrets_end_the_sessions_of_the_old_ones(minister: Person, register: RegisterStore) -> None:
    minister.sign_in()
    in_change(register).staff.replace_secrets("minister", staff_secrets())

    minister.open("/ko/desk/")

    assert minister.address.startswith("/ko/desk/sign-in")


def test_over_https_only_the_host_itself_gets_the_cookie_back(app: APIFlask) -> None:
    answer = app.test_client().get("/ko/desk/sign-in", base_url="https://status.example.go.kr")

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(SECURE_COOKIE_NAME + "=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_over_plain_http_from_elsewhere_the_cookie_is_never_sent_in_the_clear(app: APIFlask) -> None:
    answer = app.test_client().get("/ko/desk/sign-in", base_url="http://status.example.go.kr")

    assert answer.headers["Set-Cookie"].startswith(SECURE_COOKIE_NAME + "=")
    assert "; Secure" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("host", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:8000"])
def test_on_this_machine_plain_http_is_enough(app: APIFlask, host: str) -> None:
    cookie = app.test_client().get("/ko/desk/sign-in", base_url=host).headers["Set-Cookie"]

    assert cookie.startswith(COOKIE_NAME + "=")
    assert "; HttpOnly; Path=/; SameSite=Lax" in cookie


@pytest.mark.parametrize("address", ["/ko/desk/sign-in", "/ko/desk/", "/ko/desk/services/job-portal/sign"])
def test_no_page_of_the_desk_is_kept_by_a_cache(minister: Person, address: str) -> None:
    minister.sign_in()

    assert minister.open(address).headers["Cache-Control"] == "no-store"


def test_public_pages_do_not_depend_on_the_cookie(minister: Person) -> None:
    minister.sign_in()

    answer = minister.open("/ko/")

    assert answer.status_code == 200
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "Set-Cookie" not in answer.headers
