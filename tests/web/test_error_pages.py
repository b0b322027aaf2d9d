"""Every error has its answer: a page for people, problem+json for programs, and 503 instead of 500 on intake."""

import pytest
from apiflask import APIFlask
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import Forbidden
from werkzeug.test import EnvironBuilder, TestResponse

from observatory import errors
from observatory.web.error_pages import STATUS_OF_ERROR, register_error_pages, status_of
from observatory.web.forwarding import Proxies
from observatory.web.language import install_language
from observatory.web.refusals import refusal

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def all_kinds(kind: type[errors.ObservatoryError]) -> list[type[errors.ObservatoryError]]:
    return [sub for child in kind.__subclasses__() for sub in (child, *all_kinds(child))]


def asked(error: Exception, path: str = "/page", **headers: str) -> TestResponse:
    """Return what an application answers whose only view raises this error."""
    app = Flask("observatory")
    install_language(app)
    register_error_pages(app)

    def view() -> str:
        raise error

    app.add_url_rule(path, view_func=view, methods=["GET", "POST"])
    return app.test_client().get(path, headers=headers)


@pytest.mark.parametrize("kind", all_kinds(errors.ObservatoryError))
def test_every_kind_of_error_has_a_status(kind: type[errors.ObservatoryError]) -> None:
    assert any(parent in STATUS_OF_ERROR for parent in kind.__mro__)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.BadTelemetry("x"), 400),
        (errors.TooLarge("x"), 413),
        (errors.UnsupportedMedia("x"), 415),
        (errors.NotSignedIn("x"), 401),
        (errors.NotAllowed("x"), 403),
        (errors.NotFound("x"), 404),
        (errors.Conflict("x"), 409),
        (errors.Overloaded("x"), 503),
        (Forbidden(), 403),
        (ZeroDivisionError(), 500),
    ],
)
def test_an_error_has_the_status_of_its_nearest_kind(error: Exception, status: int) -> None:
    assert status_of(error) == status


def test_people_get_a_page_with_what_to_do() -> None:
    response = asked(errors.NotFound("cannot show service <b>: no such id", "look at the front page"), "/en/page", **HTML)
    assert (response.status_code, response.content_type) == (404, "text/html; charset=utf-8")
    assert "Not found" in response.text
    assert "look at the front page" in response.text
    assert "<b>" not in response.text


@pytest.mark.parametrize(
    ("path", "accepted", "language", "varies"),
    [
        ("/ko/page", "en", "ko", False),
        ("/en/page", "ko", "en", False),
        ("/page", "en-GB,en;q=0.9", "en", True),
        ("/page", "ko", "ko", True),
        ("/page", "fr", "ko", True),
    ],
)
def test_a_page_speaks_the_language_of_its_address_or_else_of_the_browser(path: str, accepted: str, language: str, varies: bool) -> None:
    response = asked(errors.NotFound("no"), path, **HTML, **{"Accept-Language": accepted})
    assert f'<html lang="{language}">' in response.text
    assert ("찾을 수 없습니다" if language == "ko" else "Not found") in response.text
    assert response.vary.as_set() == ({"accept-language"} if varies else set())


def test_values_of_strangers_are_neither_places_nor_markup() -> None:
    error = errors.NotFound(errors.phrase("cannot find service %(id)r"), id="%(x)s <b> 100%")
    assert error.message == "cannot find service '%(x)s <b> 100%'"
    assert "아이디가 &#39;%(x)s &lt;b&gt; 100%&#39;인 서비스" in asked(error, "/ko/page", **HTML).text


def test_without_values_a_percent_sign_is_one() -> None:
    assert str(errors.Conflict("100% done", "50% is enough")) == "100% done. 50% is enough"


def test_an_overload_said_again_says_the_same() -> None:
    error = errors.Overloaded("cannot use %(file)s", "wait", 7, file="100%.sqlite")
    again = error.again()
    assert (str(again), again.message_key, again.retry_after_seconds) == (str(error), error.message_key, 7)


@pytest.mark.parametrize("path", ["/api/v1/services", "/v1/logs"])
def test_programs_get_problem_json(path: str) -> None:
    response = asked(errors.Conflict("cannot do it: not now", "wait"), path, **HTML)
    assert response.content_type == "application/problem+json"
    assert response.get_json(force=True) == {
        "type": "about:blank",
        "title": "Not possible in the present state",
        "status": 409,
        "detail": "cannot do it: not now",
        "hint": "wait",
    }


def test_a_program_that_asks_for_json_anywhere_gets_it() -> None:
    assert asked(errors.NotFound("no"), Accept="application/json").content_type == "application/problem+json"


def test_our_bug_shows_a_trace_id_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    response = asked(ZeroDivisionError("secret detail"), **HTML)
    assert response.status_code == 500
    assert "secret" not in response.text
    trace_id = response.text.partition("<code>")[2][:32]
    assert trace_id in capsys.readouterr().out


def test_our_bug_on_intake_is_a_503_to_be_sent_again() -> None:
    response = asked(ZeroDivisionError("secret detail"), "/v1/logs")
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert "secret" not in response.text


def test_overload_says_when_to_come_back() -> None:
    response = asked(errors.Overloaded("full", retry_after_seconds=9), "/v1/logs")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "9")


def test_a_missing_token_is_asked_for() -> None:
    assert asked(errors.NotSignedIn("who?"), "/v1/logs").headers["WWW-Authenticate"] == "Bearer"


@pytest.fixture
def bare() -> FlaskClient:
    app = Flask("observatory")
    install_language(app)
    register_error_pages(app)
    app.add_url_rule("/v1/logs", view_func=lambda: "", methods=["POST"])
    return app.test_client()


def test_an_unknown_address_is_not_found(bare: FlaskClient) -> None:
    assert bare.get("/nowhere").status_code == 404
    assert bare.get("/api/nowhere").content_type == "application/problem+json"


def test_a_wrong_method_names_the_right_one(bare: FlaskClient) -> None:
    response = bare.get("/v1/logs")
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


@pytest.mark.parametrize(
    ("address", "location"),
    [
        ("/ko", "/ko/"),
        ("/en/desk", "/en/desk/"),
        ("/ko//desk/sign-in?next=//x", "/ko/desk/sign-in?next=//x"),
        ("///ko//desk//", "/ko/desk/"),
    ],
)
def test_nothing_is_made_of_the_host_a_client_names(address: str, location: str, client: FlaskClient) -> None:
    answer = client.get(address, base_url="http://evil.example")
    assert (answer.status_code, answer.headers["Location"]) == (308, location)
    assert "evil" not in answer.text


def test_a_refusal_of_an_address_that_would_lead_on_is_a_refusal(app: APIFlask) -> None:
    environ = EnvironBuilder(path="/ko").get_environ()
    reply = refusal(app, Proxies(), environ, errors.BadInput("cannot read this", "send something else"))
    assert reply.status == 400
    assert "Location" not in dict(reply.headers)
    assert b"cannot read this" in reply.body
