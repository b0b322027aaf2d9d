"""Every minute of a month as a file: what stands in it, what does not, and when there is none."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from observatory.flows.catalogue import apply_catalogue
from observatory.flows.retention import forget_old
from observatory.server.app import create_app
from observatory.server.worker import Background
from observatory.settings import Settings
from tests.builders import a_catalogue, a_service
from tests.moments import NOW
from tests.observed import LIBRARY, OUTAGE_MINUTES, OUTAGE_START, observe, observed_town, parts_of, traffic

ADDRESS = "/api/v1/services/job-portal/minutes.csv"
BEGUN = NOW - timedelta(days=10)


def rows_of(client: FlaskClient, query: str = "") -> list[dict[str, str]]:
    answer = client.get(ADDRESS + query)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


@pytest.fixture
def quiet_town(tmp_path: Path) -> Iterator[APIFlask]:
    """Yield an application that takes up what a test lets it observe."""
    app = create_app(Settings(data=tmp_path / "quiet"), now=lambda: NOW)
    background = Background(app, steps=())
    background.start()
    apply_catalogue(parts_of(app).register, a_catalogue(a_service()), BEGUN)
    yield app
    background.stop()


def test_every_minute_of_the_month_that_is_over_has_a_row(api: FlaskClient) -> None:
    rows = rows_of(api)
    assert rows == rows_of(api, "?month=2026-11")
    assert (rows[0]["minute"], rows[-1]["minute"]) == ("2026-10-31T15:00:00Z", "2026-11-20T02:59:00Z")
    assert len(rows) == len({row["minute"] for row in rows}) == 19 * 1440 + 720


def test_a_row_has_counts_votes_verdict_and_class(api: FlaskClient) -> None:
    (row,) = [row for row in rows_of(api) if row["minute"] == f"{OUTAGE_START:%Y-%m-%dT%H:%M:%SZ}"]
    assert list(row.values()) == ["2026-11-17T01:00:00Z", "200", "200", "0", "0", "0", "down", "down", "0", "0"]


def test_the_classes_of_a_month_are_those_of_its_figures(api: FlaskClient) -> None:
    figures = api.get("/api/v1/services/job-portal/figures?window=month:2026-11").json
    classes = Counter(row["class"] for row in rows_of(api))
    assert classes["down"] == figures["downtime_minutes"] == OUTAGE_MINUTES
    assert classes["unobserved"] == figures["unobserved_minutes"]
    assert classes["unknown"] == figures["unknown_minutes"]


def test_a_menu_has_minutes_of_its_own(api: FlaskClient) -> None:
    assert {row["count"] for row in rows_of(api, "?menu=search")} == {"0", "100"}


def test_few_requests_of_a_minute_are_not_told(quiet_town: APIFlask) -> None:
    parts = parts_of(quiet_town)
    service = parts.register.catalogue().services[0]
    counts = (1, 19, 20)
    first = NOW - timedelta(hours=1)
    shown = [traffic(service, service.menus[0], first + timedelta(minutes=at), 1, count=count) for at, count in enumerate(counts)]
    observe(parts, *shown)
    told = rows_of(quiet_town.test_client())[-60:-56]
    assert [(row["count"], row["bad"], row["slow"]) for row in told] == [("", "", ""), ("", "", ""), ("20", "0", "0"), ("0", "0", "0")]


def test_the_answer_is_tagged_and_open_to_every_origin(api: FlaskClient) -> None:
    answer = api.get(ADDRESS)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert api.get(ADDRESS, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("?month=2026-12", 404, "has not begun"),
        ("?month=2026-10", 404, "not observed yet"),
        ("?month=2026-13", 400, "a month such as"),
        ("?month=november", 400, "a month such as"),
        ("?menu=none", 404, "menu"),
    ],
)
def test_what_cannot_be_listed_is_said(api: FlaskClient, query: str, status: int, said: str) -> None:
    answer = api.get(ADDRESS + query)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert said in answer.json["detail"] + answer.json["title"]


def test_of_a_service_nobody_heard_of_every_minute_is_unknown(api: FlaskClient) -> None:
    answer = api.get(f"/api/v1/services/{LIBRARY.id}/minutes.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert {(row["verdict"], row["class"]) for row in rows} == {("unknown", "unobserved"), ("unknown", "unknown")}


def test_minutes_that_are_kept_no_more_are_not_made_up(tmp_path: Path) -> None:
    with observed_town(tmp_path / "old") as app:
        parts, client = parts_of(app), app.test_client()
        later = NOW + timedelta(days=400)
        while forget_old(parts, later, 4, 100):
            pass
        answer = client.get(f"{ADDRESS}?month=2026-11")
        assert (answer.status_code, "kept no more" in answer.json["detail"]) == (404, True)
        assert client.get("/api/v1/services/job-portal/figures?window=month:2026-11").json["downtime_minutes"] == OUTAGE_MINUTES
