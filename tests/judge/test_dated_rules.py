"""A rule of the catalogue that changes counts from the next day on, and never judges the past again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from observatory.flows.catalogue import apply_catalogue
from observatory.judge.dated import Dated
from observatory.judge.days import Span, civil_day
from observatory.model.catalogue import Catalogue, Service
from observatory.model.incident import MinuteClass, Verdict
from tests.builders import a_menu, a_service
from tests.judge.world import START, World
from tests.registers import in_look

DAY = 1440
MIDNIGHT = 14 * 60
"""The end of the first day in Seoul, in minutes of the test."""
TWO_MENUS = a_service(index=0, menus=(a_menu("search", index=0), a_menu("apply", index=0)))


def declare(world: World, service: Service, minute: int, *holidays: date) -> None:
    """Apply a catalogue with this service as it is now, and public holidays."""
    catalogue = world.register.catalogue()
    apply_catalogue(world.register, Catalogue(replace(catalogue.site, holidays=holidays), catalogue.agencies, (service,)), world.at(minute))
    world.service = world.register.catalogue().services[0]


def test_a_menu_that_becomes_essential_is_so_from_the_next_day_on(make_world: Callable[..., World]) -> None:
    world = make_world(TWO_MENUS)
    failing = [range(10), range(MIDNIGHT - 10, MIDNIGHT + 10)]
    for minutes in failing:
        world.users(minutes, menu="search", count=1000).users(minutes, menu="apply", count=30, bad=30)
    world.judge(MIDNIGHT - 300)
    search, apply = world.service.menus
    declare(world, replace(world.service, menus=(search, replace(apply, critical=True))), MIDNIGHT - 200)
    world.users(range(10), menu="search", count=1).judge(MIDNIGHT + 30)
    assert set(world.verdicts(0, 10)) == {Verdict.UP}
    assert set(world.verdicts(MIDNIGHT - 10, MIDNIGHT)) == {Verdict.UP}
    assert set(world.verdicts(MIDNIGHT, MIDNIGHT + 10)) == {Verdict.DOWN}


def test_another_block_counts_from_the_next_day_on(world: World) -> None:
    for first in (0, MIDNIGHT):
        world.users(range(first, first + 60), count=19, bad=19)
    world.judge(60)
    declare(world, replace(world.service, low_traffic_block_minutes=60), 61)
    world.users([0], count=1, bad=1).judge(MIDNIGHT + 90)
    assert set(world.verdicts(1, 60)) == {Verdict.UNKNOWN}
    assert set(world.verdicts(MIDNIGHT, MIDNIGHT + 60)) == {Verdict.DOWN}


def test_a_target_is_that_of_the_grade_at_the_end_of_the_window(world: World) -> None:
    world.users(range(3 * DAY)).judge(100)
    declare(world, replace(world.service, grade=1), 200)
    world.judge(3 * DAY)
    before, after = world.figures(0, MIDNIGHT, at=3 * DAY), world.figures(0, MIDNIGHT + DAY, at=3 * DAY)
    assert before.target is None
    assert after.target is not None
    assert (after.target.grade, after.target.valid_from) == (1, date(2026, 3, 3))


def test_a_grade_that_never_changed_has_no_day_from_which_on_it_is_valid(make_world: Callable[..., World]) -> None:
    target = make_world(replace(a_service(index=0), grade=2)).users(range(60)).judge(60).figures(0, 60).target
    assert target is not None
    assert (target.grade, target.valid_from) == (2, None)


def test_a_public_holiday_that_is_named_when_it_is_over_is_none(make_world: Callable[..., World]) -> None:
    world = make_world(replace(a_service(index=0), hours="mon-fri 00:00-24:00"))
    world.users(range(2 * DAY)).judge(2 * DAY)
    monday, wednesday, thursday = (START.date() + timedelta(days=days) for days in (0, 2, 3))
    declare(world, world.service, 2 * DAY, monday, wednesday, thursday)
    world.users(range(2 * DAY, 4 * DAY)).users([0], count=1).judge(4 * DAY)
    assert MinuteClass.CLOSED not in world.classes(0, MIDNIGHT + 2 * DAY)
    assert set(world.classes(MIDNIGHT + 2 * DAY, MIDNIGHT + 3 * DAY)) == {MinuteClass.CLOSED}
    declare(world, world.service, 4 * DAY)
    world.users([MIDNIGHT + 2 * DAY + 5], count=1).judge(4 * DAY + 1)
    assert set(world.classes(MIDNIGHT + 2 * DAY, MIDNIGHT + 3 * DAY)) == {MinuteClass.CLOSED}


def test_what_is_changed_and_changed_back_on_a_day_stays_as_it_was(world: World) -> None:
    declare(world, replace(world.service, grade=1), 10)
    declare(world, replace(world.service, grade=3), 20)
    world.users(range(3 * DAY)).judge(3 * DAY)
    assert world.figures(0, 2 * DAY, at=3 * DAY).target is None
    kinds = [entry.kind for entry in in_look(world.register).log.entries()]
    assert kinds.count("catalogue-rule-changed") == 2


@pytest.mark.parametrize(("day", "value", "since"), [(1, 1, None), (2, 2, 2), (3, 2, 2), (4, 2, 2), (9, 5, 5)])
def test_a_dated_value_is_that_of_its_day(day: int, value: int, since: int | None) -> None:
    dated = Dated(((date.min, 1), (date(2026, 3, 2), 2), (date(2026, 3, 4), 2), (date(2026, 3, 5), 5)))
    assert dated.on(date(2026, 3, day)) == value
    assert dated.since(date(2026, 3, day)) == (None if since is None else date(2026, 3, since))


def test_a_span_is_cut_where_a_value_changes(world: World) -> None:
    zone = world.register.catalogue().site.zone
    begin = civil_day(date(2026, 3, 2), zone).span.first
    dated = Dated(((date.min, 1), (date(2026, 3, 3), 2)))
    assert list(dated.pieces(Span(begin, begin + 2 * DAY), zone)) == [
        (Span(begin, begin + DAY), 1),
        (Span(begin + DAY, begin + 2 * DAY), 2),
    ]
    assert list(dated.pieces(Span(begin + DAY, begin + 2 * DAY), zone)) == [(Span(begin + DAY, begin + 2 * DAY), 2)]
