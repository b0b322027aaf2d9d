"""The page of an incident: what people said of it stands beside what was measured."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from observatory.judge.beside import MeasuredBeside
from observatory.model.declaration import Declaration
from observatory.model.dispute import Dispute, DisputeAnswer
from observatory.model.incident_update import IncidentUpdate
from observatory.model.text import Text
from observatory.readmodel.stories import IncidentStory
from tests.moments import NOW
from tests.publish.pages.test_views import read
from tests.summaries import FixedSummary, a_summary, an_incident

DECLARED = Declaration(
    "declared", "job-portal", ("search",), "partial", NOW - timedelta(minutes=30), None, Text("검색이 되지 않습니다", "Search fails"), NOW
)
REASON = Text("기록과 다릅니다", "The records say otherwise")


@pytest.fixture
def said(known: FixedSummary) -> FixedSummary:
    disputes = (
        Dispute("one", 2, Text("되었습니다", ""), NOW),
        Dispute("one", 1, Text("되었다", "It worked"), NOW, DisputeAnswer(accepted=False, reason=REASON, at=NOW, by="mark")),
    )
    known.services = (a_summary(state="partial", incidents=(an_incident("one", minutes=None),)),)
    known.said = {"one": IncidentStory(declarations=(DECLARED,), disputes=disputes)}
    known.measured = {"one": MeasuredBeside(declared=30, down=1, partial=2, working=20)}
    return known


def test_what_was_declared_stands_beside_what_measuring_says(client: FlaskClient, said: FixedSummary) -> None:
    page = read(client, "/en/incidents/one")
    for shown in ("Declared by the service", "Search fails", "Works in part", "still going on"):
        assert shown in page.text
    assert "down 1 min, partly failing 2 min, working 20 min, nothing known of 7 min" in page.text
    assert "검색이 되지 않습니다" in read(client, "/ko/incidents/one").text


def test_what_is_disputed_stands_with_its_answer(client: FlaskClient, said: FixedSummary) -> None:
    page = read(client, "/en/incidents/one")
    for shown in ("Disputed by the service", "It worked", "Disputed, and declined by an auditor", REASON.en, "Disputed, not answered yet"):
        assert shown in page.text
    assert '<span lang="ko">되었습니다</span> <span class="flag">translation in preparation</span>' in page.html
    assert "감사자가 받아들이지 않은 이의" in read(client, "/ko/incidents/one").text


def test_the_api_says_the_same(client: FlaskClient, said: FixedSummary) -> None:
    told = client.get("/api/v1/incidents/one").json
    (declared,) = told["declared"]
    assert (declared["menu_ids"], declared["severity"], declared["to"], declared["title_en"]) == (
        ["search"],
        "partial",
        None,
        "Search fails",
    )
    assert [(each["state"], each["text_en"], each["reason_ko"]) for each in told["disputes"]] == [
        ("open", None, None),
        ("declined", "It worked", REASON.ko),
    ]


def test_the_method_tells_what_people_can_say_of_failures(client: FlaskClient) -> None:
    page = read(client, "/en/method").text
    assert "at most 72 hours back" in page
    assert "never remove it" in page
    assert "no number changes by that" in page


def test_a_page_never_says_solved_of_what_went_on_failing(client: FlaskClient, known: FixedSummary) -> None:
    for revision, minutes in ((2, None), (3, 60)):
        incident = an_incident("one", minutes=minutes)
        known.services, known.revision = (a_summary(incidents=(incident,)),), revision
        known.written = {"one": (IncidentUpdate("one", 1, "resolved", Text("끝", "Done"), incident.started_at + timedelta(minutes=5)),)}
        page = read(client, "/en/incidents/one")
        assert "Written as solved, but it went on failing" in page.text
        assert "Solved" not in page.text
