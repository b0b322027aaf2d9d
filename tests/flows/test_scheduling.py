"""What publishes itself at a given time: once, whatever restarts in between, and only while there is something to speak of."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from observatory.errors import BadInput, Conflict, NotFound
from observatory.flows import publishing_due
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.incident_updates import UPDATES_MAX, write_update
from observatory.flows.maintenance import announce, cancel
from observatory.flows.publishing_due import publish_due
from observatory.flows.scheduling import WAITING_MAX, schedule_reminder, schedule_update, unschedule
from observatory.model.maintenance import Announcement
from observatory.model.scheduled_message import ScheduledMessage
from observatory.model.text import Text
from observatory.store.opening import open_register, prepare_folder
from observatory.store.register import RegisterStore
from tests.builders import a_catalogue, a_service
from tests.registers import in_change, in_look
from tests.summaries import an_incident

SAID = Text("아직 확인하고 있습니다", "We are still looking")
OPEN = an_incident("job-portal-1", minutes=None)
HOUR = timedelta(hours=1)


@pytest.fixture
def register(tmp_path: Path, now: datetime) -> Iterator[RegisterStore]:
    prepare_folder(tmp_path)
    opened = open_register(tmp_path)
    apply_catalogue(opened, a_catalogue(a_service()), now - timedelta(days=30))
    in_change(opened).incidents.keep([OPEN])
    yield opened
    opened.close()


@pytest.fixture
def now(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)


def ahead(register: RegisterStore, now: datetime, text: Text = SAID, after: timedelta = HOUR) -> ScheduledMessage:
    return schedule_update(register, OPEN.id, "identified", text, now + after, "mark", now)


def written(register: RegisterStore, incident_id: str = OPEN.id) -> list[str]:
    return [each.text.en for each in in_look(register).updates.updates([incident_id]).get(incident_id, ())]


def test_an_update_is_published_at_its_time_and_once(register: RegisterStore, now: datetime) -> None:
    waiting = ahead(register, now)
    publish_due(register, now + HOUR - timedelta(seconds=1))
    assert written(register) == []
    for _ in range(3):
        publish_due(register, now + HOUR)
    assert written(register) == [SAID.en]
    (entry,) = in_look(register).log.entries_of_kind("service-incident-update")
    assert json.loads(entry.body)["by"] == "mark"
    found = in_look(register).schedule.message(waiting.number)
    assert found is not None
    assert (found.outcome, found.ended_at) == ("published", now + HOUR)


def test_what_is_cancelled_before_is_never_published(register: RegisterStore, now: datetime) -> None:
    waiting = ahead(register, now)
    assert unschedule(register, waiting.number, now).outcome == "cancelled"
    publish_due(register, now + HOUR)
    assert written(register) == []
    with pytest.raises(Conflict):
        unschedule(register, waiting.number, now)
    with pytest.raises(NotFound):
        unschedule(register, 99, now)


def test_killed_while_it_is_published_it_waits_and_is_published_once(
    register: RegisterStore, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    ahead(register, now)
    with monkeypatch.context() as patch:
        patch.setattr(publishing_due, "replace", die)
        with pytest.raises(KeyboardInterrupt):
            publish_due(register, now + HOUR)
    assert written(register) == []
    publish_due(register, now + 2 * HOUR)
    assert written(register) == [SAID.en]


@pytest.mark.parametrize("change", [{"ended_at": OPEN.started_at + HOUR}, {"withdrawn": "correction"}])
def test_what_is_over_by_then_is_not_spoken_of(register: RegisterStore, now: datetime, change: dict[str, str]) -> None:
    waiting = ahead(register, now)
    in_change(register).incidents.keep([replace(OPEN, **change)])  # type: ignore[arg-type]  # what is tried
    publish_due(register, now + HOUR)
    found = in_look(register).schedule.message(waiting.number)
    assert found is not None
    assert (found.outcome, written(register)) == ("dropped", [])


def test_of_a_service_that_left_nothing_is_published_also_when_it_comes_back(register: RegisterStore, now: datetime) -> None:
    said = Announcement(now, now + 2 * HOUR, now + 3 * HOUR, Text("점검", "Work"))
    work = announce(register, "job-portal", said, "", "mark", now)[0].id
    waiting = [ahead(register, now).number, schedule_reminder(register, work, SAID, now + HOUR, "mark", now).number]
    later = ahead(register, now, after=3 * HOUR)
    apply_catalogue(register, a_catalogue(a_service("library")), now)
    publish_due(register, now + HOUR)
    messages = [in_look(register).schedule.message(number) for number in waiting]
    assert [each.outcome for each in messages if each is not None] == ["dropped"] * 2
    assert in_look(register).log.entries_of_kind("service-maintenance-reminder") == []
    with pytest.raises(Conflict):
        ahead(register, now)
    apply_catalogue(register, a_catalogue(a_service(), a_service("library")), now + 2 * HOUR)
    publish_due(register, later.publish_at)
    assert written(register) == [SAID.en]


def test_a_merged_incident_is_spoken_of_where_it_went(register: RegisterStore, now: datetime) -> None:
    ahead(register, now)
    in_change(register).incidents.keep([replace(OPEN, superseded_by="heir"), replace(OPEN, id="heir")])
    publish_due(register, now + HOUR)
    assert written(register, "heir") == [SAID.en]


def test_beyond_what_an_incident_may_have_nothing_is_published_and_nothing_breaks(register: RegisterStore, now: datetime) -> None:
    ahead(register, now)
    for _ in range(UPDATES_MAX):
        write_update(register, OPEN.id, "identified", Text("글", ""), "mark", now)
    assert publish_due(register, now + HOUR) is False
    assert len(written(register)) == UPDATES_MAX


def test_a_reminder_stands_beside_its_maintenance_unless_that_was_cancelled(register: RegisterStore, now: datetime) -> None:
    said = Announcement(now, now + 30 * HOUR, now + 32 * HOUR, Text("점검", "Work"))
    kept, gone = (announce(register, "job-portal", said, "", "mark", now)[0].id for _ in range(2))
    for each in (kept, gone):
        schedule_reminder(register, each, SAID, now + 20 * HOUR, "mark", now)
    cancel(register, gone, "mark", now + HOUR)
    publish_due(register, now + 21 * HOUR)
    publish_due(register, now + 22 * HOUR)
    assert {subject: [each.text for each in told] for subject, told in in_look(register).schedule.reminders().items()} == {kept: [SAID]}
    (entry,) = in_look(register).log.entries_of_kind("service-maintenance-reminder")
    assert json.loads(entry.body)["id"] == kept
    with pytest.raises(Conflict):
        schedule_reminder(register, kept, SAID, now + 33 * HOUR, "mark", now)
    with pytest.raises(BadInput):
        schedule_reminder(register, kept, Text("한 언어", ""), now + 23 * HOUR, "mark", now)


@pytest.mark.parametrize(
    ("text", "after"), [(SAID, timedelta()), (SAID, timedelta(days=31)), (Text("", ""), HOUR), (Text("가" * 4001, ""), HOUR)]
)
def test_what_cannot_wait_is_refused(register: RegisterStore, now: datetime, text: Text, after: timedelta) -> None:
    with pytest.raises(BadInput):
        ahead(register, now, text, after)
    assert in_look(register).schedule.waiting() == []


def test_nobody_writes_ahead_that_it_is_over_or_more_than_a_few(register: RegisterStore, now: datetime) -> None:
    with pytest.raises(BadInput, match="is over"):
        schedule_update(register, OPEN.id, "resolved", SAID, now + HOUR, "mark", now)
    for _ in range(WAITING_MAX):
        ahead(register, now)
    with pytest.raises(Conflict):
        ahead(register, now)
    in_change(register).incidents.keep([replace(OPEN, ended_at=OPEN.started_at + HOUR)])
    with pytest.raises(Conflict, match="over"):
        ahead(register, now)
