"""Deciding, reading what will be published, signing: what an executive does, without scripts."""

import html
import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from observatory.flows.log_checking import check_log
from observatory.model.staff import Grant
from observatory.store.register import RegisterStore
from tests.builders import a_staff_member
from tests.frozen import DIGEST, OTHER_DIGEST, freeze
from tests.people import PASSWORD, REASONS, RECOVERY_CODES, Person, SteppingClock, one_time_number, signoffs_of, staff_secrets
from tests.registers import in_change


@pytest.fixture
def signer(minister: Person, clock: SteppingClock) -> Person:
    """The minister, signed in, with a fresh number on the authenticator."""
    minister.sign_in()
    clock.pass_by(seconds=30)
    return minister


def alert(person: Person) -> str:
    """Return what the page says is wrong, as text."""
    assert person.response is not None
    return html.unescape(person.response.text.partition('role="alert"')[2].partition("</div>")[0])


def test_a_pass_is_signed_and_shown(signer: Person, register: RegisterStore) -> None:
    signer.decide()
    page = signer.confirm()

    signed = signoffs_of(register, "job-portal")[0]
    assert (signed.decision, signed.reasons, signed.release.digest) == ("pass", REASONS, DIGEST)
    assert (signed.signer_name, signed.office.ko, signed.assurance) == ("김책임", "고용노동부 장관", "password+totp")
    assert REASONS in page.text
    assert '/ko/services/job-portal"' in page.text
    assert check_log(register).broken is None


def test_a_fail_after_a_pass_is_what_counts(signer: Person, register: RegisterStore) -> None:
    signer.decide()
    signer.confirm()
    freeze(register, signer.now(), version="2.4.2", digest=OTHER_DIGEST)
    signer.decide(decision="fail", reasons="지원서를 끝까지 낼 수 없었습니다. 세 번째 화면에서 멈춥니다.")
    signer.confirm()

    assert [signoff.decision for signoff in signoffs_of(register, "job-portal")] == ["fail", "pass"]
    assert "badge failed" in signer.open("/ko/desk/").text


def test_a_conditional_pass_keeps_its_dated_conditions(signer: Person, register: RegisterStore) -> None:
    signer.decide(decision="conditional", condition_1="글씨를 키울 것", due_1="2026-12-01", condition_3="느린 메뉴", due_3="2026-11-20")
    signer.confirm()

    conditions = signoffs_of(register, "job-portal")[0].conditions
    assert [(condition.text, condition.due.isoformat()) for condition in conditions] == [
        ("글씨를 키울 것", "2026-12-01"),
        ("느린 메뉴", "2026-11-20"),
    ]


def test_everything_is_shown_before_it_is_signed(signer: Person, register: RegisterStore) -> None:
    page = signer.decide(decision="conditional", condition_1="글씨를 키울 것", due_1="2026-12-01")

    shown = html.unescape(page.text)
    for part in ("2.4.1", "production", DIGEST, "시험 계획 2026-7", REASONS, "글씨를 키울 것", "2026-12-01", "김책임", "고용노동부 장관"):
        assert part in shown
    recorded = json.loads(shown.partition("<details>")[2].partition("<code>")[2].partition("</code>")[0])
    assert recorded["predicate"]["signer"]["name"] == "김책임"
    assert signoffs_of(register, "job-portal") == []


def test_reading_leads_back_to_writing_with_everything_kept(signer: Person) -> None:
    signer.decide(decision="conditional", condition_2="글씨를 키울 것", due_2="2026-12-01", reasons=REASONS + "\n둘째 줄 <b>")
    signer.post("/ko/desk/services/job-portal/sign", {**signer.forms()[1].fields, "edit": "1"})

    fields = signer.forms()[1].fields
    assert fields["reasons"] == REASONS + "\n둘째 줄 <b>"
    assert (fields["decision"], fields["condition_2"], fields["due_2"]) == ("conditional", "글씨를 키울 것", "2026-12-01")
    assert "password" not in fields


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"release": ""}, "release", "Choose the release"),
        ({"release": "0"}, "release", "Choose the release"),
        ({"release": "9" * 20}, "release", "Choose the release"),
        ({"release": "٣"}, "release", "Choose the release"),
        ({"plan_reference": "2\u202e4"}, "plan_reference", "cannot be seen, U+202E RIGHT-TO-LEFT OVERRIDE"),
        ({"plan_reference": "2\u31644"}, "plan_reference", "U+3164 HANGUL FILLER"),
        ({"plan_reference": "plan\u00ad7"}, "plan_reference", "U+00AD SOFT HYPHEN"),
        ({"reasons": REASONS + "\u200b"}, "reasons", "U+200B ZERO WIDTH SPACE"),
        ({"reasons": REASONS + "\U000e0041"}, "reasons", "U+E0041 TAG LATIN CAPITAL LETTER A"),
        ({"decision": "conditional", "condition_1": "larger\u2060", "due_1": "2026-12-01"}, "condition_1", "U+2060 WORD JOINER"),
        ({"plan_reference": " "}, "plan_reference", "document number"),
        ({"plan_reference": "x" * 301}, "plan_reference", "300"),
        ({"reasons": "it works"}, "reasons", "20"),
        ({"reasons": "  " + "x" * 19 + "\n\n"}, "reasons", "20"),
        ({"reasons": "x" * 4001}, "reasons", "4000"),
        ({"reasons": REASONS + "\x07"}, "reasons", "cannot be seen"),
        ({"decision": ""}, "decision", "Choose pass"),
        ({"decision": "maybe"}, "decision", "Choose pass"),
        ({"decision": "conditional"}, "decision", "at least one condition"),
        ({"decision": "pass", "condition_1": "larger letters", "due_1": "2026-12-01"}, "decision", "belong to a conditional"),
        ({"decision": "conditional", "condition_2": "larger letters"}, "due_2", "Enter the day"),
        ({"decision": "conditional", "due_3": "2026-12-01"}, "condition_3", "Write what"),
        ({"decision": "conditional", "condition_1": "larger letters", "due_1": "1.12.2026"}, "due_1", "2026-11-20"),
        ({"decision": "conditional", "condition_1": "larger letters", "due_1": "2026-02-30"}, "due_1", "2026-11-20"),
        ({"decision": "conditional", "condition_1": "larger letters", "due_1": "2026-11-19"}, "due_1", "Choose today"),
        ({"decision": "conditional", "condition_1": "x" * 501, "due_1": "2026-12-01"}, "condition_1", "500"),
    ],
)
def test_a_mistake_is_named_with_its_field_and_what_mends_it(
    signer: Person, register: RegisterStore, typed: dict[str, str], field: str, words: str
) -> None:
    signer.open("/en/desk/services/job-portal/sign")
    usual = {"release": signer.newest_release(), "plan_reference": "plan 7", "decision": "pass", "reasons": REASONS}

    page = signer.send("/sign", **{**usual, **typed})

    assert page.status_code == 400
    assert f'<a href="#{field}">' in alert(signer)
    assert words in alert(signer)
    assert f'id="{field}-wrong"' in page.text
    assert signoffs_of(register, "job-portal") == []


def test_what_was_typed_is_kept_beside_the_mistake(signer: Person) -> None:
    signer.decide(reasons="짧다", decision="conditional", condition_1="글씨 <크게>", due_1="2026-13-01")

    fields = signer.forms()[1].fields
    assert (fields["reasons"], fields["condition_1"], fields["due_1"]) == ("짧다", "글씨 <크게>", "2026-13-01")


def test_signing_needs_the_password_again(signer: Person, register: RegisterStore) -> None:
    signer.decide()
    page = signer.confirm(password="not the password")

    assert page.status_code == 400
    assert "not the password" not in page.text
    assert signoffs_of(register, "job-portal") == []
    signer.confirm()
    assert len(signoffs_of(register, "job-portal")) == 1


def test_the_number_that_signed_in_does_not_sign(minister: Person, register: RegisterStore, clock: SteppingClock) -> None:
    number = one_time_number(clock())
    minister.sign_in(code=number)
    minister.decide()

    page = minister.confirm(code=number)

    assert page.status_code == 400
    assert signoffs_of(register, "job-portal") == []


def test_sending_the_same_signature_twice_signs_once(signer: Person, register: RegisterStore) -> None:
    signer.decide()
    fields = {**signer.forms()[1].fields, "password": "정확한 말 battery 9", "code": one_time_number(signer.now())}
    signer.post("/ko/desk/services/job-portal/confirm", fields)
    signer.post("/ko/desk/services/job-portal/confirm", fields)

    assert len(signoffs_of(register, "job-portal")) == 1


def test_a_recovery_code_signs_and_the_record_says_so(signer: Person, register: RegisterStore) -> None:
    signer.decide()
    signer.confirm(code=RECOVERY_CODES[1])

    assert signoffs_of(register, "job-portal")[0].assurance == "password+recovery-code"


def test_what_was_not_shown_is_not_signed(signer: Person, register: RegisterStore) -> None:
    signer.decide()
    fields = {**signer.forms()[1].fields, "decision": "fail"}
    signer.post(
        "/ko/desk/services/job-portal/confirm", {**fields, "password": "정확한 말 battery 9", "code": one_time_number(signer.now())}
    )

    assert alert(signer)
    assert signoffs_of(register, "job-portal") == []


def test_what_was_shown_more_than_five_minutes_ago_is_shown_again(signer: Person, register: RegisterStore, clock: SteppingClock) -> None:
    signer.decide()
    clock.pass_by(minutes=5)
    page = signer.confirm()

    assert page.status_code == 400
    assert alert(signer)
    assert signoffs_of(register, "job-portal") == []
    signer.confirm()
    assert [each.signed_at for each in signoffs_of(register, "job-portal")] == [clock() - timedelta(seconds=30)]


def test_a_statement_is_not_dated_back(signer: Person, register: RegisterStore, clock: SteppingClock) -> None:
    signer.decide()
    fields = {**signer.forms()[1].fields, "shown_at": str(int(clock().timestamp()) - 60)}
    signer.post("/ko/desk/services/job-portal/confirm", {**fields, "password": PASSWORD, "code": one_time_number(clock())})

    assert alert(signer)
    assert signoffs_of(register, "job-portal") == []


@pytest.mark.parametrize("typed", ["", "x", "-1", "1" * 9, "9" * 10, "9" * 12, "253402300799", "9" * 400, "٣"])
def test_a_moment_nobody_showed_is_refused_in_words(signer: Person, register: RegisterStore, clock: SteppingClock, typed: str) -> None:
    signer.decide()
    fields = {**signer.forms()[1].fields, "shown_at": typed, "password": PASSWORD, "code": one_time_number(clock())}

    assert signer.post("/ko/desk/services/job-portal/confirm", fields).status_code == 400
    assert signoffs_of(register, "job-portal") == []


def test_the_release_that_is_chosen_is_told_by_first_and_last_digits(signer: Person, register: RegisterStore) -> None:
    page = signer.open("/en/desk/services/job-portal/sign")

    assert "sha256:abab…abab" in page.text
    assert "self-stated" in page.text
    assert OTHER_DIGEST not in page.text


def test_a_release_of_another_service_is_not_signed(signer: Person, register: RegisterStore) -> None:
    other = freeze(register, signer.now(), "tax", version="9")
    signer.decide(release=str(other))

    assert 'href="#release"' in alert(signer)


def test_signing_changes_the_cookie_and_ends_the_old_one(signer: Person, somebody: Callable[[], Person]) -> None:
    before = signer.client.get_cookie("observatory_staff")
    assert before is not None
    signer.decide()
    signer.confirm()

    after = signer.client.get_cookie("observatory_staff")
    thief = somebody()
    thief.client.set_cookie("observatory_staff", before.value)
    thief.open("/ko/desk/")
    assert after is not None
    assert after.value != before.value
    assert thief.address.startswith("/ko/desk/sign-in")


def test_signing_does_not_make_a_session_last_longer(signer: Person, clock: SteppingClock) -> None:
    for _ in range(12 * 3 - 1):
        clock.pass_by(minutes=20)
        signer.open("/ko/desk/")
    signer.decide()
    signer.confirm()
    clock.moment += timedelta(minutes=25)

    signer.open("/ko/desk/")

    assert signer.address.startswith("/ko/desk/sign-in")


@pytest.mark.parametrize(
    "grants",
    [
        (),
        (Grant("executive", service_id="job-portal"),),
        (Grant("executive", service_id="tax"), Grant("admin")),
        (Grant("executive", service_id="tax"), Grant("owner", service_id="tax")),
        (Grant("executive", agency_id="labor"), Grant("moderator")),
    ],
)
def test_whoever_may_not_sign_for_a_service_gets_no_further(
    minister: Person, register: RegisterStore, clock: SteppingClock, grants: tuple[Grant, ...]
) -> None:
    in_change(register).staff.add(a_staff_member("other", grants=grants), staff_secrets())
    minister.sign_in("other")
    desk_text = minister.open("/en/desk/").text
    answers = [minister.open("/en/desk/services/tax/sign").status_code]
    minister.open("/en/desk/")
    token = minister.forms()[0].fields["form_token"]
    usual = {"release": "3", "plan_reference": "plan", "decision": "pass", "reasons": REASONS, "form_token": token}
    clock.pass_by(seconds=30)
    proof = {"challenge": "x", "password": "정확한 말 battery 9", "code": one_time_number(clock())}
    answers += [minister.post(f"/en/desk/services/tax/{step}", {**usual, **proof}).status_code for step in ("sign", "confirm")]

    assert answers == [403, 403, 403]
    assert "/services/tax/sign" not in desk_text
    assert signoffs_of(register, "tax") == []


def test_the_desk_lists_what_the_member_is_responsible_for(signer: Person) -> None:
    page = signer.open("/en/desk/")

    assert "/en/desk/services/job-portal/sign" in page.text
    assert "/en/desk/services/tax/sign" not in page.text


@pytest.mark.parametrize(
    "address",
    ["/en/desk/services/nothing/sign", "/en/desk/signed/99", "/en/desk/signed/0", "/en/desk/signed/" + "9" * 20, "/en/desk/elsewhere"],
)
def test_what_does_not_exist_is_not_found(signer: Person, address: str) -> None:
    assert signer.open(address).status_code == 404


def test_whoever_was_signed_out_while_writing_gets_the_text_back(signer: Person, clock: SteppingClock) -> None:
    signer.open("/ko/desk/services/job-portal/sign")
    clock.pass_by(minutes=31)

    page = signer.send("/sign", reasons="쓰는 데 오래 걸린 이유 <입니다>")

    assert page.status_code == 401
    assert "쓰는 데 오래 걸린 이유 <입니다>" in html.unescape(page.text)


def test_hostile_text_stays_text(signer: Person) -> None:
    hostile = "<script>alert(1)</script>\"'> 스무 글자가 넘는 이유입니다"
    assert hostile not in signer.decide(reasons=hostile).text
    assert hostile not in signer.confirm().text


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_whole_way_is_there_in_both_languages(signer: Person, language: str) -> None:
    signer.open(f"/{language}/desk/services/job-portal/sign")
    signer.send("/sign", release=signer.newest_release(), plan_reference="계획", decision="pass", reasons=REASONS)
    signer.confirm()

    assert signer.response is not None
    assert f'<html lang="{language}">' in signer.response.text
    assert signer.address.startswith(f"/{language}/desk/signed/")
