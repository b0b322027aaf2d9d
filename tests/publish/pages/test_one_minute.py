"""Everybody can read why a minute was judged as it was: which evidence, which rule, which class, and no record of anybody."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from observatory.judge.days import minute_of
from observatory.judge.explaining import name_of
from observatory.readmodel.few_at_once import SearchLimit
from tests.moments import NOW
from tests.observed import OUTAGE_MINUTES, OUTAGE_START, observe, observed_town, parts_of, traffic

FEW, BLOCKED = NOW - timedelta(days=11), NOW - timedelta(days=12)
FAILED = OUTAGE_START + timedelta(minutes=3)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[APIFlask]:
    """Yield the observed town, where 12 requests came in one minute before, and most were turned away in another."""
    with observed_town(tmp_path_factory.mktemp("town")) as app:
        parts = parts_of(app)
        service = parts.register.catalogue().services[0]
        search, apply = service.menus
        observe(parts, traffic(service, search, FEW, 1, count=7, bad=7), traffic(service, apply, FEW, 1, count=5, bad=5))
        observe(parts, traffic(service, search, BLOCKED, 1, count=30, throttled=40))
        yield app


@pytest.fixture
def client(town: APIFlask) -> FlaskClient:
    return town.test_client()


def page(client: FlaskClient, moment: datetime, language: str = "en") -> str:
    answer = client.get(f"/{language}/services/job-portal/why/{name_of(minute_of(moment))}")
    assert answer.status_code == 200
    return unescape(answer.text)


def told(client: FlaskClient, moment: datetime) -> dict[str, Any]:
    answer = client.get(f"/api/v1/services/job-portal/minutes/{name_of(minute_of(moment))}")
    assert answer.status_code == 200
    return answer.json or {}


def test_a_minute_of_an_outage_says_why_to_people(client: FlaskClient) -> None:
    shown = page(client, FAILED)
    for text in (
        "Real requests decide.",
        "at least 5 failed, and they were 50% of all or more",
        "200 failed",
        "In a failure, down",
        "OTLP spans",
    ):
        assert text in shown
    assert "이 1분을 왜 이렇게 판정했나요?" in page(client, FAILED, "ko")


def test_a_minute_of_an_outage_says_why_to_programs(client: FlaskClient) -> None:
    found = told(client, FAILED)
    assert (found["service_id"], found["minute"], found["state"]) == ("job-portal", f"{FAILED:%Y-%m-%dT%H:%M:%SZ}", "judged")
    assert (found["server_source"], found["blind"], found["waiting"]) == ("otlp-span", False, False)
    whole, search, apply = found["subjects"]
    assert [each["menu_id"] for each in found["subjects"]] == [None, "search", "apply"]
    assert (whole["requests"], whole["failed_requests"], whole["users_say"], whole["users_rule"]) == (200, 200, "down", "half_failed")
    assert (whole["decided_by"], whole["verdict"], whole["class"]) == ("users", "down", "down")
    assert (search["critical"], apply["critical"]) == (True, False)
    incident = client.get(f"/api/v1/incidents/{whole['incident_id']}").json
    assert (incident["service_id"], incident["down_minutes"]) == ("job-portal", OUTAGE_MINUTES)


def test_of_few_requests_no_number_is_told(client: FlaskClient) -> None:
    for subject in told(client, FEW)["subjects"]:
        assert {value for name, value in subject.items() if name.endswith("requests") and name != "block_throttled_requests"} == {None}
        assert (subject["users_rule"], subject["verdict"]) == ("too_few", "unknown")
    shown = page(client, FEW)
    assert "1 to 19; how many, and how they went, is not told of so few" in shown
    assert "12 ·" not in shown


def test_who_was_turned_away_is_another_rule_than_who_failed(client: FlaskClient) -> None:
    whole, *_ = told(client, BLOCKED)["subjects"]
    assert (whole["users_rule"], whole["block_throttled_requests"], whole["class"]) == ("turned_away", 40, "blip")
    assert "40 turned away" in page(client, BLOCKED)


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (NOW + timedelta(minutes=5), "This minute is still to come."),
        (datetime(9999, 12, 29, 23, 59, tzinfo=NOW.tzinfo), "This minute is still to come."),
        (NOW, "This minute is not over yet"),
        (NOW - timedelta(days=300), "Nothing is known of this minute"),
        (datetime(1970, 1, 1, tzinfo=NOW.tzinfo), "Nothing is known of this minute"),
    ],
)
def test_where_there_is_nothing_to_explain_that_is_said(client: FlaskClient, moment: datetime, said: str) -> None:
    assert said in page(client, moment)
    assert client.get(f"/api/v1/services/job-portal/minutes/{name_of(minute_of(moment))}").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/en/services/nobody/why/2026-11-17T01:03Z", 404),
        ("/en/services/job-portal/why/yesterday", 400),
        ("/en/services/job-portal/why/2026-13-17T01:03Z", 400),
        ("/en/services/job-portal/why/9999-12-31T23:59Z", 400),
        ("/api/v1/services/nobody/minutes/2026-11-17T01:03Z", 404),
        ("/api/v1/services/job-portal/minutes/yesterday", 400),
        ("/api/v1/services/job-portal/minutes/2026-11-17T01:03Z?records=1", 400),
    ],
)
def test_what_is_no_minute_of_a_service_is_refused(client: FlaskClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_the_page_of_a_failure_leads_to_its_first_and_its_last_minute(client: FlaskClient) -> None:
    (incident,) = [each for each in client.get("/api/v1/incidents?service=job-portal").json["incidents"] if each["down_minutes"]]
    shown = client.get(f"/en/incidents/{incident['id']}").text
    for moment in (incident["started_at"], incident["ended_at"]):
        assert f"/en/services/job-portal/why/{moment}" in shown
        assert client.get(f"/en/services/job-portal/why/{moment}").status_code == 200


def test_readers_are_let_in_a_few_at_once(town: APIFlask, client: FlaskClient) -> None:
    limit = parts_of(town).get(SearchLimit)
    with limit.turn(), limit.turn():
        assert client.get("/en/services/job-portal/why/2026-11-17T01:03Z").status_code == 503
