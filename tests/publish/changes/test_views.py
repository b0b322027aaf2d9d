"""Whatever changes of what was published is told, with its reason: on a page, in a feed and as open data."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from observatory.flows.catalogue import apply_catalogue
from observatory.flows.corrections import approve
from observatory.flows.judging import judge_all
from observatory.flows.judging_again import take_up_method, take_up_requests
from observatory.model.text import Text
from observatory.publish.changes.views import CHANGES_SHOWN
from observatory.server.app import create_app
from observatory.server.worker import Background
from observatory.settings import Settings
from tests.moments import NOW
from tests.observed import COUNT, OUTAGE_START, observe, observed_town, parts_of, traffic
from tests.registers import in_look

ATOM = "{http://www.w3.org/2005/Atom}"
MARK = "0123456789ab"
QUIET = OUTAGE_START - timedelta(days=3)


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[APIFlask]:
    """Yield a town in which late evidence made a day worse, and an auditor let one outage get better, while another waits."""
    with observed_town(tmp_path_factory.mktemp("town")) as app:
        parts = parts_of(app)
        service = parts.register.catalogue().services[0]
        observe(parts, *(traffic(service, menu, QUIET, 10, count=COUNT * 10, bad=COUNT * 10) for menu in service.menus))
        for start in (OUTAGE_START, QUIET):
            observe(parts, *(traffic(service, menu, start, 5, count=COUNT * 1000) for menu in service.menus))
        waiting = [each for each in in_look(parts.register).corrections.corrections() if each.start == OUTAGE_START]
        for each in waiting:
            approve(parts.register, each.id, Text("기록을 확인했습니다", "records <were> checked"), MARK, NOW)
        take_up_requests(parts)
        judge_all(parts, NOW)
        yield app


@pytest.fixture
def client(corrected: APIFlask) -> FlaskClient:
    return corrected.test_client()


def test_days_that_changed_are_told_with_what_they_were(client: FlaskClient) -> None:
    changes = client.get("/api/v1/changes").json["changes"]
    days = {each["from"]: each for each in changes if each["kind"] == "recomputed" and each["menu_id"] is None}
    worse, better = days["2026-11-13T15:00:00Z"], days["2026-11-16T15:00:00Z"]
    assert (worse["down_minutes_before"], worse["down_minutes"], worse["service_id"]) == (0, 10, "job-portal")
    assert (better["down_minutes_before"], better["down_minutes"]) == (20, 15)
    assert better["revision"] > worse["revision"]
    assert (better["to"], better["reason_ko"]) == ("2026-11-17T15:00:00Z", "그날이 지난 뒤에 기록이 더 왔습니다.")


def test_requests_that_came_late_are_told_of_the_service_and_its_menus(client: FlaskClient) -> None:
    lines = {each["menu_id"]: each for each in client.get("/api/v1/changes").json["changes"] if each["from"] == "2026-11-13T15:00:00Z"}
    whole, menu = lines[None], lines["search"]
    assert (whole["requests"] - whole["requests_before"], menu["requests"] - menu["requests_before"]) == (
        1_020_000,
        510_000,
    )
    assert (menu["failed_requests_before"], menu["failed_requests"]) == (0, COUNT * 100)
    assert (menu["load_time_source"], menu["load_time_mean_ms_before"], menu["load_time_mean_ms"]) == ("server", 80.0, 80.0)
    page = client.get("/en/changes").text
    assert "Failed requests 0 → 10,000." in page
    assert "search menu" in page


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "ko",
            (
                "등급: 1 → 2. 2026-11-21부터 적용하며",
                "서버 기록은 otlp-span(으)로 판정합니다",
                "obs-method/1에서",
                "2026-11-21 00:00",
                "모든 서비스",
                "메뉴: search, apply → search. 빠진 메뉴의",
            ),
        ),
        (
            "en",
            (
                "Grade: 1 → 2. In force from 2026-11-21 on",
                "that tells of it is otlp-span",
                "instead of obs-method/1",
                "from ",
                "All services",
                "Menus: search, apply → search. Figures of a menu",
            ),
        ),
    ],
)
def test_rules_that_change_are_told_with_when_and_why(tmp_path: Path, language: str, said: tuple[str, ...]) -> None:
    with observed_town(tmp_path / "town") as app:
        parts = parts_of(app)
        catalogue = parts.register.catalogue()
        first = replace(catalogue.services[0], grade=2, menus=catalogue.services[0].menus[:1])
        apply_catalogue(parts.register, replace(catalogue, services=(first, *catalogue.services[1:])), NOW)
        with parts.register.change() as books:
            books.corrections.change_method("obs-method/1")
        take_up_method(parts, NOW)
        page = app.test_client().get(f"/{language}/changes").text
        assert not [text for text in said if text not in page]
        rule, *_ = [each for each in app.test_client().get("/api/v1/changes").json["changes"] if each["kind"] == "rule"]
        assert (rule["from"], rule["to"], rule["service_id"], rule["down_minutes"]) == ("2026-11-20T15:00:00Z", None, "job-portal", None)


def test_corrections_stand_in_the_same_list_and_so_does_what_waits(client: FlaskClient) -> None:
    changes = client.get("/api/v1/changes").json["changes"]
    (done,) = [each for each in changes if each["kind"] == "corrected" and each["menu_id"] is None]
    assert (done["from"], done["to"], done["auditor"]) == ("2026-11-17T01:00:00Z", "2026-11-17T01:05:00Z", MARK)
    assert (done["reason_ko"], done["reason_en"]) == ("기록을 확인했습니다", "records <were> checked")
    (waits,) = [each for each in changes if each["kind"] == "waiting" and each["menu_id"] is None]
    assert (waits["from"], waits["auditor"], waits["down_minutes"]) == ("2026-11-14T01:00:00Z", None, None)


def test_the_list_comes_in_parts_and_as_a_file(client: FlaskClient) -> None:
    whole = client.get("/api/v1/changes").json["changes"]
    found: list[object] = []
    cursor: str | None = ""
    while cursor is not None:
        part = client.get("/api/v1/changes", query_string={"limit": 1} | ({"cursor": cursor} if cursor else {})).json
        found += part["changes"]
        cursor = part["next"]
    assert found == whole
    assert len(client.get("/api/v1/changes.csv").text.splitlines()) == 1 + len(whole)
    assert client.get("/api/v1/changes?cursor=Y2hhbmdlczp4").status_code == 400


@pytest.mark.parametrize(("language", "said"), [("ko", "기록을 확인했습니다"), ("en", "records &lt;were&gt; checked")])
def test_the_page_says_it_in_both_languages(client: FlaskClient, language: str, said: str) -> None:
    page = client.get(f"/{language}/changes").text
    assert said in page
    assert MARK in page
    assert f'href="/{language}/changes.atom"' in page
    assert len(re.findall(r'<tr id="c', page)) == len(client.get("/api/v1/changes").json["changes"])


def test_a_reader_is_sent_to_the_language_of_the_browser(client: FlaskClient) -> None:
    assert client.get("/changes", headers={"Accept-Language": "en"}).headers["Location"] == "/en/changes"
    assert client.get("/changes.atom").headers["Location"] == "/ko/changes.atom"


def test_the_feed_is_atom_and_its_entries_keep_their_names(client: FlaskClient) -> None:
    answer = client.get("/en/changes.atom")
    feed = ET.fromstring(answer.text)  # noqa: S314  # our own
    entries = feed.findall(f"{ATOM}entry")
    assert answer.mimetype == "application/atom+xml"
    assert len(entries) == len(client.get("/api/v1/changes").json["changes"])
    ids = [entry.findtext(f"{ATOM}id") for entry in (feed, *entries)]
    assert len(set(ids)) == len(ids)
    assert all(str(each).startswith("urn:uuid:") for each in ids)
    assert client.get("/en/changes.atom", headers={"Host": "evil.example"}).text == answer.text
    assert [entry.findtext(f"{ATOM}updated") for entry in entries] == sorted(
        (str(entry.findtext(f"{ATOM}updated")) for entry in entries), reverse=True
    )


def test_where_nothing_changed_that_is_said(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path / "quiet"), now=lambda: NOW)
    background = Background(app, steps=())
    background.start()
    client = app.test_client()
    assert client.get("/api/v1/changes").json == {"changes": [], "next": None}
    assert "Nothing that was published has changed so far." in client.get("/en/changes").text
    assert "There is nothing older." in client.get("/en/changes?before=1.0.1").text
    assert "Nothing that was published" in client.get("/en/changes?before=nonsense").text
    assert not ET.fromstring(client.get("/ko/changes.atom").text).findall(f"{ATOM}entry")  # noqa: S314  # our own
    background.stop()


def test_a_page_shows_a_bounded_part() -> None:
    assert 0 < CHANGES_SHOWN <= 100
