"""The desk of those who run a service: declaring a failure, ending it, translating its title - and who may not."""

import html
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from observatory.model.declaration import Declaration
from observatory.model.staff import Grant
from observatory.model.text import Text
from observatory.store.register import RegisterStore
from tests.builders import a_staff_member
from tests.people import Person, SteppingClock, staff_secrets
from tests.registers import in_change, in_look

DECLARE = "/ko/desk/operations/services/job-portal/declare"


@pytest.fixture
def owner(somebody: Callable[[], Person], register: RegisterStore, clock: SteppingClock) -> Person:
    """Somebody who runs the job portal for a day, signed in."""
    in_change(register).staff.add(a_staff_member("owner", grants=(Grant("sre", service_id="job-portal"),)), staff_secrets())
    clock.pass_by(days=1)
    person = somebody()
    person.sign_in("owner")
    return person


def declared(register: RegisterStore) -> list[Declaration]:
    return in_look(register).declarations.of_service("job-portal")


def ago(clock: SteppingClock, minutes: int) -> str:
    return f"{(clock() - timedelta(minutes=minutes)).astimezone(ZoneInfo('Asia/Seoul')):%Y-%m-%dT%H:%M}"


def declare(person: Person, clock: SteppingClock, **typed: str) -> str:
    person.open(DECLARE)
    answer = person.send("/declare", **{"title_ko": "로그인 불가", "severity": "down", "start": ago(clock, 30), **typed})
    return html.unescape(answer.text)


def test_what_is_declared_is_kept_and_ended_with_a_button(owner: Person, register: RegisterStore, clock: SteppingClock) -> None:
    page = declare(owner, clock)
    (made,) = declared(register)
    assert (made.title, made.severity, made.menu_ids, made.end) == (Text("로그인 불가", ""), "down", ("home",), None)
    assert "로그인 불가" in page
    clock.pass_by(minutes=10)
    owner.send("/end")
    assert declared(register)[0].end is not None
    assert "/end" not in (owner.response.text if owner.response else "")
    (entry,) = in_look(register).log.entries_of_kind("service-incident-declared")
    assert b"owner" not in entry.body


def test_the_title_is_translated_later(owner: Person, register: RegisterStore, clock: SteppingClock) -> None:
    declare(owner, clock, end=ago(clock, 5), menus="home", severity="partial")
    owner.send("/title", title="Nobody can sign in")
    (made,) = declared(register)
    assert (made.title.en, made.menu_ids, made.severity) == ("Nobody can sign in", ("home",), "partial")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"title_ko": ""}, "제목 없이 공개할 수 없습니다"),
        ({"severity": ""}, "얼마나 심한지 골라 주세요."),
        ({"start": "어제"}, "날짜와 시각을"),
        ({"start": "2026-01-01T00:00"}, "72시간보다 전에 시작한 장애는"),
        ({"end": "2036-01-01T00:00"}, "아직 오지 않았거나"),
        ({"menus": "nothing"}, "이 서비스의 메뉴 가운데에서 골라 주세요."),
        ({"title_ko": "로그인\n불가"}, "여러 줄로 쓸 수 없습니다. 한 줄로"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_declared(
    owner: Person, register: RegisterStore, clock: SteppingClock, typed: dict[str, str], said: str
) -> None:
    page = declare(owner, clock, **typed)
    assert owner.response is not None
    assert owner.response.status_code == 400
    assert said in page
    assert "유효한 선택" not in page
    assert declared(register) == []


def test_others_declare_and_end_nothing(
    owner: Person, somebody: Callable[[], Person], register: RegisterStore, clock: SteppingClock
) -> None:
    declare(owner, clock)
    (made,) = declared(register)
    stranger = somebody()
    stranger.sign_in()
    assert stranger.open(DECLARE).status_code == 403
    assert stranger.post(f"/ko/desk/operations/declarations/{made.id}/end", {}).status_code in (400, 403)
    assert owner.post(f"/ko/desk/operations/declarations/{made.id}/end", {}).status_code == 400
    assert owner.post("/ko/desk/operations/declarations/nothing/end", {}).status_code == 404
    assert declared(register) == [made]
