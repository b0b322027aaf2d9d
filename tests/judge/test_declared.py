"""Declared failures: people can add downtime, never remove it, and what they add is charged by the rules of what is measured."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from observatory.errors import BadInput
from observatory.flows.current_states import standing_of
from observatory.flows.declarations import declare, end
from observatory.flows.judging_again import take_up_requests
from observatory.judge.days import moment_of
from observatory.judge.explaining import explain_minute
from observatory.model.catalogue import Service
from observatory.model.declaration import Declaration, DeclaredSeverity
from observatory.model.incident import MinuteClass, Verdict
from observatory.model.text import Text
from observatory.store.service_history import StoredHistory, rules_of
from tests.builders import a_menu, a_service
from tests.judge.test_finality import correct
from tests.judge.test_maintenance import LONG_BEFORE, announced
from tests.judge.world import World

TITLE = Text("로그인이 되지 않습니다", "Nobody can sign in")
SEARCH, APPLY = a_menu("search", index=0), a_menu("apply", routes=("/apply",), index=0)


def two_menus(*, critical: bool = False) -> Service:
    return a_service(index=0, menus=(replace(SEARCH, critical=critical), APPLY))


def declared(
    world: World, first: int, last: int | None, *menus: str, severity: DeclaredSeverity = "down", at: int | None = None
) -> Declaration:
    """Declare minutes of the test; without a last one it goes on."""
    start, stop = moment_of(world.origin + first), None if last is None else moment_of(world.origin + last)
    now = world.at(at if at is not None else first if last is None else last)
    said = Declaration("", world.service.id, menus, severity, start, stop, TITLE, now)
    made = declare(world.register, said, "operator", now)
    take_up_requests(world)
    return made


def test_a_declared_failure_is_charged_where_measuring_saw_nothing(world: World) -> None:
    world.users(range(60))
    declared(world, 10, 30)
    figures = world.judge(59).figures(0, 60)
    assert world.spans() == [(10, 30)]
    assert (figures.downtime_minutes, figures.failures, figures.measured_minutes) == (20, 1, 60)
    (found,) = world.incidents()
    assert (found.severity, found.detected_by, found.down_minutes) == ("major", "declared", 20)


def test_overlap_with_a_declared_incident_is_one_incident_and_each_minute_is_as_bad_as_the_worse_of_both(world: World) -> None:
    world.users(range(60)).users(range(20, 40), bad=100)
    declared(world, 10, 30, severity="partial")
    figures = world.judge(59).figures(0, 60)
    assert world.spans() == [(10, 40)]
    assert world.verdicts(10, 40) == [Verdict.PARTIAL] * 10 + [Verdict.DOWN] * 20
    assert (figures.downtime_minutes, figures.partial_minutes, figures.failures) == (20, 10, 1)


def test_a_declaration_makes_no_minute_better(world: World) -> None:
    world.users(range(60)).users(range(10, 30), bad=100)
    before = world.judge(59).figures(0, 60)
    declared(world, 10, 30, severity="partial", at=59)
    assert replace(world.judge(59).figures(0, 60), revision=before.revision, as_of=before.as_of) == before


def test_minutes_nobody_measured_are_as_they_were_declared(world: World) -> None:
    declared(world, 10, 30)
    figures = world.judge(59).figures(0, 60)
    assert (figures.downtime_minutes, figures.measured_minutes, figures.unknown_minutes) == (20, 20, 40)
    assert figures.observed_from == moment_of(world.origin)


def test_what_is_declared_bridges_nothing(world: World) -> None:
    world.users(range(10)).users(range(40, 60))
    declared(world, 10, 15)
    declared(world, 20, 25)
    assert world.judge(59).verdicts(15, 20) == [Verdict.UNKNOWN] * 5


def test_a_declaration_goes_on_until_it_is_ended_and_ends_no_earlier(world: World) -> None:
    world.users(range(60))
    made = declared(world, 10, None)
    for minute in range(10, 40):
        world.judge(minute)
    assert world.spans() == [(10, None)]
    assert standing_of(world.service, world.register, world.telemetry, world.at(39)).states[0].state == "down"
    end(world.register, made.id, "operator", world.at(40))
    take_up_requests(world)
    world.judge(59)
    assert world.spans() == [(10, 40)]


def test_a_declared_menu_fails_and_its_service_only_if_it_is_critical(make_world: Callable[..., World]) -> None:
    for critical in (False, True):
        world = make_world(two_menus(critical=critical))
        world.users(range(60), menu="search").users(range(60), menu="apply")
        declared(world, 10, 30, "search")
        world.judge(59)
        assert (world.spans("search"), world.spans("apply")) == ([(10, 30)], [])
        assert world.spans() == ([(10, 30)] if critical else [])
        assert not critical or world.incidents()[0].detected_by == "declared"


def test_a_declared_service_fails_with_all_its_menus(make_world: Callable[..., World]) -> None:
    world = make_world(two_menus())
    world.users(range(60), menu="search").users(range(60), menu="apply")
    declared(world, 10, 30)
    world.judge(59)
    assert world.spans() == world.spans("search") == world.spans("apply") == [(10, 30)]
    assert world.incidents()[0].menu_ids == ("search", "apply")


def test_declared_minutes_in_announced_maintenance_are_not_charged(make_world: Callable[..., World]) -> None:
    world = make_world(registered_at=LONG_BEFORE)
    announced(world, 20, 40)
    world.users(range(60))
    declared(world, 20, 45)
    figures = world.judge(59).figures(0, 60)
    assert (figures.downtime_minutes, figures.maintenance_minutes, figures.failures) == (5, 20, 1)


def test_declared_minutes_outside_service_hours_are_no_failure(make_world: Callable[..., World]) -> None:
    world = make_world(replace(a_service(index=0), hours="09:00-10:30"))
    world.users(range(60))
    declared(world, 20, 60)
    figures = world.judge(59).figures(0, 60)
    assert (figures.downtime_minutes, figures.closed_minutes) == (10, 30)
    assert set(world.classes(30, 60)) == {MinuteClass.CLOSED}


def test_two_declared_minutes_are_downtime_and_no_incident(world: World) -> None:
    world.users(range(60))
    declared(world, 10, 12)
    figures = world.judge(59).figures(0, 60)
    assert (world.incidents(), figures.isolated_minutes, figures.downtime_minutes) == ([], 2, 2)


def test_only_a_correction_that_came_later_takes_it_off_again(world: World) -> None:
    world.users(range(60))
    declared(world, 10, 40)
    world.judge(59)
    correct(world, 10, 40)
    assert world.judge(60).incidents() == []
    declared(world, 20, 30, at=61)
    assert world.judge(62).spans() == [(20, 30)]


def test_evidence_that_comes_late_makes_declared_minutes_no_better(world: World) -> None:
    declared(world, 10, 30)
    world.judge(59)
    world.users(range(60), count=10_000).judge(80)
    assert (world.spans(), world.figures(0, 60, at=80).downtime_minutes) == ([(10, 30)], 20)


def test_judged_minute_by_minute_it_is_the_same(world: World) -> None:
    for minute in range(60):
        world.users([minute])
        if minute == 40:
            declared(world, 15, 35, at=40)
        world.judge(minute)
    assert world.spans() == [(15, 35)]


def test_it_is_explained(world: World) -> None:
    world.users(range(60))
    declared(world, 10, 30)
    world.judge(59)
    history = StoredHistory(world.service, world.register, world.telemetry)
    found = explain_minute(history, rules_of(world.service, world.register), world.origin + 15, world.at(59))
    whole = found.subjects[0]
    assert (whole.measured, whole.verdict, whole.stored) == (Verdict.UP, Verdict.DOWN, Verdict.DOWN)
    assert whole.incident is not None


@pytest.mark.parametrize("hours", [0, 30])
def test_no_digit_of_a_declaration_hangs_on_when_it_was_judged(make_world: Callable[..., World], hours: int) -> None:
    world = make_world()
    declared(world, 0, 30, at=hours * 60 + 30)
    at = hours * 60 + 60
    assert world.judge(at).figures(0, 60, at=at).downtime_minutes == 30
    assert world.figures(0, 60, at=at).observed_from == world.at(0) - timedelta(seconds=30)


def test_what_is_only_declared_is_over_when_it_is_said_to_be(world: World) -> None:
    declared(world, 10, 30)
    for at in (31, 50, 100, 300):
        assert world.judge(at).spans() == [(10, 30)]
        (found,) = world.incidents()
        assert found.end_reason == "recovered"
    assert world.figures(0, 60, at=300).mttr_minutes == 20


def test_a_declaration_that_is_ended_with_a_button_is_over_at_once(world: World) -> None:
    made = declared(world, 10, None)
    assert world.judge(39).spans() == [(10, None)]
    end(world.register, made.id, "operator", world.at(40))
    take_up_requests(world)
    assert world.judge(41).spans() == [(10, 40)]
    assert world.incidents()[0].end_reason == "recovered"


def test_a_declared_failure_that_is_measured_as_well_ends_by_what_is_measured(world: World) -> None:
    world.users(range(10, 25), bad=50)
    declared(world, 10, 30)
    assert world.judge(50).spans() == [(10, None)]
    assert world.judge(95).spans() == [(10, 30)]
    assert world.incidents()[0].end_reason == "evidence_lost"


def test_what_fails_right_behind_what_was_declared_is_the_same_failure(world: World) -> None:
    world.users(range(30, 40), bad=50).users(range(40, 60))
    declared(world, 10, 30)
    assert world.judge(59).spans() == [(10, 40)]


def test_two_declarations_that_touch_are_one_failure_and_others_are_two(world: World) -> None:
    for first, last in ((10, 20), (20, 30), (35, 45)):
        declared(world, first, last)
    assert world.judge(120).spans() == [(10, 30), (35, 45)]


def test_a_service_whose_critical_menu_is_declared_has_recovered_with_it(make_world: Callable[..., World]) -> None:
    world = make_world(two_menus(critical=True))
    declared(world, 10, 30, "search")
    world.judge(200)
    assert world.spans() == world.spans("search") == [(10, 30)]
    assert {each.end_reason for menu in (None, "search") for each in world.incidents(menu)} == {"recovered"}


def test_what_was_heard_before_the_service_was_registered_can_be_declared(world: World) -> None:
    world.users(range(-120, -60)).judge(0)
    said = Declaration(
        "", world.service.id, (), "down", world.at(-100).replace(second=0), world.at(-80).replace(second=0), TITLE, world.at(0)
    )
    declare(world.register, said, "operator", world.at(0), world.telemetry)
    take_up_requests(world)
    assert world.judge(1).spans() == [(-100, -80)]
    with pytest.raises(BadInput):
        declare(world.register, replace(said, start=world.at(-121).replace(second=0)), "operator", world.at(0), world.telemetry)
