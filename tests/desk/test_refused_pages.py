"""Whoever is refused reads a page in one language, whatever refused them and whatever still stands."""

import re
from collections.abc import Callable, Mapping
from html import unescape

import pytest
from apiflask import APIFlask
from werkzeug.test import EnvironBuilder, TestResponse

from observatory import errors
from observatory.access.failed_attempts import ATTEMPTS_MAX
from observatory.store.lost import StoreLost
from observatory.web.arrivals import Arriving
from observatory.web.forwarding import Proxies
from observatory.web.framing import check_framing
from observatory.web.refusals import refusal
from observatory.web.waiting_lines import Line, Purpose
from tests.observed import parts_of
from tests.people import Person

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HANGUL = re.compile("[가-힣]")
ENGLISH_SENTENCE = re.compile(r"\b[A-Za-z]+,? [a-z]+\b")
OTHER_LANGUAGE = re.compile(r'<(\w+)[^>]* lang="(?:ko|en)"[^>]*>.*?</\1>', re.DOTALL)
QUOTED = re.compile(r"<code>.*?</code>|&#39;.*?&#39;", re.DOTALL)
LANGUAGES = pytest.mark.parametrize("language", ["ko", "en"])


def words_of(page: str) -> str:
    """Return what a page says in its own language: no names, no links into the other one."""
    body = OTHER_LANGUAGE.sub("", page.partition("<head>")[2])
    return unescape(re.sub(r"<[^>]+>", " ", QUOTED.sub("", body)))


def assert_speaks(page: str, language: str) -> None:
    """Hold a page against its language; names of people and offices stay as they are."""
    assert f'<html lang="{language}">' in page
    assert page.count("<h1") == 1
    words = words_of(page)
    if language == "ko":
        assert HANGUL.search(words)
        assert not ENGLISH_SENTENCE.search(words), words
    else:
        assert ENGLISH_SENTENCE.search(words)
        assert not HANGUL.search(words), words


@LANGUAGES
@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/incidents/nothing-of-the-kind", "GET", 404),
        ("/services/nothing-of-the-kind", "GET", 404),
        ("/nowhere", "GET", 404),
        ("/method", "POST", 405),
    ],
)
def test_what_is_not_there(app: APIFlask, language: str, path: str, method: str, status: int) -> None:
    answer = app.test_client().open(f"/{language}{path}", method=method, headers=HTML)
    assert answer.status_code == status
    assert_speaks(answer.text, language)


@LANGUAGES
def test_an_address_in_no_language_is_refused_in_that_of_the_browser(app: APIFlask, language: str) -> None:
    answer = app.test_client().get("/nowhere", headers={**HTML, "Accept-Language": language})
    assert_speaks(answer.text, language)
    assert "accept-language" in answer.vary.as_set()


@LANGUAGES
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("services/job-portal/minutes/yesterday", 400),
        ("services/nothing/minutes/2026-11-20T01:00Z", 404),
        ("desk/services/tax/sign", 403),
        ("desk/services/nothing/sign", 404),
        ("desk/signed/99", 404),
    ],
)
def test_what_staff_may_not_see(minister: Person, language: str, path: str, status: int) -> None:
    minister.sign_in()
    answer = minister.client.get(f"/{language}/{path}", headers=HTML)
    assert answer.status_code == status
    assert_speaks(answer.text, language)


@LANGUAGES
def test_a_form_of_another_site_and_a_button_of_an_earlier_session(minister: Person, language: str) -> None:
    minister.sign_in()
    address = f"/{language}/desk/sign-out"
    forged = minister.client.post(address, headers={**HTML, "Sec-Fetch-Site": "cross-site"})
    stale = minister.client.post(address, data={"form_token": "of yesterday"}, headers=HTML)
    assert (forged.status_code, stale.status_code) == (403, 400)
    assert_speaks(forged.text, language)
    assert_speaks(stale.text, language)


@LANGUAGES
def test_whoever_is_no_longer_signed_in(app: APIFlask, language: str) -> None:
    answer = app.test_client().post(f"/{language}/desk/services/job-portal/sign", headers=HTML)
    assert answer.status_code == 401
    assert_speaks(answer.text, language)


@LANGUAGES
def test_whoever_tried_too_often(minister: Person, language: str) -> None:
    minister.open(f"/{language}/desk/sign-in")
    fields = {**minister.forms()[0].fields, "staff_id": "nobody", "password": "wrong password", "code": "000000"}
    answers = [minister.client.post(f"/{language}/desk/sign-in", data=fields, headers=HTML) for _ in range(ATTEMPTS_MAX + 1)]
    assert [answer.status_code for answer in answers] == [400] * ATTEMPTS_MAX + [503]
    for answer in (answers[0], answers[-1]):
        assert_speaks(answer.text, language)


@LANGUAGES
@pytest.mark.parametrize("error", [ZeroDivisionError("secret detail"), StoreLost("cannot use register.sqlite: the disk failed")])
def test_our_bug_and_a_lost_disk(app: APIFlask, language: str, error: Exception) -> None:
    def fail(language: str) -> str:
        raise error

    app.add_url_rule("/<language>/fails", view_func=fail)
    answer = app.test_client().get(f"/{language}/fails", headers=HTML)
    assert answer.status_code >= 500
    assert_speaks(answer.text, language)


@LANGUAGES
def test_a_store_that_is_away(app: APIFlask, language: str) -> None:
    parts_of(app).register.close()
    answer = app.test_client().get(f"/{language}/", headers=HTML)
    assert answer.status_code == 503
    assert_speaks(answer.text, language)


NOBODY_MAY_WAIT = Purpose("pages", ("/",), 0.0, -1)
BEFORE_A_VIEW: Mapping[str, Callable[[], object]] = {
    "a full line": lambda: Line(NOBODY_MAY_WAIT, 1).run(lambda: None).send(None),
    "no host": lambda: check_framing({"SERVER_PROTOCOL": "HTTP/1.1"}),
    "another coding": lambda: check_framing({"SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "x", "HTTP_TRANSFER_ENCODING": "deflate"}),
    "no length": lambda: Arriving({"HTTP_TRANSFER_ENCODING": "chunked"}, 100),
    "too large": lambda: Arriving({"CONTENT_LENGTH": "101"}, 100),
    "broken off": lambda: Arriving({"CONTENT_LENGTH": "10"}, 100).wire(),
}


@LANGUAGES
@pytest.mark.parametrize("refused", BEFORE_A_VIEW)
def test_what_is_refused_before_a_view_saw_it(app: APIFlask, language: str, refused: str) -> None:
    with pytest.raises(errors.ObservatoryError) as raised:
        BEFORE_A_VIEW[refused]()
    environ = EnvironBuilder(path=f"/{language}/desk/sign-in", headers=[*HTML.items()]).get_environ()
    reply = refusal(app, Proxies(), environ, raised.value)
    assert_speaks(reply.body.decode(), language)


def test_programs_are_told_in_english_whatever_the_address(app: APIFlask) -> None:
    answer: TestResponse = app.test_client().get("/ko/services/nothing", headers={"Accept": "application/json"})
    assert answer.get_json(force=True)["detail"] == "cannot find service: there is none of this id"
    assert answer.get_json(force=True)["title"] == "Not found"
