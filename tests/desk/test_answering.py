"""Answering disputes at the desk: an auditor of the service accepts or declines, in both languages - and nobody else."""

import html
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from observatory.flows.disputes import dispute
from observatory.model.dispute import Dispute
from observatory.model.staff import Grant
from observatory.model.text import Text
from observatory.store.register import RegisterStore
from tests.builders import a_staff_member
from tests.people import Person, SteppingClock, staff_secrets
from tests.registers import in_change, in_look
from tests.summaries import an_incident

LIST = "/ko/desk/operations/disputes"
OUTAGE = an_incident("job-portal-20261118T0004")
GOES_ON = an_incident("job-portal-20261119T0004", minutes=None)
ANSWER = f"{LIST}/{OUTAGE.id}-dispute-1"
REASONS = {"reason_ko": "기록이 늦게 도착했습니다", "reason_en": "Records came late"}
AUDITOR = Grant("auditor", agency_id="labor")


@pytest.fixture
def signed_in(somebody: Callable[[], Person], register: RegisterStore, clock: SteppingClock) -> Callable[..., Person]:
    """Return a way to get somebody with grants, signed in where two failures are disputed."""
    in_change(register).incidents.keep([OUTAGE, GOES_ON])
    for incident in (OUTAGE, GOES_ON):
        dispute(register, incident.id, Text("로그인은 되었습니다", ""), "mark", clock())

    def come(*grants: Grant) -> Person:
        in_change(register).staff.add(a_staff_member("somebody", grants=grants), staff_secrets())
        person = somebody()
        person.sign_in("somebody")
        return person

    return come


def disputed(register: RegisterStore) -> Dispute:
    (found,) = in_look(register).disputes.disputes([OUTAGE.id])[OUTAGE.id]
    return found


def kinds(register: RegisterStore, kind: str) -> int:
    return len(list(in_look(register).log.entries_of_kind(kind)))


def test_what_is_disputed_is_listed_and_accepted(signed_in: Callable[..., Person], register: RegisterStore, client: FlaskClient) -> None:
    auditor = signed_in(AUDITOR)
    assert ANSWER in auditor.open(LIST).text
    assert "로그인은 되었습니다" in auditor.open(ANSWER).text
    page = auditor.send("-dispute-1", decision="accepted", **REASONS).text
    assert auditor.address == LIST
    assert ANSWER not in page
    assert f"{GOES_ON.id}-dispute-1" in page
    assert disputed(register).state == "accepted"
    assert (kinds(register, "service-incident-dispute-answered"), kinds(register, "service-corrected")) == (1, 1 + len(OUTAGE.menu_ids))
    assert "Records came late" in client.get(f"/en/incidents/{OUTAGE.id}").text
    (entry,) = in_look(register).log.entries_of_kind("service-incident-dispute-answered")
    assert b"somebody" not in entry.body


def test_what_is_declined_corrects_nothing(signed_in: Callable[..., Person], register: RegisterStore) -> None:
    auditor = signed_in(AUDITOR)
    auditor.open(ANSWER)
    auditor.send("-dispute-1", decision="declined", **REASONS)
    assert disputed(register).state == "declined"
    assert kinds(register, "service-corrected") == 0


@pytest.mark.parametrize(
    "typed", [REASONS, {**REASONS, "decision": "perhaps"}, {"decision": "accepted", "reason_ko": "하나"}, {"decision": "accepted"}]
)
def test_what_is_wrong_is_said_and_nothing_is_answered(
    signed_in: Callable[..., Person], register: RegisterStore, typed: dict[str, str]
) -> None:
    auditor = signed_in(AUDITOR)
    auditor.open(ANSWER)
    response = auditor.send("-dispute-1", **typed)
    assert response.status_code == 400
    assert 'role="alert"' in response.text
    assert disputed(register).state == "open"


def test_a_failure_that_goes_on_can_be_declined_alone(signed_in: Callable[..., Person]) -> None:
    auditor = signed_in(AUDITOR)
    auditor.open(f"{LIST}/{GOES_ON.id}-dispute-1")
    response = auditor.send("-dispute-1", decision="accepted", **REASONS)
    assert (response.status_code, GOES_ON.id in html.unescape(response.text)) == (400, True)
    auditor.send("-dispute-1", decision="declined", **REASONS)
    assert auditor.address == LIST


@pytest.mark.parametrize(
    "grants",
    [
        (Grant("owner", service_id="job-portal"),),
        (AUDITOR, Grant("owner", service_id="job-portal")),
        (AUDITOR, Grant("moderator", service_id="job-portal")),
        (AUDITOR, Grant("sre", agency_id="labor")),
        (Grant("auditor", service_id="tax"),),
        (Grant("admin"),),
    ],
)
def test_others_neither_see_nor_answer(signed_in: Callable[..., Person], register: RegisterStore, grants: tuple[Grant, ...]) -> None:
    stranger = signed_in(*grants)
    assert OUTAGE.id not in stranger.open(LIST).text
    assert stranger.open(ANSWER).status_code == 403
    assert stranger.post(ANSWER, {"decision": "declined", **REASONS}).status_code == 403
    assert disputed(register).state == "open"


def test_a_form_of_another_session_answers_nothing(signed_in: Callable[..., Person], register: RegisterStore) -> None:
    auditor = signed_in(AUDITOR)
    assert auditor.post(ANSWER, {"decision": "declined", **REASONS}).status_code == 400
    assert auditor.open(f"{LIST}/nothing-dispute-1").status_code == 404
    assert disputed(register).state == "open"


def test_only_auditors_are_shown_the_way(signed_in: Callable[..., Person]) -> None:
    assert LIST in signed_in(AUDITOR).open("/ko/desk/operations/").text
