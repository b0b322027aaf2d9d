"""Executives and auditors say at the desk what became of a sign-off - and nobody else does."""

import html
from collections.abc import Callable
from datetime import date

import pytest

from observatory.model.signoff import Condition, NewEntry
from observatory.model.staff import Grant
from observatory.signoff.leaves import SIGNED
from observatory.store.register import RegisterStore
from tests.builders import a_staff_member
from tests.people import REASONS, Person, staff_secrets
from tests.registers import in_change, in_look
from tests.signed_log import WrittenLog, signed_body

PAGE = "/ko/desk/services/job-portal/signoffs"


@pytest.fixture
def index(register: RegisterStore) -> int:
    """The index of a sign-off of the job portal with two conditions."""
    conditions = (Condition("안내문을 고친다", date(2026, 12, 1)), Condition("글자를 키운다", date(2026, 12, 2)))
    signoff = WrittenLog().signoff(decision="conditional", conditions=conditions)
    entry = NewEntry(SIGNED, signed_body(signoff), signoff.signed_at)
    return in_change(register).log.append(entry).index


@pytest.fixture
def someone(somebody: Callable[[], Person], register: RegisterStore) -> Callable[[Grant], Person]:
    """Return a way to get somebody with one role, signed in."""

    def someone(grant: Grant) -> Person:
        in_change(register).staff.add(a_staff_member("somebody", grants=(grant,)), staff_secrets())
        person = somebody()
        person.sign_in("somebody")
        return person

    return someone


def told(register: RegisterStore, kind: str) -> list[bytes]:
    return [entry.body for entry in in_look(register).log.entries_of_kind(kind)]


def test_an_auditor_says_that_a_condition_was_met(someone: Callable[[Grant], Person], register: RegisterStore, index: int) -> None:
    auditor = someone(Grant("auditor", service_id="job-portal"))
    auditor.open(f"{PAGE}/{index}/conditions/2")
    page = auditor.send("/conditions/2", note="글자를 키웠습니다.")

    (body,) = told(register, "condition-met")
    assert b'"condition":"2"' in body
    assert b"somebody" not in body
    assert "이행" in page.text
    assert f"{PAGE}/{index}/conditions/1" in page.text
    assert f"{PAGE}/{index}/conditions/2" not in page.text


def test_the_executive_revokes_a_sign_off_once(minister: Person, register: RegisterStore, index: int) -> None:
    minister.sign_in()
    minister.open(f"{PAGE}/{index}/revoke")
    page = minister.send("/revoke", reasons=REASONS)

    assert len(told(register, "signoff-revoked")) == 1
    assert "철회" in page.text
    assert f"{PAGE}/{index}/revoke" not in page.text
    minister.open(f"{PAGE}/{index}/revoke")
    assert "철회된 서명 판정이라" in html.unescape(minister.send("/revoke", reasons=REASONS).text)
    assert len(told(register, "signoff-revoked")) == 1
    assert (
        "중단" in minister.client.get("/ko/services/job-portal").text or "Suspended" in minister.client.get("/en/services/job-portal").text
    )


@pytest.mark.parametrize(
    ("leads_to", "typed"), [("/revoke", {"reasons": "짧다"}), ("/conditions/1", {"note": ""}), ("/conditions/1", {"note": "가" * 501})]
)
def test_what_is_wrong_is_said_and_nothing_is_told(
    minister: Person, register: RegisterStore, index: int, leads_to: str, typed: dict[str, str]
) -> None:
    minister.sign_in()
    minister.open(f"{PAGE}/{index}{leads_to}")
    response = minister.send(leads_to, **typed)

    assert response.status_code == 400
    assert 'role="alert"' in response.text
    assert told(register, "signoff-revoked") == told(register, "condition-met") == []


@pytest.mark.parametrize("role", ["owner", "moderator", "sre", "admin"])
def test_who_runs_a_service_changes_no_sign_off_of_it(
    someone: Callable[[Grant], Person], index: int, role: str, register: RegisterStore
) -> None:
    person = someone(Grant(role, service_id=None if role == "admin" else "job-portal"))  # type: ignore[arg-type]

    for address in (PAGE, f"{PAGE}/{index}/revoke", f"{PAGE}/{index}/conditions/1"):
        assert person.open(address).status_code == 403
    assert told(register, "signoff-revoked") == []


def test_there_is_no_other_sign_off_or_condition(minister: Person, index: int) -> None:
    minister.sign_in()

    assert minister.open(f"{PAGE}/{index + 1}/revoke").status_code == 404
    assert minister.open(f"{PAGE}/{index}/conditions/3").status_code == 404
    assert minister.open(PAGE.replace("job-portal", "tax")).status_code == 403
    assert "Revoke it" in minister.open(PAGE.replace("/ko/", "/en/")).text
