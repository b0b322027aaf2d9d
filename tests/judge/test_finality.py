"""What was published stays: late evidence makes final minutes worse at once, and better only by a correction."""

from dataclasses import replace
from datetime import date, timedelta

from observatory.flows.catalogue import apply_catalogue
from observatory.flows.corrections import approve
from observatory.flows.judging_again import take_up_method, take_up_requests
from observatory.judge.days import moment_of
from observatory.model.correction import Correction
from observatory.model.text import Text
from tests.judge.test_judging import DAY, MIDNIGHT, settle
from tests.judge.world import World
from tests.registers import in_change, in_look


def correct(world: World, first: int, end: int) -> None:
    """Let an auditor approve all that waits within some minutes, or say so beforehand."""
    for subject in (None, *(menu.id for menu in world.service.menus)):
        start, last = moment_of(world.origin + first), moment_of(world.origin + end)
        in_change(world.register).corrections.withhold(Correction(world.service.id, subject, start, last, world.at(0)))
    waiting = [each for each in in_look(world.register).corrections.corrections() if each.approved_at is None]
    for correction in waiting:
        approve(world.register, correction.id, Text("확인함", "checked"), "auditor", world.at(end))
    take_up_requests(world)


def test_late_evidence_makes_no_final_minute_better_unless_an_auditor_corrects_it(world: World) -> None:
    world.users(range(10), bad=100).users(range(10, 30)).judge(29)
    known = world.incidents()
    for minute in range(30, 33):
        world.users(range(10), count=10_000).judge(minute)
        assert (world.incidents(), world.figures(0, 10).downtime_minutes) == (known, 10)
    correct(world, 0, 10)
    world.users(range(10), count=1).judge(33)
    assert (world.incidents(), world.figures(0, 10).downtime_minutes) == ([], 0)
    assert in_look(world.register).incidents.incident(known[0].id) == replace(known[0], withdrawn="correction")


def test_late_evidence_makes_any_minute_worse_at_once(world: World) -> None:
    world.users(range(60)).judge(59)
    world.users(range(10), count=1000, bad=1000).judge(60)
    assert world.spans() == [(0, 10)]


def test_minutes_that_are_not_final_may_get_better(world: World) -> None:
    world.users(range(10), bad=100).judge(9)
    world.users(range(10), count=10_000).judge(10)
    assert (world.incidents(), world.figures(0, 10).downtime_minutes) == ([], 0)


def test_a_gap_between_two_bad_minutes_is_filled_anew_when_its_evidence_comes(world: World) -> None:
    world.users([*range(10), *range(20, 30)], bad=100).judge(59)
    assert world.figures(0, 30).downtime_minutes == 30
    world.users(range(10, 20)).judge(60)
    assert world.figures(0, 30).downtime_minutes == 20


def test_no_digit_changes_when_the_minutes_are_gone(world: World) -> None:
    world.users(range(40 * DAY)).users(range(30, 90), bad=100).users(range(400, 402), bad=100).users(range(600, 620), bad=20)
    at = 40 * DAY
    world.judge(at)
    settle(world, at)
    windows = [(-600, 31 * DAY - 600), (-600, DAY - 600), (0, 2 * DAY - 600)]
    before = [world.figures(*window, at=at) for window in windows]
    world.telemetry.forget(world.at(at), world.at(0), 0, date(2026, 4, 5))
    assert world.telemetry.first_day(world.service.index) == date(2026, 4, 5)
    after = [world.figures(*window, at=at) for window in windows]
    assert after == [replace(each, as_of=now.as_of, revision=now.revision) for each, now in zip(before, after, strict=True)]
    down = (after[0].downtime_minutes or 0) - (after[0].isolated_minutes or 0)
    assert down + (after[0].partial_minutes or 0) == sum(incident.measured_minutes for incident in world.incidents()) == 80


def test_an_incident_keeps_its_identity_when_a_long_span_is_judged_in_portions(world: World) -> None:
    cut = MIDNIGHT + 6 * DAY
    world.users(range(cut - 30, cut + 60)).users(range(cut - 20, cut + 40), bad=1000).judge(cut + 100)
    before = world.incidents()[0]
    correct(world, cut - 30, cut + 60)
    world.users([0, 8 * DAY]).users(range(cut - 20, cut + 5), count=100_000).judge(8 * DAY)
    assert [replace(each, started_at=before.started_at) for each in world.incidents()] == [replace(before, down_minutes=35)]
    assert world.spans() == [(cut + 5, cut + 40)]


def test_a_new_version_of_the_method_judges_all_that_is_kept_again(world: World) -> None:
    world.users(range(3 * DAY)).users(range(30, 90), bad=100).judge(3 * DAY)
    known = world.incidents()
    in_change(world.register).corrections.change_method("obs-method/1")
    for _ in range(2):
        take_up_method(world, world.at(3 * DAY))
    (request,) = in_look(world.register).corrections.to_judge_again()
    assert (moment_of(world.origin) - request.start, request.end) == (timedelta(hours=10), world.at(3 * DAY))
    take_up_requests(world)
    world.judge(3 * DAY + 1)
    assert world.incidents() == known
    assert in_look(world.register).corrections.to_judge_again() == []
    assert [entry.kind for entry in in_look(world.register).log.entries()].count("method-changed") == 1


def test_a_removed_service_is_frozen(world: World) -> None:
    world.users(range(600)).users(range(30, 90), bad=100).judge(600)
    before = world.figures(0, DAY, at=600)
    catalogue = world.register.catalogue()
    apply_catalogue(world.register, replace(catalogue, services=()), world.at(600))
    world.service = world.register.catalogue().services[0]
    after = world.figures(0, DAY, at=5 * DAY)
    assert (after.measured_minutes, after.unknown_minutes, after.downtime_minutes) == (before.measured_minutes, before.unknown_minutes, 60)
    assert after.as_of == world.at(600)
