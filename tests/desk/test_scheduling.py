"""The desk of those who run a service: ready texts, updates and reminders that wait for their time - and who may not."""

import html
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient

from observatory.flows.catalogue import apply_catalogue
from observatory.flows.publishing_due import publish_due
from observatory.model.scheduled_message import ScheduledMessage
from observatory.store.register import RegisterStore
from tests.builders import a_catalogue, a_service
from tests.desk.test_operations import DESK, OUTAGE, announce, announced, owner, written
from tests.people import Person, SteppingClock
from tests.registers import in_look

__all__ = ["owner"]

INCIDENT = f"{DESK}/incidents/{OUTAGE.id}"


def waiting(register: RegisterStore) -> list[ScheduledMessage]:
    return in_look(register).schedule.waiting()


def after(clock: SteppingClock, minutes: int) -> str:
    return f"{(clock() + timedelta(minutes=minutes)).astimezone(ZoneInfo('Asia/Seoul')):%Y-%m-%dT%H:%M}"


def test_a_ready_text_fills_the_form_in_both_languages(owner: Person) -> None:
    page = html.unescape(owner.open(f"{INCIDENT}?ready=identified").text)
    assert "장애의 원인을 찾아 고치고 있습니다" in page
    assert "and are mending it" in page
    assert "%(service)s" not in page
    assert owner.open(f"{INCIDENT}?ready=nothing").status_code == 200


def test_an_update_waits_for_its_time_and_is_cancelled_with_a_button(owner: Person, register: RegisterStore, clock: SteppingClock) -> None:
    for _ in range(2):
        owner.open(INCIDENT)
        owner.send(OUTAGE.id, stage="identified", text_ko="고치고 있습니다", publish_at=after(clock, 10))
    first, _ = waiting(register)
    assert written(register) == ()
    owner.send(f"{first.number}/cancel")
    assert len(waiting(register)) == 1
    clock.pass_by(minutes=11)
    publish_due(register, clock())
    assert [each.text.ko for each in written(register)] == ["고치고 있습니다"]


def test_a_reminder_is_published_beside_its_maintenance(
    owner: Person, register: RegisterStore, clock: SteppingClock, client: FlaskClient
) -> None:
    announce(owner, clock)
    (found,) = announced(register)
    owner.open(f"{DESK}/maintenance/{found.id}/reminders")
    owner.send("/reminders", publish_at=after(clock, 10), text_ko="곧 시작합니다", text_en="It begins soon")
    clock.pass_by(minutes=11)
    publish_due(register, clock())
    assert "It begins soon" in client.get("/en/maintenance").text
    (told,) = client.get("/api/v1/maintenance").json["maintenance"]
    assert told["reminders"][0]["text_ko"] == "곧 시작합니다"


def test_it_is_said_that_nothing_of_a_service_that_left_is_published(owner: Person, register: RegisterStore, clock: SteppingClock) -> None:
    announce(owner, clock)
    reminders = f"{DESK}/maintenance/{announced(register)[0].id}/reminders"
    owner.open(reminders)
    owner.send("/reminders", publish_at=after(clock, 10), text_ko="곧 시작합니다", text_en="It begins soon")
    owner.open(INCIDENT)
    owner.send(OUTAGE.id, stage="identified", text_ko="고치고 있습니다", publish_at=after(clock, 10))
    assert not any("목록에서 빠진 서비스" in owner.open(page).text for page in (reminders, INCIDENT))
    apply_catalogue(register, a_catalogue(a_service("tax")), clock())
    assert all("목록에서 빠진 서비스" in owner.open(page).text for page in (reminders, INCIDENT))


def test_what_cannot_wait_is_said(owner: Person, register: RegisterStore, clock: SteppingClock) -> None:
    for typed in ({"stage": "resolved", "publish_at": after(clock, 10)}, {"stage": "identified", "publish_at": after(clock, -10)}):
        owner.open(INCIDENT)
        assert owner.send(OUTAGE.id, text_ko="글", **typed).status_code == 400
        assert owner.response is not None
        assert 'role="alert"' in owner.response.text
    assert waiting(register) == []


def test_others_let_nothing_wait_and_cancel_nothing(
    owner: Person, somebody: Callable[[], Person], register: RegisterStore, clock: SteppingClock
) -> None:
    announce(owner, clock)
    owner.open(INCIDENT)
    owner.send(OUTAGE.id, stage="identified", text_ko="고치고 있습니다", publish_at=after(clock, 10))
    (message,) = waiting(register)
    stranger = somebody()
    stranger.sign_in()
    assert stranger.open(f"{DESK}/maintenance/{announced(register)[0].id}/reminders").status_code == 403
    assert stranger.post(f"{DESK}/scheduled/{message.number}/cancel", {}).status_code in (400, 403)
    assert owner.post(f"{DESK}/scheduled/{message.number}/cancel", {}).status_code == 400
    assert owner.post(f"{DESK}/scheduled/99/cancel", {}).status_code == 404
    assert waiting(register) == [message]
