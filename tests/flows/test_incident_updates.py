"""Updates of incidents: they stay as they were written, a missing language may follow, and each is an entry of the log."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from observatory.errors import BadInput, Conflict, NotFound
from observatory.flows import incident_updates
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.incident_updates import UPDATES_MAX, translate_update, write_update
from observatory.model.incident_update import STAGES, IncidentUpdate
from observatory.model.text import Text
from observatory.store.opening import open_register, prepare_folder
from observatory.store.register import RegisterStore
from tests.builders import a_catalogue
from tests.registers import in_change, in_look
from tests.summaries import an_incident

TEXT = Text("원인을 찾고 있습니다.", "We are looking for the cause.")
OUTAGE = an_incident()


@pytest.fixture
def register(tmp_path: Path, now: datetime) -> Iterator[RegisterStore]:
    prepare_folder(tmp_path)
    opened = open_register(tmp_path)
    apply_catalogue(opened, a_catalogue(), now)
    in_change(opened).incidents.keep([OUTAGE])
    yield opened
    opened.close()


def written(register: RegisterStore, incident_id: str = OUTAGE.id) -> tuple[IncidentUpdate, ...]:
    return in_look(register).updates.updates([incident_id]).get(incident_id, ())


def told(register: RegisterStore) -> list[dict[str, object]]:
    return [json.loads(entry.body) for entry in in_look(register).log.entries_of_kind("service-incident-update")]


def test_updates_are_kept_newest_first_and_told(register: RegisterStore, now: datetime) -> None:
    first = write_update(register, OUTAGE.id, "investigating", TEXT, "mark", now)
    second = write_update(register, OUTAGE.id, "resolved", Text("복구했습니다.", ""), "mark", now + timedelta(minutes=5))
    assert written(register) == (second, first)
    assert [update.number for update in (first, second)] == [1, 2]
    assert told(register)[1] == {
        "by": "mark",
        "incident": OUTAGE.id,
        "number": 2,
        "service": OUTAGE.service_id,
        "stage": "resolved",
        "text_en": "",
        "text_ko": "복구했습니다.",
    }


def test_only_a_missing_language_may_follow(register: RegisterStore, now: datetime) -> None:
    write_update(register, OUTAGE.id, "identified", Text("원인을 찾았습니다.", ""), "mark", now)
    translated = translate_update(register, OUTAGE.id, 1, Text("다른 말", "We found the cause."), "mark", now)
    assert translated.text == Text("원인을 찾았습니다.", "We found the cause.")
    assert (written(register), len(told(register))) == ((translated,), 2)
    with pytest.raises(Conflict):
        translate_update(register, OUTAGE.id, 1, Text("또 다른 말", "Something else"), "mark", now)
    with pytest.raises(NotFound):
        translate_update(register, OUTAGE.id, 2, TEXT, "mark", now)


def test_a_merged_incident_leaves_its_updates_to_its_heir_and_takes_no_more(register: RegisterStore, now: datetime) -> None:
    heir, grandson = replace(OUTAGE, id="heir"), replace(OUTAGE, id="older")
    update = write_update(register, OUTAGE.id, "investigating", TEXT, "mark", now)
    in_change(register).incidents.keep([heir, replace(grandson, superseded_by=OUTAGE.id), replace(OUTAGE, superseded_by="heir")])
    own = write_update(register, "heir", "monitoring", TEXT, "mark", now + timedelta(minutes=1))
    assert own.number == 1
    assert written(register, "heir") == (own, update)
    with pytest.raises(Conflict, match="heir"):
        write_update(register, OUTAGE.id, "monitoring", TEXT, "mark", now)


def test_an_incident_has_room_for_so_many_updates(register: RegisterStore, now: datetime) -> None:
    with register.change() as books:
        for number in range(1, UPDATES_MAX + 1):
            books.updates.add(IncidentUpdate(OUTAGE.id, number, "monitoring", TEXT, now))
    with pytest.raises(Conflict, match=str(UPDATES_MAX)):
        write_update(register, OUTAGE.id, "monitoring", TEXT, "mark", now)


@pytest.mark.parametrize("text", [Text("", " "), Text("가" * 4001, ""), Text("복구\u200b", "")])
def test_a_text_that_says_nothing_too_much_or_hides_something_is_refused(register: RegisterStore, now: datetime, text: Text) -> None:
    with pytest.raises(BadInput):
        write_update(register, OUTAGE.id, STAGES[0], text, "mark", now)
    with pytest.raises(NotFound):
        write_update(register, "nothing", STAGES[0], TEXT, "mark", now)
    assert (written(register), told(register)) == ((), [])


def test_killed_before_its_entry_nothing_is_written(register: RegisterStore, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(incident_updates, "update_body", die)
    with pytest.raises(KeyboardInterrupt):
        write_update(register, OUTAGE.id, "resolved", TEXT, "mark", now)
    assert (written(register), told(register)) == ((), [])


def test_what_is_still_measured_to_fail_is_not_called_solved(register: RegisterStore, now: datetime) -> None:
    going_on = replace(OUTAGE, id="on", ended_at=None, end_reason=None)
    in_change(register).incidents.keep([going_on])
    with pytest.raises(Conflict, match="still measured to fail"):
        write_update(register, "on", "resolved", TEXT, "mark", now)
    assert (written(register, "on"), told(register)) == ((), [])
    in_change(register).incidents.keep([replace(going_on, ended_at=going_on.started_at + timedelta(minutes=20), end_reason="recovered")])
    assert write_update(register, "on", "resolved", TEXT, "mark", now).stage == "resolved"


def test_what_is_too_long_is_called_too_long(register: RegisterStore, now: datetime) -> None:
    with pytest.raises(BadInput, match="4001 characters"):
        write_update(register, OUTAGE.id, STAGES[0], Text("가" * 4001, ""), "mark", now)
