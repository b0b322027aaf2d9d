"""No other site makes a browser sign: tokens, and where a request says it comes from."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from apiflask import APIFlask
from werkzeug.test import TestResponse

from observatory.store.register import RegisterStore
from observatory.web.context import parts_of
from tests.people import PASSWORD, REASONS, Person, SteppingClock, one_time_number, signoffs_of

DECISION = {"release": "5", "plan_reference": "plan", "decision": "pass", "reasons": REASONS}


def unsafe_addresses(app: APIFlask) -> list[str]:
    """Return every address of the desk that takes a form."""
    rules = [
        rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] in ("desk", "door") and "POST" in (rule.methods or ())
    ]
    return [rule.rule.replace("<any(ko, en):language>", "ko").replace("<service_id>", "job-portal") for rule in rules]


def test_every_form_of_the_desk_refuses_a_missing_or_foreign_token(
    app: APIFlask, minister: Person, somebody: Callable[[], Person], register: RegisterStore, clock: SteppingClock
) -> None:
    minister.sign_in()
    clock.pass_by(seconds=30)
    stranger = somebody()
    stranger.open("/ko/desk/sign-in")
    foreign = stranger.forms()[0].fields["form_token"]
    proof = {"staff_id": "minister", "password": PASSWORD, "code": one_time_number(clock()), "challenge": ""}
    addresses = unsafe_addresses(app)

    for address in addresses:
        for token in ({}, {"form_token": ""}, {"form_token": foreign}, {"form_token": "é"}):
            answer = minister.client.post(address, data={**DECISION, **proof, **token})
            assert answer.status_code == 400, address

    assert len(addresses) == 4
    assert minister.open("/ko/desk/").status_code == 200
    assert minister.address == "/ko/desk/"
    assert signoffs_of(register, "job-portal") == []


def test_a_token_ends_with_its_session(minister: Person, clock: SteppingClock) -> None:
    minister.sign_in()
    minister.open("/ko/desk/services/job-portal/sign")
    earlier = minister.forms()[1].fields["form_token"]
    minister.send("/sign-out")
    clock.pass_by(seconds=30)
    minister.sign_in()

    answer = minister.post("/ko/desk/services/job-portal/sign", {**DECISION, "form_token": earlier})

    assert answer.status_code == 400
    assert answer.text.count(REASONS) == 1


def test_a_browser_without_cookies_is_told_so(app: APIFlask) -> None:
    client = app.test_client(use_cookies=False)

    answer = client.post("/en/desk/sign-in", data={"staff_id": "minister", "password": PASSWORD, "code": "123456", "form_token": "x"})

    assert answer.status_code == 400
    assert "sent no cookie" in answer.text


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),
        ({"Origin": "http://localhost"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://localhost.evil.example"}, False),
        ({"Origin": "http://localhost:8001"}, False),
    ],
)
def test_a_form_another_site_sent_is_refused(minister: Person, headers: dict[str, str], accepted: bool) -> None:
    minister.sign_in()
    minister.open("/ko/desk/services/job-portal/sign")
    token = minister.forms()[1].fields["form_token"]

    def send(address: str) -> TestResponse:
        return minister.client.post(address, data={**DECISION, "form_token": token}, headers=headers)

    assert send("/ko/desk/services/job-portal/sign").status_code == (200 if accepted else 403)
    assert (send("/ko/desk/sign-in").status_code == 403) is not accepted


@pytest.mark.parametrize(
    ("public_url", "base_url", "forwarded", "origin", "accepted"),
    [
        ("", "http://desk.example", "https", "https://desk.example", True),
        ("", "http://desk.example", "https", "http://desk.example", False),
        ("", "http://desk.example:8443", "https", "https://desk.example:8443", True),
        ("", "http://desk.example", "https", "null", False),
        ("https://desk.example/", "http://inside:8000", "https", "https://desk.example", True),
        ("https://Desk.example:443", "http://inside:8000", "https", "https://desk.example", True),
        ("https://desk.example:8443", "http://inside:8000", "https", "https://desk.example:8443", True),
        ("https://desk.example", "http://inside:8000", "https", "null", False),
        ("https://desk.example", "http://evil.example", "https", "https://evil.example", False),
        ("https://desk.example", "http://desk.example", "http", "http://desk.example", False),
    ],
)
def test_an_old_browser_behind_tls_says_where_a_form_comes_from(
    app: APIFlask, public_url: str, base_url: str, forwarded: str, origin: str, accepted: bool
) -> None:
    found = parts_of(app)
    settings = found.settings.model_copy(update={"public_url": public_url})
    app.extensions["observatory"] = replace(found, settings=settings)
    answer = app.test_client().post("/ko/desk/sign-in", base_url=base_url, headers={"Origin": origin, "X-Forwarded-Proto": forwarded})
    assert answer.status_code == (400 if accepted else 403)
