"""What the log tells of a service's releases stands on its page, in the API and in its metrics, as soon as it is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from observatory.flows.catalogue import apply_catalogue
from observatory.model.signoff import Condition, NewEntry
from observatory.web.context import parts_of
from tests.builders import a_catalogue, a_service
from tests.moments import NOW
from tests.signed_log import BEGIN, OTHER_DIGEST, REASONS, SERVICE, WrittenLog

PAGE = f"/{{}}/services/{SERVICE}"


@pytest.fixture
def keep(app: APIFlask) -> Callable[[WrittenLog], None]:
    """Return a way to keep a log; what was kept of it before is left out."""
    register = parts_of(app).register
    apply_catalogue(register, a_catalogue(a_service()), BEGIN)

    def keep(log: WrittenLog) -> None:
        with register.change() as books:
            for entry in log.entries[books.log.tree()[0] :]:
                books.log.append(NewEntry(entry.kind, entry.body, entry.recorded_at))

    return keep


def signed() -> WrittenLog:
    log = WrittenLog.with_people()
    log.freeze()
    log.sign(log.signoff(decision="conditional", conditions=(Condition("안내문을 고친다", date(2026, 12, 1)),)))
    return log


def test_another_running_release_is_shown_at_once_everywhere(client: FlaskClient, keep: Callable[[WrittenLog], None]) -> None:
    log = signed()
    keep(log)
    assert "조건부" in client.get(PAGE.format("ko")).text
    log.observe(OTHER_DIGEST)
    keep(log)

    assert "공개됨 - 승인 없음" in client.get(PAGE.format("ko")).text
    assert "Open without approval" in client.get(PAGE.format("en")).text
    assert "공개됨 - 승인 없음" in client.get("/ko/").text
    assert client.get(f"/api/v1/services/{SERVICE}").json["signoff"] == "unapproved"
    assert client.get("/api/v1/services").json["services"][0]["signoff"] == "unapproved"
    assert f'observatory_signoff_state{{service_id="{SERVICE}",state="unapproved"}} 1' in client.get("/metrics/services").text


def test_what_was_revoked_or_met_is_told(client: FlaskClient, keep: Callable[[WrittenLog], None]) -> None:
    log = signed()
    log.meet(len(log.entries) - 1)
    log.revoke(len(log.entries) - 2)
    keep(log)

    told = client.get(f"/api/v1/services/{SERVICE}/signoffs").json
    assert told["state"] == "suspended"
    (one,) = told["signoffs"]
    assert one["revoked_at"] == f"{log.entries[-1].recorded_at:%Y-%m-%dT%H:%M:%SZ}"
    assert one["revoked_for"] == REASONS
    assert one["conditions"][0]["met_at"] == f"{log.entries[-2].recorded_at:%Y-%m-%dT%H:%M:%SZ}"
    page = client.get(PAGE.format("en")).text
    assert "<dt>Revoked</dt>" in page
    assert "· met on" in page
    assert client.get(f"/api/v1/services/{SERVICE}/signoffs.csv").status_code == 200


def test_an_emergency_is_shown_while_it_lasts_and_counted_after(client: FlaskClient, keep: Callable[[WrittenLog], None]) -> None:
    log = signed()
    log.now = NOW - timedelta(hours=1)
    log.approve(log.request(OTHER_DIGEST, hours=24))
    keep(log)

    for language, words, count in (("ko", "긴급 개방", "모두 1번"), ("en", "Opened in an emergency", "1 time.")):
        page = client.get(PAGE.format(language)).text
        assert words in page
        assert count in page
    told = client.get(f"/api/v1/services/{SERVICE}/signoffs").json["emergencies"]
    assert told == {"count": 1, "open_until": "2026-11-21T02:01:00Z", "unsigned_count": 1}


def test_one_that_is_over_is_counted(client: FlaskClient, keep: Callable[[WrittenLog], None]) -> None:
    log = signed()
    log.approve(log.request(OTHER_DIGEST, hours=24))
    keep(log)

    page = client.get(PAGE.format("en")).text
    assert "Opened in an emergency" not in page
    assert "It was opened in an emergency, without a sign-off, 1 time." in page


def test_a_service_nothing_was_told_of_shows_what_it_did_before(client: FlaskClient, keep: Callable[[WrittenLog], None]) -> None:
    keep(replace(signed(), entries=[]))

    page = client.get(PAGE.format("en")).text
    assert "None yet" in page
    assert "emergency" not in page
