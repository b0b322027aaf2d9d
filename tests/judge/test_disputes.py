"""Disputes of incidents: published, answered by an auditor, and no digit changes by them but through a correction."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from observatory.errors import BadInput, Conflict, NotFound
from observatory.flows import disputes
from observatory.flows.disputes import DISPUTES_MAX, answer_dispute, dispute, dispute_of, translate_dispute
from observatory.flows.judging_again import take_up_requests
from observatory.flows.log_checking import check_log
from observatory.model.dispute import Dispute
from observatory.model.text import Text
from tests.judge.test_declared import declared, two_menus
from tests.judge.world import World
from tests.registers import in_look

SAID, REASON = Text("로그인은 되었습니다", "People could sign in"), Text("기록과 맞습니다", "The records agree")


def told(world: World, kind: str) -> list[dict[str, object]]:
    return [json.loads(entry.body) for entry in in_look(world.register).log.entries_of_kind(kind)]


def disputed(world: World, text: Text = SAID, minute: int = 60) -> Dispute:
    (found,) = world.incidents()
    return dispute(world.register, found.id, text, "mark", world.at(minute))


@pytest.fixture
def failed(world: World) -> World:
    world.users(range(60))
    declared(world, 10, 40)
    return world.judge(59)


def test_a_dispute_is_kept_and_told_and_no_digit_changes(failed: World) -> None:
    before = failed.figures(0, 60)
    made = disputed(failed)
    take_up_requests(failed)
    assert failed.judge(61).figures(0, 60) == before
    assert (made.state, made.id) == ("open", f"{made.incident_id}-dispute-1")
    body = {"by": "mark", "incident": made.incident_id, "number": 1, "service": failed.service.id}
    assert told(failed, "service-incident-disputed") == [body | {"text_en": SAID.en, "text_ko": SAID.ko}]
    assert in_look(failed.register).disputes.disputes([made.incident_id]) == {made.incident_id: (made,)}


def test_what_an_auditor_accepts_is_corrected_and_what_was_declared_is_taken_off(failed: World) -> None:
    made = disputed(failed)
    answered = answer_dispute(failed.register, made, REASON, "auditor", failed.at(70), accepted=True)
    take_up_requests(failed)
    assert failed.judge(71).figures(0, 60).downtime_minutes == 0
    assert (failed.incidents(), answered.state) == ([], "accepted")
    (kept,) = in_look(failed.register).disputes.listed()
    assert kept == answered
    withdrawn = in_look(failed.register).incidents.incident(made.incident_id)
    assert withdrawn is not None
    assert withdrawn.withdrawn == "correction"
    assert [each["menu"] for each in told(failed, "service-corrected")] == [None, "home"]
    assert told(failed, "service-incident-dispute-answered")[0]["state"] == "accepted"
    assert check_log(failed.register).broken is None


def test_what_an_auditor_declines_stays_as_it_was(failed: World) -> None:
    before = failed.figures(0, 60)
    assert answer_dispute(failed.register, disputed(failed), REASON, "auditor", failed.at(70), accepted=False).state == "declined"
    take_up_requests(failed)
    assert failed.judge(71).figures(0, 60) == before
    assert told(failed, "service-corrected") == []


def test_accepting_makes_no_measured_failure_good(world: World) -> None:
    world.users(range(60)).users(range(10, 30), bad=100).judge(59)
    answer_dispute(world.register, disputed(world), REASON, "auditor", world.at(70), accepted=True)
    take_up_requests(world)
    assert world.judge(71).figures(0, 60).downtime_minutes == 20


def test_a_critical_menu_is_corrected_with_its_service(make_world: Callable[..., World]) -> None:
    world = make_world(two_menus(critical=True))
    world.users(range(60), menu="search").users(range(60), menu="apply")
    declared(world, 10, 30, "search")
    world.judge(59)
    answer_dispute(world.register, disputed(world), REASON, "auditor", world.at(70), accepted=True)
    take_up_requests(world)
    assert world.judge(71).figures(0, 60).downtime_minutes == 0


def test_one_that_goes_on_is_declined_or_waits_and_nothing_is_half_done(world: World) -> None:
    world.users(range(60))
    declared(world, 10, None)
    world.judge(20)
    made = disputed(world, minute=20)
    with pytest.raises(Conflict, match="goes on"):
        answer_dispute(world.register, made, REASON, "auditor", world.at(21), accepted=True)
    assert told(world, "service-incident-dispute-answered") == []
    assert in_look(world.register).disputes.listed() == [made]
    answer_dispute(world.register, made, REASON, "auditor", world.at(21), accepted=False)


def test_the_language_that_is_missing_follows_once(failed: World) -> None:
    made = disputed(failed, Text("되었습니다", ""))
    whole = translate_dispute(failed.register, made.incident_id, 1, Text("딴말", "It worked"), "mark", failed.at(61))
    assert whole.text == Text("되었습니다", "It worked")
    with pytest.raises(Conflict):
        translate_dispute(failed.register, made.incident_id, 1, Text("딴말", "Else"), "mark", failed.at(61))


def test_each_waits_for_its_answer_and_there_are_not_any_number(failed: World) -> None:
    for _ in range(DISPUTES_MAX):
        made = disputed(failed)
        with pytest.raises(Conflict, match="not answered"):
            disputed(failed)
        answer_dispute(failed.register, made, REASON, "auditor", failed.at(61), accepted=False)
    with pytest.raises(Conflict, match=str(DISPUTES_MAX)):
        disputed(failed)
    with pytest.raises(Conflict, match="answered before"):
        answer_dispute(failed.register, made, REASON, "auditor", failed.at(61), accepted=True)


@pytest.mark.parametrize("text", [Text("", ""), Text("가" * 4001, ""), Text("숨은\u202e글", "")])
def test_what_cannot_be_published_is_refused(failed: World, text: Text) -> None:
    with pytest.raises(BadInput):
        disputed(failed, text)
    assert in_look(failed.register).disputes.listed() == []


@pytest.mark.parametrize("reason", [Text("", "Yes"), Text("네", ""), Text("가" * 2001, "Yes")])
def test_an_answer_has_a_reason_in_both_languages(failed: World, reason: Text) -> None:
    made = disputed(failed)
    with pytest.raises(BadInput):
        answer_dispute(failed.register, made, reason, "auditor", failed.at(61), accepted=True)


@pytest.mark.parametrize("name", ["", "nothing", "nothing-dispute-1", "-dispute-", "a-dispute-\u0661", "a-dispute-" + "9" * 5000])
def test_a_name_that_is_none_is_not_found(failed: World, name: str) -> None:
    with failed.register.look() as books, pytest.raises(NotFound):
        dispute_of(books, name)
    with pytest.raises(NotFound):
        dispute(failed.register, name, SAID, "mark", failed.at(60))


def test_killed_before_the_answer_is_told_nothing_is_answered(failed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = disputed(failed)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(disputes, "correct", die)
    with pytest.raises(KeyboardInterrupt):
        answer_dispute(failed.register, made, REASON, "auditor", failed.at(61), accepted=True)
    assert in_look(failed.register).disputes.listed() == [made]
    assert told(failed, "service-incident-dispute-answered") == []


def test_a_dispute_of_an_incident_that_was_merged_is_answered_too(failed: World) -> None:
    made = disputed(failed)
    (found,) = failed.incidents()
    merged = replace(found, ended_at=None, end_reason=None, superseded_by="heir")
    with failed.register.change() as books:
        books.incidents.keep([replace(found, id="heir"), merged])
    answer_dispute(failed.register, made, REASON, "auditor", failed.at(70), accepted=True)
    assert told(failed, "service-corrected")[0]["to"] == f"{found.ended_at:%Y-%m-%dT%H:%MZ}"
    with failed.register.look() as books:
        assert books.disputes.disputes(["heir"])["heir"][0].state == "accepted"
