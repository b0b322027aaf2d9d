"""A form that is sent twice - by a double click, by going back, by a browser that sends again - acts once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import pytest
from apiflask import APIFlask

from observatory.flows.declarations import declare
from observatory.flows.incident_updates import write_update
from observatory.flows.maintenance import announce
from observatory.model.declaration import Declaration
from observatory.model.maintenance import Announcement
from observatory.model.text import Text
from observatory.store.register import RegisterStore
from tests.desk.test_operations import ANNOUNCE, DESK, OUTAGE, alert, announced, owner, times
from tests.people import Form, Person, SteppingClock
from tests.registers import in_look

__all__ = ["owner"]

UPDATE = {"stage": "investigating", "text_ko": "원인을 찾고 있습니다"}
LOCAL = "%Y-%m-%dT%H:%M"


def filled(person: Person, page: str, leads_to: str, **typed: str) -> tuple[str, dict[str, str]]:
    """Return where a form of a page leads, and what it would send."""
    person.open(page)
    form: Form = next(form for form in person.forms() if form.action.endswith(leads_to))
    return urljoin(page, form.action), {**form.fields, **typed}


def log_size(register: RegisterStore) -> int:
    return in_look(register).log.tree()[0]


@pytest.fixture
def pages(owner: Person, register: RegisterStore, clock: SteppingClock) -> dict[str, tuple[str, dict[str, str]]]:
    """Return every form that publishes, filled in: where it leads, and what it would send."""
    clock.pass_by(minutes=25)
    local, now = clock().astimezone(ZoneInfo("Asia/Seoul")), clock()
    said = Announcement(now, now + timedelta(days=2), now + timedelta(days=2, hours=1), Text("점검", "Work"))
    changed, cancelled = (announce(register, "job-portal", said, "", "mark", now)[0].id for _ in range(2))
    made = [
        declare(
            register,
            Declaration("", "job-portal", (), "down", now - timedelta(minutes=minutes), None, Text("안 됩니다", ""), now),
            "mark",
            now,
        )
        for minutes in (5, 10)
    ]
    write_update(register, OUTAGE.id, "investigating", Text("하나", ""), "mark", now)
    service, incident = f"{DESK}/services/job-portal", f"{DESK}/incidents/{OUTAGE.id}"
    declared = {"title_ko": "로그인이 안 됩니다", "severity": "down", "start": f"{local - timedelta(minutes=15):{LOCAL}}"}
    later = f"{local + timedelta(hours=3):{LOCAL}}"
    return {
        "announce": filled(owner, ANNOUNCE, "/announce", title_ko="서버 교체", **times(clock)),
        "change": filled(owner, f"{DESK}/maintenance/{changed}", changed, title_ko="다른 점검"),
        "cancel": filled(owner, f"{DESK}/maintenance/{cancelled}", "/cancel"),
        "declare": filled(owner, f"{service}/declare", "/declare", **declared),
        "end": filled(owner, service, f"{made[0].id}/end"),
        "title": filled(owner, service, f"{made[1].id}/title", title="It fails"),
        "update": filled(owner, incident, OUTAGE.id, **UPDATE),
        "translation": filled(owner, incident, "/updates/1", translation="One"),
        "dispute": filled(owner, f"{incident}/dispute", "/dispute", text_ko="로그인은 되었습니다"),
        "reminder": filled(owner, f"{DESK}/maintenance/{changed}/reminders", "/reminders", text_ko="곧", text_en="Soon", publish_at=later),
    }


WITHOUT_ENTRY = ("reminder",)
FORMS = ("announce", "change", "cancel", "declare", "end", "title", "update", "translation", "dispute", "reminder")


@pytest.mark.parametrize("name", FORMS)
def test_what_is_sent_again_is_answered_as_the_first_time_and_not_done_again(
    pages: dict[str, tuple[str, dict[str, str]]], owner: Person, register: RegisterStore, clock: SteppingClock, name: str
) -> None:
    address, fields = pages[name]
    before = log_size(register)
    answers = []
    for _ in range(3):
        answers.append(owner.client.post(address, data=fields))
        clock.pass_by(minutes=5)
    assert [answer.status_code for answer in answers] == [303] * 3
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert log_size(register) == before + (name not in WITHOUT_ENTRY)
    assert len(in_look(register).schedule.waiting_of(None, address.split("/")[-2])) == (name == "reminder")


def test_what_is_sent_twice_at_once_is_done_once(
    pages: dict[str, tuple[str, dict[str, str]]], owner: Person, register: RegisterStore, app: APIFlask
) -> None:
    address, fields = pages["update"]
    before, start = log_size(register), Barrier(4)
    cookie = owner.client.get_cookie("observatory_staff", domain="localhost")
    assert cookie is not None

    def send() -> int:
        client = app.test_client()
        client.set_cookie(cookie.key, cookie.value)
        start.wait()
        return client.post(address, data=fields).status_code

    with ThreadPoolExecutor(4) as threads:
        codes = [each.result() for each in [threads.submit(send) for _ in range(4)]]
    assert codes == [303] * 4
    assert log_size(register) == before + 1


def test_a_form_that_said_something_else_is_not_lost(
    pages: dict[str, tuple[str, dict[str, str]]], owner: Person, register: RegisterStore
) -> None:
    address, fields = pages["update"]
    owner.client.post(address, data=fields)
    before = log_size(register)
    assert owner.post(address, {**fields, "text_ko": "원인을 찾았습니다"}).status_code == 400
    assert "먼저" in alert(owner)
    assert log_size(register) == before
    assert owner.send(OUTAGE.id).status_code == 200
    assert log_size(register) == before + 1


def test_what_was_refused_can_be_mended_and_sent(
    pages: dict[str, tuple[str, dict[str, str]]], owner: Person, register: RegisterStore
) -> None:
    address, fields = pages["announce"]
    before = len(announced(register))
    assert owner.client.post(address, data={**fields, "title_ko": ""}).status_code == 400
    assert owner.client.post(address, data={**fields, "start": fields["end"]}).status_code == 400
    assert owner.client.post(address, data=fields).status_code == 303
    assert len(announced(register)) == before + 1


def test_two_forms_of_the_same_words_are_two(owner: Person, register: RegisterStore, clock: SteppingClock) -> None:
    for _ in range(2):
        address, fields = filled(owner, ANNOUNCE, "/announce", title_ko="서버 교체", **times(clock))
        owner.client.post(address, data=fields)
    assert len(announced(register)) == 2


def test_a_token_of_another_session_does_nothing(
    pages: dict[str, tuple[str, dict[str, str]]], somebody: Callable[[], Person], register: RegisterStore
) -> None:
    address, fields = pages["update"]
    before, again = log_size(register), somebody()
    again.now.pass_by(seconds=30)
    again.sign_in("owner")
    assert again.client.post(address, data=fields).status_code == 400
    assert log_size(register) == before
