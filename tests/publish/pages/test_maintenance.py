"""Maintenance and updates of incidents on public pages, in both languages."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from observatory.model.incident_update import IncidentUpdate
from observatory.model.text import Text
from tests.builders import a_menu, a_service
from tests.moments import NOW
from tests.publish.page_reading import Page
from tests.summaries import FixedSummary, a_summary, an_incident, some_maintenance

HOUR = timedelta(hours=1)
SERVICE = a_service(menus=(a_menu("search"), a_menu("apply", index=12)))


def read(client: FlaskClient, path: str) -> Page:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    page = Page(answer.text)
    assert not page.faults
    return page


def section(page: Page, name: str) -> str:
    """Return the words of the section that is labelled so."""
    html = page.html.partition(f'aria-labelledby="{name}"')[2].partition("</section>")[0]
    return Page(f"<p{html}").text


@pytest.mark.parametrize(
    ("language", "nothing"),
    [
        ("ko", ("진행 중인 점검이 없습니다.", "예고된 점검이 없습니다.")),
        ("en", ("No announced maintenance is going on.", "No maintenance is announced.")),
    ],
)
def test_without_maintenance_the_page_says_so(client: FlaskClient, known: FixedSummary, language: str, nothing: tuple[str, ...]) -> None:
    page = read(client, f"/{language}/maintenance")
    assert all(sentence in page.text for sentence in nothing)
    assert "/maintenance.ics" in page.links


def test_the_address_without_a_language_leads_on(client: FlaskClient) -> None:
    answer = client.get("/maintenance", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/en/maintenance")


def test_each_maintenance_stands_where_it_belongs(client: FlaskClient, known: FixedSummary) -> None:
    known.announced = (
        some_maintenance(maintenance_id="old", starts_in=-timedelta(days=100), title=Text("아주 옛날", "long ago")),
        some_maintenance(maintenance_id="past", starts_in=-timedelta(days=3), title=Text("지난 것", "the past one")),
        some_maintenance(maintenance_id="now", starts_in=-HOUR, title=Text("지금 것", "the running one")),
        some_maintenance(maintenance_id="next", title=Text("다음 것", "the next one"), menu_ids=("apply",), service=SERVICE),
    )
    page = read(client, "/en/maintenance")
    assert "the running one" in section(page, "running")
    assert "the next one" in section(page, "upcoming")
    assert "apply menu" in section(page, "upcoming")
    assert "the past one" in section(page, "past")
    assert "long ago" not in page.text
    assert "지금 것" in section(read(client, "/ko/maintenance"), "running")


@pytest.mark.parametrize(
    ("excluded_minutes", "cancelled", "korean", "english"),
    [
        (120, False, "제때 예고하여 장애 시간에 넣지 않습니다.", "Announced in time: it is not counted as downtime."),
        (0, False, "늦게 예고했거나 한 달 한도를 넘어 평소처럼 셉니다.", "It is counted like any other time"),
        (30, False, "이 중 30분은 장애 시간에 넣지 않고", "30 min of it are not counted as downtime"),
        (0, True, "취소했습니다.", "Cancelled at"),
    ],
)
def test_the_page_says_what_becomes_of_the_minutes(
    client: FlaskClient, known: FixedSummary, excluded_minutes: int, cancelled: bool, korean: str, english: str
) -> None:
    known.announced = (some_maintenance(excluded_minutes=excluded_minutes, cancelled_at=NOW if cancelled else None),)
    assert korean in read(client, "/ko/maintenance").text
    assert english in read(client, "/en/maintenance").text


def test_the_page_of_a_service_shows_what_is_near_beside_its_state(client: FlaskClient, known: FixedSummary) -> None:
    known.services = (replace(a_summary(SERVICE, state="down"), maintenance=(some_maintenance(SERVICE, starts_in=-HOUR),)),)
    page = read(client, "/en/services/job-portal")
    assert "It is down." in page.text
    assert "Server replacement" in section(page, "work")
    known.services, known.revision = (a_summary(SERVICE),), 2
    assert 'id="work"' not in read(client, "/en/services/job-portal").html


def test_updates_are_told_newest_first_with_their_times(client: FlaskClient, known: FixedSummary) -> None:
    known.services = (a_summary(incidents=(an_incident("one"),)),)
    first = IncidentUpdate("one", 1, "investigating", Text("원인을 찾습니다 <b>.", "Looking for the cause <b>."), NOW - HOUR)
    known.written = {"one": (IncidentUpdate("one", 2, "resolved", Text("복구했습니다.", ""), NOW), first)}
    korean, english = read(client, "/ko/incidents/one"), read(client, "/en/incidents/one")
    assert korean.text.index("복구했습니다.") < korean.text.index("원인을 찾습니다 <b>.")
    assert "번역 준비 중" not in korean.text
    assert '<span lang="ko">복구했습니다.</span>' in english.html
    assert "translation in preparation" in english.text
    assert "Looking for the cause <b>." in english.text
    assert english.html.count("<time") >= 4
    assert "<ol" in english.html


@pytest.mark.parametrize(
    ("reason", "korean", "english"),
    [
        ("correction", "감사자가 공개 기록에 사유를 남기고", "an auditor let its minutes be judged anew"),
        ("judged_anew", "나중에 도착한 자료나 새 버전의 측정 방법으로", "by data that came later or by a newer version"),
    ],
)
def test_the_page_of_what_is_no_incident_any_more_says_why(
    client: FlaskClient, known: FixedSummary, reason: str, korean: str, english: str
) -> None:
    known.services = (a_summary(incidents=(replace(an_incident("one"), withdrawn=reason, detected_at=None),)),)  # type: ignore[arg-type]
    assert korean in read(client, "/ko/incidents/one").text
    assert english in read(client, "/en/incidents/one").text
