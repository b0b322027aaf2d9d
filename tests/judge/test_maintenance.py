"""Announced maintenance: what of it is left out, what is charged all the same, and that it hides nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from observatory.flows.current_states import standing_of
from observatory.flows.maintenance import announce, cancel
from observatory.judge.days import minute_of, moment_of
from observatory.judge.maintenance import excluded
from observatory.judge.method import IN_FORCE
from observatory.model.incident import MinuteClass
from observatory.model.maintenance import Announcement, Maintenance
from observatory.model.text import Text
from tests.builders import a_menu, a_service
from tests.judge.world import START, World

SEOUL = ZoneInfo("Asia/Seoul")
TITLE = Text("서버 교체", "Server replacement")
MAKE_WORLD = Callable[..., World]


LONG_BEFORE = START - timedelta(days=30)
"""When services were registered: nothing is announced before that by the clock of the log."""


@pytest.fixture
def world(make_world: MAKE_WORLD) -> World:
    return make_world(registered_at=LONG_BEFORE)


def announced(world: World, first: int, end: int, *, hours_before: float = 48, menus: tuple[str, ...] = ()) -> Maintenance:
    """Announce maintenance from one minute of the test to another, so long before it starts."""
    start = moment_of(world.origin + first)
    said = Announcement(START, start, moment_of(world.origin + end), TITLE, menus)
    return announce(world.register, world.service.id, said, "", "operator", start - timedelta(hours=hours_before))[0]


def maintenance_of(*said: Announcement, cancelled_at: datetime | None = None, maintenance_id: str = "m") -> Maintenance:
    return Maintenance(maintenance_id, "job-portal", said, cancelled_at)


def at(text: str) -> datetime:
    """Return a moment by the clock of Seoul."""
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL).astimezone(UTC)


def saying(said_at: str, start: str, end: str, *menus: str) -> Announcement:
    return Announcement(at(said_at), at(start), at(end), TITLE, menus)


def spans(*maintenance: Maintenance) -> list[tuple[str | None, str, int]]:
    """Return what is excluded: of which menu, from when in Seoul, how many minutes."""
    return [
        (piece.menu_id, f"{moment_of(piece.span.first).astimezone(SEOUL):%m-%d %H:%M}", len(piece.span))
        for piece in excluded(maintenance, SEOUL, IN_FORCE)
    ]


def test_maintenance_that_is_kept_is_no_failure(world: World) -> None:
    announced(world, 60, 120)
    figures = world.users(range(60)).users(range(60, 120), bad=100).users(range(120, 180)).judge(179).figures(0, 180)
    assert world.incidents() == []
    assert (figures.failures, figures.downtime_minutes, figures.maintenance_minutes, figures.measured_minutes) == (0, 0, 60, 120)
    assert figures.availability_percent == 100.0


def test_an_overrun_is_one_failure_and_only_the_overrun_is_charged(world: World) -> None:
    announced(world, 60, 120)
    figures = world.users(range(60)).users(range(60, 135), bad=100).users(range(135, 180)).judge(179).figures(0, 180)
    assert world.spans() == [(120, 135)]
    assert (figures.failures, figures.downtime_minutes, figures.maintenance_minutes) == (1, 15, 60)


@pytest.mark.parametrize(("hours_before", "charged"), [(24, 0), (23, 60), (0, 60)])
def test_maintenance_that_was_announced_late_is_downtime(world: World, hours_before: float, charged: int) -> None:
    announced(world, 60, 120, hours_before=hours_before)
    figures = world.users(range(60)).users(range(60, 120), bad=100).users(range(120, 180)).judge(179).figures(0, 180)
    assert (figures.downtime_minutes, figures.failures, figures.maintenance_minutes) == (charged, int(charged > 0), 60 - charged)


def test_a_failure_that_began_before_goes_on_behind_maintenance_as_the_same_one(world: World) -> None:
    announced(world, 60, 160)
    figures = world.users(range(40)).users(range(40, 170), bad=100).users(range(170, 240)).judge(239).figures(0, 240)
    assert world.spans() == [(40, 170)]
    assert (figures.downtime_minutes, figures.maintenance_minutes, figures.failures) == (30, 100, 1)
    assert world.incidents()[0].down_minutes == 30


def test_a_failure_ends_by_good_minutes_of_maintenance(world: World) -> None:
    announced(world, 60, 120)
    world.users(range(40)).users(range(40, 80), bad=100).users(range(80, 180)).judge(179)
    assert world.spans() == [(40, 80)]
    assert world.incidents()[0].down_minutes == 20


def test_judged_minute_by_minute_it_is_the_same(world: World) -> None:
    announced(world, 20, 40)
    for minute in range(60):
        world.users([minute], bad=100 * (15 <= minute < 50)).judge(minute)
    assert world.spans() == [(15, 50)]
    assert world.incidents()[0].down_minutes == 15
    assert set(world.classes(20, 40)) == {MinuteClass.MAINTENANCE}


def test_maintenance_of_a_menu_is_left_out_of_its_figures_and_makes_its_service_no_worse(make_world: MAKE_WORLD) -> None:
    search, apply = replace(a_menu("search", index=0), critical=True), a_menu("apply", routes=("/apply",), index=0)
    world = make_world(a_service(index=0, menus=(search, apply)), registered_at=LONG_BEFORE)
    announced(world, 60, 120, menus=("search",))
    world.users(range(180), menu="apply", count=40)
    world.users(range(60), menu="search").users(range(60, 120), menu="search", bad=100).users(range(120, 180), menu="search").judge(179)
    assert (world.incidents(), world.incidents("search")) == ([], [])
    assert world.classes(60, 120) == [MinuteClass.UP] * 60
    assert world.classes(60, 120, "search") == [MinuteClass.MAINTENANCE] * 60


def test_maintenance_of_a_menu_hides_no_failure_of_another(make_world: MAKE_WORLD) -> None:
    world = make_world(
        a_service(index=0, menus=(a_menu("search", index=0), a_menu("apply", routes=("/apply",), index=0))), registered_at=LONG_BEFORE
    )
    announced(world, 60, 120, menus=("search",))
    for menu in ("search", "apply"):
        world.users(range(60), menu=menu).users(range(60, 120), menu=menu, bad=100).users(range(120, 180), menu=menu)
    world.judge(179)
    assert (world.spans(), world.spans("apply"), world.spans("search")) == ([(60, 120)], [(60, 120)], [])


def test_maintenance_of_the_service_is_of_each_menu(world: World) -> None:
    announced(world, 60, 120)
    world.users(range(60)).users(range(60, 120), bad=100).users(range(120, 180)).judge(179)
    assert world.incidents("home") == []
    assert world.classes(60, 120, "home") == [MinuteClass.MAINTENANCE] * 60


def test_neither_votes_nor_blocks_of_maintenance_speak_for_what_comes_after(make_world: MAKE_WORLD) -> None:
    world = make_world(replace(a_service(index=0), low_traffic_block_minutes=60), registered_at=LONG_BEFORE)
    announced(world, 60, 90)
    world.users(range(60)).users(range(60, 90), bad=100).users(range(90, 180)).judge(179)
    assert world.classes(90, 120) == [MinuteClass.UP] * 30


def test_a_check_made_in_maintenance_is_silent_after_it(world: World) -> None:
    announced(world, 60, 90)
    world.probe(range(0, 60, 10), interval_s=1200).probe(range(60, 90, 10), ok=False).probe(range(100, 180, 10)).judge(179)
    assert (world.incidents(), set(world.classes(100, 180))) == ([], {MinuteClass.UP})


def test_while_it_lasts_the_state_is_maintenance_unless_something_is_known_to_work_or_to_fail(world: World) -> None:
    announced(world, 60, 120)
    world.users(range(60)).users(range(60, 80), bad=100).judge(79)
    (state, _) = standing_of(world.service, world.register, world.telemetry, world.at(79)).states
    assert (state.state, state.since) == ("maintenance", moment_of(world.origin + 60))
    world.users(range(80, 90)).judge(89)
    assert standing_of(world.service, world.register, world.telemetry, world.at(89)).states[0].state == "up"


def test_maintenance_does_not_mask_a_failure_that_lasts(world: World) -> None:
    announced(world, 60, 120)
    world.users(range(40)).users(range(40, 80), bad=100).judge(79)
    assert standing_of(world.service, world.register, world.telemetry, world.at(79)).states[0].state == "down"


def test_cancelled_while_it_lasts_it_is_charged_from_then_on(world: World) -> None:
    maintenance = announced(world, 60, 120)
    world.users(range(60)).users(range(60, 90), bad=100).judge(89)
    cancel(world.register, maintenance.id, "operator", world.at(90))
    world.users(range(90, 120), bad=100).users(range(120, 140)).judge(139)
    assert world.spans() == [(90, 120)]


def test_the_third_maintenance_of_a_month_is_charged_from_its_ninth_hour_on() -> None:
    windows = [
        maintenance_of(saying("2026-11-01T00:00", f"2026-11-{day}T01:00", f"2026-11-{day}T04:00"), maintenance_id=day)
        for day in ("10", "17", "24")
    ]
    assert spans(*windows) == [(None, "11-10 01:00", 180), (None, "11-17 01:00", 180), (None, "11-24 01:00", 120)]


def test_each_month_of_the_site_has_its_own_hours() -> None:
    windows = [
        maintenance_of(saying("2026-11-01T00:00", "2026-11-05T00:00", "2026-11-05T06:00"), maintenance_id="a"),
        maintenance_of(saying("2026-11-01T00:00", "2026-11-30T20:00", "2026-12-01T03:00"), maintenance_id="b"),
    ]
    assert spans(*windows) == [(None, "11-05 00:00", 360), (None, "11-30 20:00", 120), (None, "12-01 00:00", 180)]


def test_it_runs_over_midnight() -> None:
    assert spans(maintenance_of(saying("2026-11-01T00:00", "2026-11-05T22:00", "2026-11-06T02:00"))) == [(None, "11-05 22:00", 240)]


def test_menus_and_the_service_share_the_hours_of_a_month() -> None:
    windows = [
        maintenance_of(saying("2026-11-01T00:00", "2026-11-05T00:00", "2026-11-05T05:00", "apply"), maintenance_id="menu"),
        maintenance_of(saying("2026-11-01T00:00", "2026-11-05T03:00", "2026-11-05T09:00"), maintenance_id="service"),
    ]
    assert spans(*windows) == [("apply", "11-05 00:00", 300), (None, "11-05 03:00", 300)]


def test_the_clock_starts_anew_for_what_a_change_adds() -> None:
    first = saying("2026-11-01T00:00", "2026-11-05T02:00", "2026-11-05T04:00")
    longer = saying("2026-11-04T20:00", "2026-11-05T01:00", "2026-11-05T05:00")
    assert spans(maintenance_of(first, longer)) == [(None, "11-05 02:00", 120)]
    assert spans(maintenance_of(first, replace(longer, at=at("2026-11-02T00:00")))) == [
        (None, "11-05 01:00", 60),
        (None, "11-05 02:00", 120),
        (None, "11-05 04:00", 60),
    ]


def test_what_a_change_left_out_and_a_later_one_takes_up_again_is_new() -> None:
    first = saying("2026-11-01T00:00", "2026-11-05T02:00", "2026-11-05T04:00")
    shorter, again = replace(first, at=at("2026-11-02T00:00"), end=at("2026-11-05T03:00")), replace(first, at=at("2026-11-04T12:00"))
    assert spans(maintenance_of(first, shorter, again)) == [(None, "11-05 02:00", 60)]


def test_a_menu_that_a_change_adds_is_new_and_one_of_a_whole_service_is_not() -> None:
    menu = saying("2026-11-01T00:00", "2026-11-05T02:00", "2026-11-05T04:00", "apply")
    whole = replace(menu, at=at("2026-11-04T12:00"), menu_ids=())
    assert spans(maintenance_of(menu, whole)) == []
    assert spans(maintenance_of(replace(whole, at=menu.at), replace(menu, at=whole.at))) == [("apply", "11-05 02:00", 120)]


def test_a_second_less_than_a_day_before_is_late() -> None:
    in_time = saying("2026-11-04T02:00", "2026-11-05T02:00", "2026-11-05T04:00")
    assert len(spans(maintenance_of(in_time))) == 1
    assert spans(maintenance_of(replace(in_time, at=in_time.at + timedelta(seconds=1)))) == []


def test_cancelled_before_it_starts_nothing_of_it_is_left_out() -> None:
    said = saying("2026-11-01T00:00", "2026-11-05T02:00", "2026-11-05T04:00")
    assert spans(maintenance_of(said, cancelled_at=at("2026-11-03T00:00"))) == []
    assert spans(maintenance_of(said, cancelled_at=at("2026-11-05T03:00"))) == [(None, "11-05 02:00", 60)]
    assert minute_of(said.start) % 60 == 0
