"""The calendar of maintenance, as a parser of the format reads it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from icalendar import Calendar

from observatory.model.text import Text
from observatory.publish.calendar.icalendar_text import LINE_BYTES_MAX, calendar_text
from observatory.readmodel.values import MaintenanceSummary
from tests.builders import a_menu, a_service
from tests.moments import NOW
from tests.summaries import FixedSummary, some_maintenance

NAME = Text("관측소", "Observatory")
ODD = Text("점검; 전부, 다\\n 그리고\n둘째 줄 " + "긴 제목 " * 30, "")


def parsed(*listed: MaintenanceSummary) -> Any:  # noqa: ANN401 - what a value is, the parser says
    """Return the calendar as the parser reads it; whatever a value may be there is no business of its types."""
    return Calendar.from_ical(calendar_text(NAME, listed))


def events(*listed: MaintenanceSummary) -> list[dict[str, str]]:
    """Return the properties of each event, as the parser gives them."""
    calendar = parsed(*listed)
    assert not calendar.errors
    return [{name: str(value) for name, value in event.items()} for event in calendar.walk("VEVENT")]


def test_an_event_says_what_when_and_that_it_holds() -> None:
    announced = some_maintenance()
    calendar = parsed(announced)
    (event,) = calendar.walk("VEVENT")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (announced.maintenance.start, announced.maintenance.end)
    assert event["DTSTAMP"].dt == announced.maintenance.announced_at
    assert str(event["SUMMARY"]) == "job-portal 서비스 / job-portal service: 서버 교체 / Server replacement"
    assert (str(event["STATUS"]), int(event["SEQUENCE"])) == ("CONFIRMED", 0)
    assert str(calendar["X-WR-CALNAME"]) == "관측소 / Observatory"


def test_an_event_keeps_its_name_when_it_is_changed_or_cancelled() -> None:
    announced = some_maintenance()
    said = announced.maintenance.newest
    longer = replace(said, at=NOW, end=said.end + timedelta(hours=1))
    changed = replace(announced, maintenance=replace(announced.maintenance, announcements=(said, longer)))
    cancelled = replace(changed, maintenance=replace(changed.maintenance, cancelled_at=NOW))
    found = [events(each)[0] for each in (announced, changed, cancelled)]
    assert len({event["UID"] for event in found}) == 1
    assert [(event["SEQUENCE"], event["STATUS"]) for event in found] == [("0", "CONFIRMED"), ("1", "CONFIRMED"), ("2", "CANCELLED")]


def test_signs_are_escaped_and_long_lines_are_folded_between_letters() -> None:
    menus = (a_menu("search"), a_menu("apply", index=12))
    announced = some_maintenance(a_service(menus=menus), title=ODD, menu_ids=("apply",))
    text = calendar_text(NAME, [announced])
    assert max(len(line.encode()) for line in text.split("\r\n")) <= LINE_BYTES_MAX
    assert "\n" not in text.replace("\r\n", "")
    (event,) = events(announced)
    assert event["SUMMARY"].endswith(ODD.ko)
    assert event["DESCRIPTION"] == "apply 메뉴 / apply menu"


def test_a_line_cannot_be_smuggled_in() -> None:
    (event,) = events(some_maintenance(title=Text("점검\r\nATTENDEE:mailto:a@example.com", "")))
    assert "ATTENDEE" not in event


def test_the_calendar_is_served_and_recognised_again(client: FlaskClient, known: FixedSummary) -> None:
    known.announced = (some_maintenance(), some_maintenance(maintenance_id="b", starts_in=-timedelta(days=100)))
    answer = client.get("/maintenance.ics")
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    assert answer.text.count("BEGIN:VEVENT") == 1
    again = client.get("/maintenance.ics", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_without_maintenance_it_is_an_empty_calendar(client: FlaskClient, known: FixedSummary) -> None:
    assert not Calendar.from_ical(client.get("/maintenance.ics").text).walk("VEVENT")
