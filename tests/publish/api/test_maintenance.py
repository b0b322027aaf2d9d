"""Maintenance and updates of incidents as open data, from a real register."""

import csv
import io
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from observatory.flows.catalogue import apply_catalogue
from observatory.flows.incident_updates import translate_update, write_update
from observatory.flows.maintenance import announce, cancel
from observatory.model.maintenance import Announcement
from observatory.model.text import Text
from tests.builders import a_catalogue, a_menu, a_service
from tests.moments import NOW
from tests.observed import parts_of
from tests.registers import in_change
from tests.summaries import an_incident

TITLE = Text("서버 교체", "")


@pytest.fixture
def api(app: APIFlask) -> FlaskClient:
    """Return a client of an application with two services, one of which is maintained every week."""
    register = parts_of(app).register
    apply_catalogue(register, a_catalogue(a_service(menus=(a_menu(),)), a_service("library")), NOW)
    in_change(register).incidents.keep([an_incident("one"), an_incident("two", menu_ids=("search",))])
    announce(register, "job-portal", saying(48, 3), "FREQ=WEEKLY;COUNT=4", "mark", NOW)
    announce(register, "library", saying(10, 1), "", "mark", NOW)
    return app.test_client()


def saying(hours: int, lasts: int) -> Announcement:
    start = NOW + timedelta(hours=hours)
    return Announcement(NOW, start, start + timedelta(hours=lasts), TITLE)


def test_maintenance_is_listed_the_newest_start_first(api: FlaskClient) -> None:
    answer = api.get("/api/v1/maintenance").json
    listed = answer["maintenance"]
    assert [each["service_id"] for each in listed] == ["job-portal"] * 4 + ["library"]
    assert list(listed[0]) == [
        *("id", "service_id", "menu_ids", "title_ko", "title_en", "starts_at", "ends_at"),
        *("announced_at", "cancelled_at", "excluded_minutes", "excluded_elsewhere_minutes", "reminders"),
    ]
    assert (listed[0]["title_ko"], listed[0]["title_en"], listed[0]["announced_at"]) == ("서버 교체", None, "2026-11-20T03:00:00Z")
    assert answer["next"] is None


def test_it_says_how_much_of_each_is_not_counted(api: FlaskClient) -> None:
    """The hours of November are three and three, those of December three and three: only what is announced ten hours ahead counts."""
    minutes = {each["id"]: each["excluded_minutes"] for each in api.get("/api/v1/maintenance").json["maintenance"]}
    assert sorted(minutes.values()) == [0, 180, 180, 180, 180]
    assert [minutes[name] for name in minutes if name.startswith("library")] == [0]


def test_a_list_can_be_narrowed_and_comes_in_pages(api: FlaskClient) -> None:
    assert len(api.get("/api/v1/maintenance?service=library").json["maintenance"]) == 1
    near = {"from": "2026-11-20T00:00:00Z", "to": "2026-11-23T00:00:00Z"}
    assert len(api.get("/api/v1/maintenance", query_string=near).json["maintenance"]) == 2
    ids, cursor = list[str](), dict[str, str]()
    for _ in range(3):
        page = api.get("/api/v1/maintenance", query_string={"limit": 2, **cursor}).json
        ids += [each["id"] for each in page["maintenance"]]
        cursor = {"cursor": page["next"]} if page["next"] else {}
    assert ids == [each["id"] for each in api.get("/api/v1/maintenance").json["maintenance"]]


@pytest.mark.parametrize(
    ("question", "status"),
    [("service=nobody", 404), ("cursor=nonsense", 400), ("from=2026-11-21T00:00:00Z&to=2026-11-20T00:00:00Z", 400), ("what=ever", 400)],
)
def test_what_cannot_be_answered_is_refused(api: FlaskClient, question: str, status: int) -> None:
    assert api.get(f"/api/v1/maintenance?{question}").status_code == status


def test_a_cancellation_shows_at_once(api: FlaskClient, app: APIFlask) -> None:
    (listed,) = api.get("/api/v1/maintenance?service=library").json["maintenance"]
    cancel(parts_of(app).register, listed["id"], "mark", NOW)
    (again,) = api.get("/api/v1/maintenance?service=library").json["maintenance"]
    assert again["cancelled_at"] == "2026-11-20T03:00:00Z"


def test_the_file_says_the_same(api: FlaskClient) -> None:
    rows = list(csv.DictReader(io.StringIO(api.get("/api/v1/maintenance.csv").text)))
    listed = api.get("/api/v1/maintenance").json["maintenance"]
    assert [(row["id"], int(row["excluded_minutes"])) for row in rows] == [(each["id"], each["excluded_minutes"]) for each in listed]


def test_updates_stand_with_their_incident(api: FlaskClient, app: APIFlask) -> None:
    register = parts_of(app).register
    assert api.get("/api/v1/incidents/one").json["updates"] == []
    write_update(register, "one", "investigating", Text("원인을 찾고 있습니다.", ""), "mark", NOW)
    written = {"at": "2026-11-20T03:00:00Z", "text_ko": "원인을 찾고 있습니다.", "text_en": None, "stage": "investigating"}
    assert api.get("/api/v1/incidents/one").json["updates"] == [written]
    translate_update(register, "one", 1, Text("", "We are looking for the cause."), "mark", NOW)
    incidents = {each["id"]: each["updates"] for each in api.get("/api/v1/incidents").json["incidents"]}
    assert incidents == {"one": [{**written, "text_en": "We are looking for the cause."}], "two": []}


def test_the_page_and_the_calendar_know_what_the_data_know(api: FlaskClient) -> None:
    assert api.get("/en/maintenance").text.count("서버 교체") == 5
    assert api.get("/maintenance.ics").text.count("BEGIN:VEVENT") == 5
    assert 'id="work"' in api.get("/en/services/job-portal").text


@pytest.mark.parametrize("question", ["limit=1_0", "limit=%EF%BC%95", "limit=%2B5", "limit=5&limit=6", "service=a&service=a"])
def test_what_can_be_read_two_ways_is_refused(api: FlaskClient, question: str) -> None:
    for address in ("/api/v1/maintenance", "/api/v1/incidents.csv"):
        answer = api.get(f"{address}?{question}")
        assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert api.get("/api/v1/log/entries?first=1_0").status_code == 400


def test_the_calendar_takes_no_parameter(api: FlaskClient) -> None:
    assert api.get("/maintenance.ics").status_code == 200
    assert api.get("/maintenance.ics?service=job-portal").status_code == 400


def test_minutes_of_several_at_one_time_are_told_once(api: FlaskClient, app: APIFlask) -> None:
    start = NOW + timedelta(days=40)
    for begins, ends in ((0, 480), (0, 480), (60, 120)):
        said = Announcement(NOW, start + timedelta(minutes=begins), start + timedelta(minutes=ends), Text("점검", ""))
        announce(parts_of(app).register, "library", said, "", "mark", NOW)
    near = f"{start - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    listed = api.get("/api/v1/maintenance", query_string={"service": "library", "from": near}).json["maintenance"]
    told = sorted((each["excluded_minutes"], each["excluded_elsewhere_minutes"]) for each in listed)
    assert told == [(0, 60), (0, 480), (480, 0)]
    assert api.get("/en/maintenance").text.count("belong to other maintenance of the same time") == 2
