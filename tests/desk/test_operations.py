"""The desk of those who run a service: announcing, changing, cancelling, writing updates - and who may not."""

import html
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from observatory.model.incident_update import IncidentUpdate
from observatory.model.maintenance import Maintenance
from observatory.model.staff import Grant
from observatory.model.text import Text
from observatory.store.register import RegisterStore
from tests.builders import a_staff_member
from tests.people import Person, SteppingClock, staff_secrets
from tests.registers import in_change, in_look
from tests.summaries import an_incident

DESK = "/ko/desk/operations"
ANNOUNCE = f"{DESK}/services/job-portal/announce"
OUTAGE = an_incident("job-portal-20261118T0004", minutes=None)


@pytest.fixture
def owner(somebody: Callable[[], Person], register: RegisterStore) -> Person:
    """Somebody who runs the job portal, signed in."""
    in_change(register).staff.add(a_staff_member("owner", grants=(Grant("owner", service_id="job-portal"),)), staff_secrets())
    in_change(register).incidents.keep([OUTAGE])
    person = somebody()
    person.sign_in("owner")
    return person


def alert(person: Person) -> str:
    assert person.response is not None
    return html.unescape(person.response.text.partition('role="alert"')[2].partition("</div>")[0])


def announced(register: RegisterStore) -> list[Maintenance]:
    return in_look(register).maintenance.announced()


def written(register: RegisterStore) -> tuple[IncidentUpdate, ...]:
    return in_look(register).updates.updates([OUTAGE.id]).get(OUTAGE.id, ())


def times(clock: SteppingClock, days: int = 3) -> dict[str, str]:
    """Return two hours in the night, days from now, as a browser sends them."""
    night = (clock() + timedelta(days=days)).astimezone(ZoneInfo("Asia/Seoul"))
    return {"start": f"{night:%Y-%m-%d}T02:00", "end": f"{night:%Y-%m-%d}T04:00"}


def announce(person: Person, clock: SteppingClock, **typed: str) -> None:
    person.open(ANNOUNCE)
    person.send("/announce", **{"title_ko": "서버 교체", "title_en": "Server replacement", **times(clock), **typed})


def test_what_is_announced_is_kept_by_the_clock_of_the_site_and_listed(
    owner: Person, register: RegisterStore, clock: SteppingClock
) -> None:
    announce(owner, clock)
    (made,) = announced(register)
    assert (made.start.hour, made.end - made.start) == (17, timedelta(hours=2))
    assert owner.address == f"{DESK}/services/job-portal"
    assert owner.response is not None
    assert "서버 교체" in owner.response.text
    (entry,) = in_look(register).log.entries_of_kind("service-maintenance-announced")
    assert b'"by":"' in entry.body
    assert b"owner" not in entry.body


def test_a_series_ends_with_its_last_day(owner: Person, register: RegisterStore, clock: SteppingClock) -> None:
    last_day = f"{clock() + timedelta(days=3 + 14):%Y-%m-%d}"
    announce(owner, clock, rule="FREQ=WEEKLY", last_day=last_day)
    assert len(announced(register)) == 3


def test_a_title_in_one_language_is_enough_and_the_other_may_follow(owner: Person, register: RegisterStore, clock: SteppingClock) -> None:
    announce(owner, clock, title_en="")
    (made,) = announced(register)
    page = owner.open(f"{DESK}/maintenance/{made.id}").text
    assert 'value="서버 교체"' in page
    owner.send(made.id, title_en="Server replacement")
    (changed,) = announced(register)
    assert (changed.title, len(changed.announcements)) == (Text("서버 교체", "Server replacement"), 2)


def test_a_cancelled_one_stays_as_cancelled(owner: Person, register: RegisterStore, clock: SteppingClock) -> None:
    announce(owner, clock)
    (made,) = announced(register)
    owner.open(f"{DESK}/maintenance/{made.id}")
    owner.send("/cancel")
    assert announced(register)[0].cancelled_at == clock()
    owner.open(f"{DESK}/maintenance/{made.id}")
    owner.send("/cancel")
    assert owner.response is not None
    assert owner.response.status_code == 400
    assert "이미 끝났거나 취소되었습니다" in alert(owner)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"title_ko": "", "title_en": ""}, "한국어나 영어로 제목을 넣어 주세요."),
        ({"title_ko": "숨은\u202e글자"}, "U+202E"),
        ({"start": "내일 밤"}, "날짜와 시각을 2026-12-01 02:00처럼 넣어 주세요."),
        ({"end": "2026-11-01T00:00"}, "끝은 시작보다 뒤로"),
        ({"rule": "FREQ=SECONDLY"}, "되풀이 주기를 골라 주세요."),
        ({"last_day": "2026-12-31"}, "마지막 날은 되풀이되는 점검에만 씁니다."),
        ({"rule": "FREQ=WEEKLY", "last_day": "언젠가"}, "연-월-일로 적어 주세요."),
        ({"start": "2020-01-01T00:00", "end": "2020-01-01T01:00"}, "이미 끝났거나 1년 넘게 남은 점검은 예고할 수 없습니다"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_announced(
    owner: Person, register: RegisterStore, clock: SteppingClock, typed: dict[str, str], said: str
) -> None:
    announce(owner, clock, **typed)
    assert owner.response is not None
    assert owner.response.status_code == 400
    assert said in alert(owner)
    assert "서버 교체" in owner.response.text or "title_ko" in typed
    assert announced(register) == []


def test_mistakes_are_told_in_english_too(owner: Person, clock: SteppingClock) -> None:
    owner.open(ANNOUNCE.replace("/ko/", "/en/"))
    owner.send("/announce", **times(clock), title_ko="", title_en="")
    assert "Enter a title, in Korean, English or both." in alert(owner)
    assert owner.response is not None
    assert 'aria-invalid="true"' in owner.response.text


def test_an_update_is_published_and_translated_later(owner: Person, register: RegisterStore) -> None:
    owner.open(f"{DESK}/incidents/{OUTAGE.id}")
    owner.send(OUTAGE.id, stage="investigating", text_ko="원인을 찾고 있습니다.\r\n곧 다시 알립니다.")
    (first,) = written(register)
    assert (first.stage, first.text) == ("investigating", Text("원인을 찾고 있습니다.\n곧 다시 알립니다.", ""))
    owner.send("/updates/1", translation="We are looking for the cause.")
    assert written(register)[0].text.en == "We are looking for the cause."
    assert owner.response is not None
    assert "/updates/1" not in owner.response.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [({"stage": "monitoring"}, "한국어나 영어로 글을 써 주세요."), ({"text_ko": "복구했습니다."}, "진행 단계를 골라 주세요.")],
)
def test_an_update_that_lacks_something_is_not_published(owner: Person, register: RegisterStore, typed: dict[str, str], said: str) -> None:
    owner.open(f"{DESK}/incidents/{OUTAGE.id}")
    owner.send(OUTAGE.id, **typed)
    assert said in alert(owner)
    assert written(register) == ()


def test_an_empty_translation_is_asked_for_again(owner: Person, register: RegisterStore) -> None:
    owner.open(f"{DESK}/incidents/{OUTAGE.id}")
    owner.send(OUTAGE.id, stage="monitoring", text_en="It works again.")
    owner.send("/updates/1", translation=" ")
    assert "번역을 써 주세요." in alert(owner)
    owner.send("/updates/1", translation="복구했습니다.")
    assert written(register)[0].text == Text("복구했습니다.", "It works again.")


def test_the_list_says_where_a_word_is_due(owner: Person) -> None:
    page = owner.open(f"{DESK}/").text
    assert "job-portal 서비스" in page
    assert "tax 서비스" not in page
    assert OUTAGE.id in owner.open(f"{DESK}/services/job-portal").text


@pytest.mark.parametrize("role", ["executive", "auditor", "moderator", "admin"])
def test_others_may_say_nothing_about_a_service(
    somebody: Callable[[], Person], register: RegisterStore, owner: Person, clock: SteppingClock, role: str
) -> None:
    grants = (Grant(role, service_id="job-portal"), Grant("sre", service_id="tax"))  # type: ignore[arg-type]
    in_change(register).staff.add(a_staff_member("other", grants=grants), staff_secrets())
    announce(owner, clock)
    (made,) = announced(register)
    clock.pass_by(seconds=30)
    other = somebody()
    other.sign_in("other")
    for address in (f"{DESK}/services/job-portal", ANNOUNCE, f"{DESK}/maintenance/{made.id}", f"{DESK}/incidents/{OUTAGE.id}"):
        assert other.open(address).status_code == 403
        assert other.post(address, {}).status_code in (403, 405)
    assert other.post(f"{DESK}/maintenance/{made.id}/cancel", {}).status_code == 403
    assert announced(register)[0].cancelled_at is None
    assert "tax 서비스" in other.open(f"{DESK}/").text


def test_a_form_without_its_token_or_from_elsewhere_changes_nothing(owner: Person, register: RegisterStore, clock: SteppingClock) -> None:
    typed = {"title_ko": "서버 교체", **times(clock)}
    assert owner.post(ANNOUNCE, typed).status_code == 400
    owner.open(ANNOUNCE)
    token = owner.forms()[-1].fields["form_token"]
    answer = owner.client.post(ANNOUNCE, data={**typed, "form_token": token, "rule": ""}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert announced(register) == []


def test_whoever_was_signed_out_meanwhile_gets_back_what_they_wrote(owner: Person, clock: SteppingClock) -> None:
    owner.open(f"{DESK}/incidents/{OUTAGE.id}")
    clock.pass_by(hours=1)
    answer = owner.send(OUTAGE.id, stage="resolved", text_ko="길게 쓴 안내입니다.")
    assert answer.status_code == 401
    assert "길게 쓴 안내입니다." in answer.text


def test_signing_in_leads_to_the_page_that_was_asked_for(owner: Person, clock: SteppingClock) -> None:
    clock.pass_by(hours=1)
    owner.open(f"{DESK}/incidents/{OUTAGE.id}")
    assert "/sign-in?next=" in owner.address
    clock.pass_by(seconds=30)
    owner.sign_in("owner")
    assert owner.address == f"{DESK}/incidents/{OUTAGE.id}"


def test_what_is_not_there_is_not_found(owner: Person) -> None:
    for address in (f"{DESK}/services/nothing", f"{DESK}/maintenance/nothing", f"{DESK}/incidents/nothing"):
        assert owner.open(address).status_code == 404
