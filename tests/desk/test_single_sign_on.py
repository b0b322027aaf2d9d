"""Signing in by a provider: a real one, one that lies, one that is down."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from apiflask import APIFlask
from joserfc.jwk import OctKey, RSAKey
from werkzeug.test import TestResponse

from observatory.access.people import credentials
from observatory.access.people.enrolment import HOST
from observatory.clock import now as real_now
from observatory.errors import BadSettings
from observatory.server.app import create_app
from observatory.settings import Settings, read_settings
from observatory.store.register import RegisterStore
from observatory.web.waiting_lines import WaitingLines
from observatory.workers import look_at_provider
from tests.authenticator import encoded
from tests.builders import a_staff_member
from tests.desk.providers import CLIENT_ID, CLIENT_SECRET, LyingProvider, free_port, honest_provider, running, sign_in_there
from tests.people import Person, SteppingClock, staff_secrets
from tests.registers import in_change, in_look

pytestmark = pytest.mark.network

BACK = "/desk/single-sign-on"


@pytest.fixture
def provider(now: object, clock: SteppingClock) -> LyingProvider:
    """A provider of our own."""
    return LyingProvider(free_port(), now_s=int(clock().timestamp()))


@pytest.fixture
def settings(settings: Settings, provider: LyingProvider, tmp_path: Path) -> Settings:
    """Settings that name it."""
    secret = tmp_path / "secret"
    secret.write_text(CLIENT_SECRET + "\n", encoding="utf-8")
    names = {"oidc_issuer": provider.issuer, "oidc_client_id": CLIENT_ID, "oidc_client_secret_file": str(secret)}
    return Settings(data=settings.data, **names)  # type: ignore[arg-type]


@pytest.fixture
def up(provider: LyingProvider, app: APIFlask) -> Iterator[LyingProvider]:
    """The provider, answering."""
    with running(provider):
        yield provider


def invite(app: APIFlask, staff_id: str = "minister") -> str:
    """Return an enrolment code."""
    parts = app.extensions["observatory"]
    return credentials.offer(parts.register, parts.keys, staff_id, HOST, parts.now())


def leave(person: Person) -> str:
    """Choose single sign-on, and return where it leads."""
    person.client.get("/en/desk/sign-in")
    return str(person.client.get("/en/desk/single-sign-on").headers["Location"])


def leave_to_link(person: Person, code: str) -> str:
    """Use an enrolment code for it, and return where it leads."""
    person.open("/en/desk/enrol")
    person.send("/enrol", code=code)
    shown = person.send("/enrol/single-sign-on").text
    return shown.split('class="action" href="')[1].split('"')[0].replace("&amp;", "&")


def come_back(person: Person, answer: dict[str, str]) -> TestResponse:
    """Arrive from the provider."""
    return person._arrive(BACK, person.client.get(BACK, query_string=answer))


def link(person: Person, app: APIFlask, provider: LyingProvider) -> None:
    """Link the minister's account."""
    come_back(person, provider.come_back(leave_to_link(person, invite(app))))


def test_with_a_real_provider_an_account_is_linked_by_invitation_and_signs_in(
    app: APIFlask, minister: Person, provider: LyingProvider, clock: SteppingClock
) -> None:
    clock.moment = real_now()  # as that provider reads it
    with honest_provider(provider.port, f"http://localhost{BACK}"):
        back = urlsplit(sign_in_there(leave(minister), "someone"))
        stranger = come_back(minister, {name: values[0] for name, values in parse_qs(back.query).items()})
        assert "no account here is linked to you" in stranger.text

        back = urlsplit(sign_in_there(leave_to_link(minister, invite(app)), "someone"))
        linked = come_back(minister, {name: values[0] for name, values in parse_qs(back.query).items()})
        assert "is linked" in linked.text
        assert minister.address.startswith("/en/desk/sign-in")

        back = urlsplit(sign_in_there(leave(minister), "someone"))
        come_back(minister, {name: values[0] for name, values in parse_qs(back.query).items()})

    assert minister.address == "/en/desk/"
    assert "Single sign-on" in minister.open("/en/desk/account").text


def test_what_is_asked_of_the_provider_is_bound_to_the_one_who_asks(app: APIFlask, minister: Person, up: LyingProvider) -> None:
    asked = {name: values[0] for name, values in parse_qs(urlsplit(leave(minister)).query).items()}
    assert (asked["response_type"], asked["scope"], asked["code_challenge_method"]) == ("code", "openid", "S256")
    assert asked["redirect_uri"] == f"http://localhost{BACK}"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) == 43

    come_back(minister, {"state": asked["state"], "code": "c", "iss": up.issuer})

    assert [encoded(hashlib.sha256(verifier.encode()).digest()) for verifier in up.verifiers] == [asked["code_challenge"]]


def test_whoever_is_linked_signs_in(app: APIFlask, minister: Person, up: LyingProvider) -> None:
    link(minister, app, up)

    come_back(minister, up.come_back(leave(minister)))

    assert minister.address == "/en/desk/"


@pytest.mark.parametrize(
    "lie",
    [
        {"claims": {"nonce": "another"}},
        {"claims": {"nonce": None}},
        {"claims": {"iss": "https://another.example"}},
        {"claims": {"aud": "another"}},
        {"claims": {"aud": [CLIENT_ID, "another"]}},
        {"claims": {"azp": "another"}},
        {"claims": {"exp": 1}},
        {"claims": {"exp": None}},
        {"claims": {"iat": 9_999_999_999}},
        {"claims": {"sub": None}},
        {"claims": {"sub": ""}},
        {"claims": {"sub": 7}},
        {"claims": {"sub": "x" * 256}},
        {"unsigned": True},
        {"header": {"alg": "HS256"}, "signed_by": OctKey.import_key("a secret of the two, long enough for it")},
        {"signed_by": RSAKey.generate_key(2048)},
    ],
    ids=lambda lie: str(lie)[:60],
)
def test_a_token_that_lies_signs_nobody_in(app: APIFlask, minister: Person, up: LyingProvider, lie: dict[str, object]) -> None:
    link(minister, app, up)
    for name, value in lie.items():
        setattr(up, name, value)

    answer = come_back(minister, up.come_back(leave(minister)))

    assert minister.address == "/en/desk/sign-in?sso=refused"
    assert "proves nobody" in answer.text


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "another"},
        {"state": ""},
        {"iss": "https://another.example"},
        {"iss": ""},
        {"code": ""},
        {"error": "access_denied", "code": ""},
    ],
)
def test_an_answer_to_another_question_signs_nobody_in(app: APIFlask, minister: Person, up: LyingProvider, changed: dict[str, str]) -> None:
    link(minister, app, up)

    come_back(minister, up.come_back(leave(minister)) | changed)

    assert minister.address == "/en/desk/sign-in?sso=refused"


def test_a_provider_that_names_itself_has_to(app: APIFlask, minister: Person, up: LyingProvider) -> None:
    link(minister, app, up)
    answer = up.come_back(leave(minister))
    del answer["iss"]

    come_back(minister, answer)

    assert minister.address == "/en/desk/sign-in?sso=refused"


def test_an_answer_is_good_once_and_in_the_browser_that_left(
    app: APIFlask, minister: Person, somebody: Callable[[], Person], up: LyingProvider, clock: SteppingClock
) -> None:
    link(minister, app, up)
    thief, answer = somebody(), up.come_back(leave(minister))
    leave(thief)
    come_back(thief, answer)
    assert thief.address == "/en/desk/sign-in?sso=refused"

    clock.pass_by(minutes=10)
    come_back(minister, answer)
    assert minister.address.endswith("/desk/sign-in?sso=late")

    answer = up.come_back(leave(minister))
    up.now_s = int(clock().timestamp())
    come_back(minister, answer)
    assert minister.address == "/en/desk/"
    come_back(minister, answer)
    assert minister.address.endswith("/desk/sign-in?sso=late")


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://another.example"},
        {"issuer": "http://127.0.0.1"},
        {"id_token_signing_alg_values_supported": ["none", "HS256"]},
        {"code_challenge_methods_supported": ["plain"]},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": 7},
    ],
)
def test_a_provider_that_is_another_or_proves_nothing_is_not_used(
    app: APIFlask, minister: Person, up: LyingProvider, said: dict[str, object]
) -> None:
    up.description = said

    assert leave(minister).endswith("/desk/sign-in?sso=down")


def test_a_return_is_good_once_also_for_who_kept_its_cookie(app: APIFlask, minister: Person, up: LyingProvider) -> None:
    link(minister, app, up)
    answer = up.come_back(leave(minister))
    kept = minister.client.get_cookie("observatory_errand")
    assert kept is not None
    come_back(minister, answer | {"code": ""})
    minister.client.set_cookie("observatory_errand", kept.value)

    come_back(minister, answer)

    assert minister.address.endswith("/desk/sign-in?sso=late")


def test_whoever_signs_in_another_way_waits_behind_none_of_it(app: APIFlask) -> None:
    lines = WaitingLines(128)
    asking = [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("single_sign_on.")]
    paths = [path.replace("<any(ko, en):language>", code) for path in asking for code in ("ko", "en")]
    assert len(asking) == 3
    assert {lines.of(path) for path in paths} == {lines.of("/desk/single-sign-on")}
    assert lines.of("/ko/desk/sign-in") is not lines.of("/desk/single-sign-on")


@pytest.mark.parametrize(("language", "words"), [("en", "does not answer just now"), ("ko", "통합 로그인이 지금 응답하지 않아")])
def test_while_the_provider_is_down_people_are_told_and_sign_in_another_way(
    app: APIFlask, minister: Person, language: str, words: str
) -> None:
    minister.open(f"/{language}/desk/single-sign-on")
    assert minister.address == f"/{language}/desk/sign-in?sso=down"
    assert minister.response is not None
    assert words in minister.response.text

    minister.sign_in()

    assert minister.address.endswith("/desk/")


def test_a_linked_account_that_ended_and_a_revoked_link_sign_nobody_in(
    app: APIFlask, minister: Person, up: LyingProvider, register: RegisterStore, clock: SteppingClock
) -> None:
    link(minister, app, up)
    way = next(each for each in in_look(register).ways.ways_of("minister") if each.kind == "oidc")
    in_change(register).ways.revoke(way.id, clock())
    come_back(minister, up.come_back(leave(minister)))
    assert minister.address == "/en/desk/sign-in?sso=unknown"

    link(minister, app, up)
    in_change(register).staff.disable("minister", clock())
    come_back(minister, up.come_back(leave(minister)))
    assert minister.address == "/en/desk/sign-in?sso=unknown"


def test_a_person_there_is_one_account_here(app: APIFlask, minister: Person, up: LyingProvider, register: RegisterStore) -> None:
    link(minister, app, up)
    in_change(register).staff.add(a_staff_member("mayor"), staff_secrets())

    come_back(minister, up.come_back(leave_to_link(minister, invite(app, "mayor"))))

    assert minister.address == "/en/desk/sign-in?sso=refused"
    assert in_look(register).ways.ways_of("mayor") == []


@pytest.mark.parametrize(
    ("said", "told"), [({}, ""), ({"issuer": "https://another.example"}, "cannot be used as it is set"), (None, "does not answer")]
)
def test_what_is_wrong_with_the_provider_is_told_from_the_start(
    app: APIFlask, provider: LyingProvider, capsys: pytest.CaptureFixture[str], said: dict[str, object] | None, told: str
) -> None:
    provider.description = said or {}
    with running(provider) if said is not None else nullcontext():
        assert not look_at_provider.step(app.extensions["observatory"])

    written = capsys.readouterr().out
    assert told in written
    assert bool(told) == ("single sign-on" in written)


def test_where_no_provider_is_set_there_is_none(settings: Settings, clock: SteppingClock) -> None:
    app = create_app(Settings(data=settings.data), now=clock)
    with ExitStack() as stack:
        stack.callback(app.extensions["observatory"].register.close)
        stack.callback(app.extensions["observatory"].telemetry.close)
        person = Person(app.test_client(), clock)
        assert "single-sign-on" not in person.open("/en/desk/sign-in").text
        assert person.client.get("/en/desk/single-sign-on").status_code == 404


@pytest.mark.parametrize(
    "names",
    [
        {"oidc_issuer": "http://sso.example.go.kr", "oidc_client_id": "x"},
        {"oidc_issuer": "ftp://localhost", "oidc_client_id": "x"},
        {"oidc_issuer": "https://sso.example.go.kr"},
        {"oidc_client_id": "x"},
    ],
)
def test_settings_that_do_not_fit_are_refused(names: dict[str, str]) -> None:
    with pytest.raises(BadSettings):
        read_settings(**names)


def test_a_secret_that_cannot_be_read_is_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(BadSettings):
        create_app(settings.model_copy(update={"oidc_client_secret_file": str(tmp_path / "absent")}))
