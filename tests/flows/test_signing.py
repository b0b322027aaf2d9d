"""Flow 2 from a draft to the public record."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from observatory.errors import BadInput, Conflict, NotAllowed, NotFound
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.log_checking import check_log
from observatory.flows.signing import prepare, shown_digest, sign
from observatory.flows.signoffs import SIGNOFF_KIND, desk_rows, signed_entry, signoffs_by_service
from observatory.model.catalogue import Catalogue, Site
from observatory.model.signoff import Condition, NewEntry, Release, SigningDraft
from observatory.model.staff import Grant
from observatory.model.text import Text
from observatory.signoff.statement import statement_bytes
from observatory.store.opening import open_register, prepare_folder
from observatory.store.register import RegisterStore
from tests.builders import a_catalogue, a_service, a_signoff, a_staff_member
from tests.people import signoffs_of
from tests.registers import in_change, in_look

JUDGEMENT = SigningDraft(Release("job-portal", "2.4.1", "sha256:" + "ab" * 32), "plan 7", "pass", "I applied for a job myself, to the end.")


@pytest.fixture
def register(tmp_path: Path, now: datetime) -> Iterator[RegisterStore]:
    """A register with two services."""
    prepare_folder(tmp_path)
    opened = open_register(tmp_path)
    apply_catalogue(opened, a_catalogue(a_service(), a_service("tax")), now)
    yield opened
    opened.close()


def sign_it(register: RegisterStore, now: datetime, draft: SigningDraft = JUDGEMENT) -> None:
    """Sign a draft as it was shown."""
    member = a_staff_member()
    sign(register, member, draft, shown_digest(prepare(register, member, draft, "", now)), "password+totp", now)


def test_a_signed_judgement_is_an_entry_of_the_log(register: RegisterStore, now: datetime) -> None:
    before, _ = in_look(register).log.tree()
    sign_it(register, now)

    (entry,) = in_look(register).log.entries(first=before)
    (signoff,) = signoffs_of(register, "job-portal")
    assert (entry.kind, entry.body, entry.recorded_at) == (SIGNOFF_KIND, statement_bytes(signoff), now)
    assert signed_entry(register, entry.index).signoff == signoff
    assert signoff.not_after == now + timedelta(days=180)


def test_signoffs_come_newest_first_by_service(register: RegisterStore, now: datetime) -> None:
    sign_it(register, now)
    sign_it(register, now, replace(JUDGEMENT, decision="fail"))
    in_change(register).log.append(NewEntry(SIGNOFF_KIND, statement_bytes(a_signoff(service_id="tax")), now))

    assert [signoff.decision for signoff in signoffs_of(register, "job-portal")] == ["fail", "pass"]
    assert {service_id: len(found) for service_id, found in signoffs_by_service(register).items()} == {"tax": 1, "job-portal": 2}
    assert signoffs_of(register, "nothing") == []


def test_a_judgement_other_than_the_one_shown_is_not_signed(register: RegisterStore, now: datetime) -> None:
    shown = shown_digest(prepare(register, a_staff_member(), JUDGEMENT, "", now))

    with pytest.raises(Conflict, match="not what you were shown"):
        sign(register, a_staff_member(), replace(JUDGEMENT, decision="fail"), shown, "password+totp", now)
    assert signoffs_of(register, "job-portal") == []


def test_an_office_that_changed_meanwhile_is_not_signed_for(register: RegisterStore, now: datetime) -> None:
    shown = shown_digest(prepare(register, a_staff_member(), JUDGEMENT, "", now))

    moved = replace(a_staff_member(), office=Text("전 장관", a_staff_member().office.en))
    with pytest.raises(Conflict):
        sign(register, moved, JUDGEMENT, shown, "password+totp", now)


def test_somebody_elses_service_is_refused(register: RegisterStore, now: datetime) -> None:
    elsewhere = replace(JUDGEMENT, release=replace(JUDGEMENT.release, service_id="tax"))

    with pytest.raises(NotAllowed):
        prepare(register, a_staff_member(), elsewhere, "", now)
    with pytest.raises(NotFound):
        prepare(register, a_staff_member(), replace(JUDGEMENT, release=replace(JUDGEMENT.release, service_id="nothing")), "", now)


def test_a_condition_is_due_today_at_the_earliest_where_the_service_is(register: RegisterStore, now: datetime) -> None:
    late_in_seoul = now.replace(hour=15, minute=30)
    conditional = replace(JUDGEMENT, decision="conditional")

    today = prepare(register, a_staff_member(), replace(conditional, conditions=(Condition("c", date(2026, 11, 21)),)), "", late_in_seoul)

    assert today.decision == "conditional"
    with pytest.raises(BadInput, match="due before today"):
        prepare(register, a_staff_member(), replace(conditional, conditions=(Condition("c", date(2026, 11, 20)),)), "", late_in_seoul)


def test_the_desk_shows_services_of_the_executive_with_their_state(register: RegisterStore, now: datetime) -> None:
    sign_it(register, now)
    of_agency = a_staff_member(grants=(Grant("executive", agency_id="labor"),))

    assert [(row.service.id, row.state) for row in desk_rows(register, a_staff_member(), now)] == [("job-portal", "signed")]
    assert [(row.service.id, row.state) for row in desk_rows(register, of_agency, now)] == [("job-portal", "signed"), ("tax", "none")]
    assert [row.state for row in desk_rows(register, a_staff_member(), now + timedelta(days=182))] == ["overdue"]


def test_a_service_that_left_the_catalogue_is_not_signed(register: RegisterStore, now: datetime) -> None:
    apply_catalogue(register, Catalogue(site=Site(), agencies=a_catalogue().agencies, services=(a_service("tax"),)), now)

    assert desk_rows(register, a_staff_member(), now) == []
    with pytest.raises(NotAllowed):
        prepare(register, a_staff_member(), JUDGEMENT, "", now)


def test_an_entry_that_is_no_signoff_is_not_shown_as_one(register: RegisterStore) -> None:
    assert in_look(register).log.entries(first=0, limit=1)[0].kind == "service-registered"
    for index in (0, 99):
        with pytest.raises(NotFound):
            signed_entry(register, index)


def test_everything_the_register_does_keeps_the_log_sound(register: RegisterStore, now: datetime) -> None:
    sign_it(register, now)

    report = check_log(register)

    assert (report.broken, report.size) == (None, 3)
    assert (report.size, report.root) == in_look(register).log.tree()


def test_the_log_is_checked_rightly_while_others_append(register: RegisterStore, now: datetime) -> None:
    def append(count: int) -> None:
        for _ in range(count):
            sign_it(register, now)

    with ThreadPoolExecutor(4) as people:
        appending = [people.submit(append, 10) for _ in range(3)]
        reports = [check_log(register) for _ in range(5)]
        for each in appending:
            each.result()

    assert [report.broken for report in reports] == [None] * 5
    assert check_log(register).size == 2 + 30


@pytest.mark.parametrize(
    "draft",
    [
        replace(JUDGEMENT, reasons=JUDGEMENT.reasons + "\u200b"),
        replace(JUDGEMENT, plan_reference="plan\u202e7"),
        replace(JUDGEMENT, release=Release("job-portal", "2.4\u31641", JUDGEMENT.release.digest)),
        replace(JUDGEMENT, decision="conditional", conditions=(Condition("larger\u00ad letters", date(2026, 12, 1)),)),
    ],
)
def test_nothing_that_cannot_be_seen_is_signed(register: RegisterStore, now: datetime, draft: SigningDraft) -> None:
    before = in_look(register).log.tree()
    with pytest.raises(BadInput, match="which cannot be seen"):
        sign_it(register, now, draft)
    assert in_look(register).log.tree() == before


def test_nobody_signs_under_a_name_that_holds_what_cannot_be_seen(register: RegisterStore, now: datetime) -> None:
    with pytest.raises(BadInput, match=r"U\+E0041"):
        prepare(register, replace(a_staff_member(), name="김책임\U000e0041"), JUDGEMENT, "", now)
