"""The page of one minute: for staff whose role covers the service, in both languages, whatever is known of the minute."""

from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import numpy as np
import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from observatory.judge.days import minute_of
from observatory.judge.explaining import name_of
from observatory.model.exemplar import OTHER_TEMPLATE, ExemplarKind, ExemplarRows
from observatory.model.staff import Grant
from observatory.store.telemetry import Batch
from tests.builders import a_staff_member
from tests.moments import NOW
from tests.observed import OUTAGE_START, observed_town, parts_of, traffic
from tests.people import Person, SteppingClock, staff_secrets
from tests.registers import in_change, in_look

RECENT = NOW - timedelta(minutes=5)
TRACE = "0123456789abcdef0123456789abcdef"


def some_records(service: int, menu: int) -> ExemplarRows:
    """Return a failed record with a trace and a slow one without, of RECENT."""
    values = np.zeros((2, 10), np.int64)
    minute, end_ms = minute_of(RECENT), int(RECENT.timestamp() * 1000) + 7000
    values[0, :8] = [minute, service, menu, ExemplarKind.BAD, 3, end_ms, 1_250_000, 503]
    values[0, 8:] = np.frombuffer(bytes.fromhex(TRACE), np.int64)
    values[1, :8] = [minute, service, menu, ExemplarKind.SLOW, 3, end_ms + 1000, -1, 0]
    return ExemplarRows(values, ("/jobs/{id}", OTHER_TEMPLATE))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[APIFlask]:
    """The observed town, with three members of staff and two records of a minute."""
    with observed_town(tmp_path_factory.mktemp("town")) as app:
        parts = parts_of(app)
        service = parts.register.catalogue().services[0]
        late = traffic(service, service.menus[0], RECENT, 1, count=1, bad=1)
        parts.writer.submit(Batch(late, NOW, exemplars=some_records(service.index, service.menus[0].index)))
        parts.writer.flush()
        grants = {"sre": Grant("sre"), "owner": Grant("owner", agency_id="labor"), "other": Grant("owner", service_id="library")}
        for staff_id, grant in grants.items():
            in_change(parts.register).staff.add(a_staff_member(staff_id, grants=(grant,)), staff_secrets())
        yield app


def signed_in(town: APIFlask, staff_id: str = "sre") -> Person:
    """Return somebody with an open session; each in a minute of their own, since a one-time number works once."""
    person = Person(town.test_client(), SteppingClock(NOW))
    person.open("/en/desk/sign-in")
    person.sign_in(staff_id)
    return person


@pytest.fixture(scope="module")
def sre(town: APIFlask) -> FlaskClient:
    """The browser of somebody whose role covers everything."""
    return signed_in(town).client


def shown(client: FlaskClient, minute: str, language: str = "en") -> str:
    answer = client.get(f"/{language}/services/job-portal/minutes/{minute}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return unescape(answer.text)


def test_a_minute_of_an_outage_says_why(sre: FlaskClient) -> None:
    page = shown(sre, name_of(minute_of(OUTAGE_START) + 3))
    for text in (
        "Real requests decide.",
        "at least 5 failed, and they were 50% of all or more",
        "200 failed",
        "In a failure, down",
        "OTLP spans",
    ):
        assert text in page, text
    assert page.count("/en/incidents/job-portal") == 3


def test_records_lead_to_their_traces(sre: FlaskClient) -> None:
    page = shown(sre, name_of(minute_of(RECENT)))
    for text in (TRACE, "/jobs/{id}", "11:55:07", "1.25 s", ">503<", "one of too many", "no answer"):
        assert text in page, text


def test_what_came_in_since_the_judgement_is_told(sre: FlaskClient) -> None:
    assert "More came in for this minute since it was judged." in shown(sre, name_of(minute_of(RECENT)))


@pytest.mark.parametrize(
    ("late_minutes", "text"),
    [
        (60, "This minute is still to come."),
        (0, "This minute is not over yet"),
        (-60 * 24 * 300, "Nothing is known of this minute"),
    ],
)
def test_where_there_is_less_to_explain_it_says_so(sre: FlaskClient, late_minutes: int, text: str) -> None:
    assert text in shown(sre, name_of(minute_of(NOW) + late_minutes))


def test_it_is_there_in_korean(sre: FlaskClient) -> None:
    page = shown(sre, name_of(minute_of(OUTAGE_START) + 3), "ko")
    for text in ("실제 이용자의 접속으로 판정합니다.", "판정 기준", "장애 중, 접속 불가"):
        assert text in page, text


def test_a_minute_of_the_service_as_the_incident_links_to_it(sre: FlaskClient, town: APIFlask) -> None:
    (incident,) = in_look(parts_of(town).register).incidents.incidents("job-portal")
    page = sre.get(f"/en/incidents/{incident.id}").text
    address = page.partition("/minutes/")[2].partition('"')[0]
    assert "In a failure, down" in shown(sre, unescape(address))


def test_whoever_is_not_signed_in_is_led_to_the_door_and_back(town: APIFlask) -> None:
    person = Person(town.test_client(), SteppingClock(NOW))
    address = f"/en/services/job-portal/minutes/{name_of(minute_of(OUTAGE_START))}"
    person.open(address)
    assert person.address.startswith("/en/desk/sign-in?next=")
    person.sign_in("owner")
    assert person.address == address
    assert "김책임" in person.response.text if person.response else False


def test_a_role_for_another_service_does_not_do(town: APIFlask) -> None:
    other = signed_in(town, "other").client
    minute = name_of(minute_of(OUTAGE_START))
    assert other.get(f"/en/services/job-portal/minutes/{minute}").status_code == 403
    assert other.get(f"/en/services/library/minutes/{minute}").status_code == 200


@pytest.mark.parametrize(("service", "minute", "status"), [("nobody", "2026-11-20T01:00Z", 404), ("job-portal", "yesterday", 400)])
def test_what_is_not_there_is_refused(sre: FlaskClient, service: str, minute: str, status: int) -> None:
    assert sre.get(f"/en/services/{service}/minutes/{minute}").status_code == status
