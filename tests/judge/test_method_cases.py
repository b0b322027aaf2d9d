"""The cases of method section 9, one test each."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from observatory.flows.current_states import standing_of
from observatory.judge.account import floor_ratio
from observatory.model.columns import Source
from observatory.model.incident import MinuteClass, Verdict
from observatory.model.minute import Counter
from tests.builders import a_menu, a_service
from tests.judge.world import ZERO, World

DAY = 1440


def test_a_clean_hour_is_a_hundred_percent_available(world: World) -> None:
    figures = world.users(range(60)).judge(59).figures(0, 60)
    assert (figures.availability_percent, figures.measured_minutes, figures.downtime_minutes) == (100.0, 60, 0)


def test_twenty_minutes_of_server_errors_are_one_major_incident(world: World) -> None:
    world.users(range(10)).users(range(10, 30), bad=100).users(range(30, 60)).judge(59)
    assert world.spans() == [(10, 30)]
    assert (world.incidents()[0].severity, world.incidents()[0].down_minutes) == ("major", 20)
    assert world.figures(0, 60).downtime_minutes == 20


def test_a_dead_service_is_down_from_the_first_minute_without_records(world: World) -> None:
    world.users(range(30)).probe(range(30)).probe(range(30, 50), ok=False).judge(49)
    assert world.spans() == [(30, None)]
    assert world.incidents()[0].detected_by == "probes"


def test_a_few_survivors_do_not_outvote_probes_that_fail(world: World) -> None:
    for week in range(4):
        world.users(range(week * 7 * DAY, week * 7 * DAY + 60), count=1000).judge(week * 7 * DAY + 60)
    now = 4 * 7 * DAY
    world.users(range(now, now + 30), count=30).probe(range(now, now + 30), ok=False).judge(now + 29)
    assert set(world.verdicts(now, now + 30)) == {Verdict.DOWN}


def test_a_holiday_without_traffic_is_up_while_probes_are_fine(world: World) -> None:
    for week in range(4):
        world.users(range(week * 7 * DAY, week * 7 * DAY + 60), count=1000).judge(week * 7 * DAY + 60)
    now = 4 * 7 * DAY
    world.users(range(now, now + 30), count=30, slow=30).probe(range(now, now + 30)).judge(now + 29)
    assert set(world.verdicts(now, now + 30)) == {Verdict.UP}


def test_without_two_weeks_of_history_traffic_cannot_vanish(world: World) -> None:
    world.users(range(60), count=1000).judge(60)
    now = 7 * DAY
    world.users(range(now, now + 30), count=30).probe(range(now, now + 30), ok=False).judge(now + 29)
    assert set(world.verdicts(now, now + 30)) == {Verdict.UP}


def test_a_blocked_prober_does_not_make_a_service_down_that_users_can_use(world: World) -> None:
    world.users(range(30)).probe(range(30), ok=False).judge(29)
    assert set(world.verdicts(0, 30)) == {Verdict.UP}
    assert standing_of(world.service, world.register, world.telemetry, world.at(29)).states[0].disagreement


def test_a_stop_of_two_minutes_is_downtime_and_no_incident(world: World) -> None:
    world.users(range(10)).users(range(10, 12), bad=100).users(range(12, 30)).judge(29)
    assert world.incidents() == []
    assert world.classes(0, 30).count(MinuteClass.ISOLATED) == 2
    figures = world.figures(0, 30)
    assert (figures.downtime_minutes, figures.isolated_minutes, figures.availability_percent) == (2, 2, 93.333)
    (menu,) = figures.menus
    assert (menu.downtime_minutes, menu.isolated_minutes, menu.partial_minutes) == (2, 2, 0)


def test_bad_every_other_minute_is_one_incident(world: World) -> None:
    world.users(range(0, 20, 2), bad=100).users(range(1, 20, 2)).users(range(20, 40)).judge(39)
    assert world.spans() == [(0, 19)]
    assert (world.incidents()[0].down_minutes, world.incidents()[0].partial_minutes) == (10, 9)


def test_one_request_in_ten_failing_is_partial_and_lowers_only_availability_of_any_kind(world: World) -> None:
    figures = world.users(range(60), bad=10).judge(59).figures(0, 60)
    assert world.incidents()[0].severity == "partial"
    assert (figures.availability_percent, figures.availability_any_percent, figures.partial_minutes) == (100.0, 0.0, 60)


def test_slow_without_errors_is_degraded_and_no_downtime(world: World) -> None:
    figures = world.users(range(60), slow=50).judge(59).figures(0, 60)
    assert set(world.verdicts(0, 60)) == {Verdict.DEGRADED}
    assert (figures.availability_percent, figures.downtime_minutes, world.incidents()) == (100.0, 0, [])


def test_what_a_blind_observatory_slept_through_is_unknown_and_lowers_coverage(world: World) -> None:
    world.telemetry.beat(ZERO, first=True)
    world.telemetry.beat(ZERO + 39, first=False)
    world.telemetry.beat(ZERO + 60, first=True)
    figures = world.users([*range(40), *range(60, 80)]).judge(79).figures(0, 80)
    assert world.verdicts(35, 65) == [Verdict.UP] * 5 + [Verdict.UNKNOWN] * 20 + [Verdict.UP] * 5
    assert (figures.unknown_minutes, figures.coverage) == (20, 0.75)


@pytest.mark.parametrize(("blind_minutes", "ends"), [(15, [(0, None)]), (61, [(0, 20), (81, None)])])
def test_a_short_blind_spell_inside_an_outage_is_bridged_and_a_long_one_ends_it(
    world: World, blind_minutes: int, ends: list[tuple[int, int | None]]
) -> None:
    world.telemetry.beat(ZERO, first=True)
    world.telemetry.beat(ZERO + 19, first=False)
    world.telemetry.beat(ZERO + 20 + blind_minutes, first=True)
    world.users([*range(20), *range(20 + blind_minutes, 100)], bad=100).judge(99)
    assert world.spans() == ends
    assert world.incidents()[0].end_reason == ("evidence_lost" if len(ends) > 1 else None)
    assert world.figures(0, 100).downtime_minutes == (100 if len(ends) == 1 else 39)


def test_a_service_that_turns_everybody_away_is_partly_failing(world: World) -> None:
    world.users(range(10)).users(range(10, 30), count=0, throttled=100).users(range(30, 60)).judge(59)
    assert world.verdicts(10, 30) == [Verdict.PARTIAL] * 20
    assert [incident.severity for incident in world.incidents()] == ["partial"]


def test_nineteen_failing_requests_a_minute_are_down_in_blocks_of_an_hour(make_world: Callable[..., World]) -> None:
    world = make_world(replace(a_service(index=0), low_traffic_block_minutes=60))
    world.users(range(0, DAY, 20), count=6, bad=6).judge(DAY - 1)
    assert set(world.verdicts(0, DAY)) == {Verdict.DOWN}


def test_two_of_every_five_minutes_dead_are_one_incident_and_not_a_hundred_percent(world: World) -> None:
    dead = [minute for minute in range(3 * DAY) if minute % 5 < 2]
    world.users(sorted({*range(3 * DAY)} - {*dead})).users(dead, bad=100).judge(3 * DAY - 1)
    assert len(world.incidents()) == 1
    availability = world.figures(0, 3 * DAY).availability_percent
    assert availability is not None
    assert availability < 61


def test_one_dead_critical_menu_of_two_makes_a_service_down(make_world: Callable[..., World]) -> None:
    menus = tuple(replace(a_menu(name, index=0), critical=True) for name in ("search", "apply"))
    world = make_world(a_service(index=0, menus=menus))
    world.users(range(60), menu="search", count=1000).users(range(60), menu="apply", count=30, bad=30).judge(59)
    assert set(world.verdicts(0, 60)) == {Verdict.DOWN}


def test_what_failed_while_the_observatory_was_off_is_charged_when_its_logs_arrive(world: World) -> None:
    world.telemetry.beat(ZERO, first=True)
    world.telemetry.beat(ZERO + 10, first=False)
    world.telemetry.beat(ZERO + 60, first=True)
    world.users([*range(10), *range(60, 70)]).judge(69)
    assert world.incidents() == []
    world.users(range(10, 60), bad=100).judge(70)
    assert (world.spans(), world.figures(0, 60).downtime_minutes) == ([(10, 60)], 50)


def test_low_traffic_without_probes_has_no_availability(world: World) -> None:
    figures = world.users(range(60), count=19, bad=19).judge(59).figures(0, 60)
    assert (figures.availability_percent, figures.measured_minutes, figures.coverage) == (None, 0, 0.0)
    (menu,) = figures.menus
    assert (menu.downtime_minutes, menu.isolated_minutes, menu.partial_minutes) == (None, None, None)
    assert (figures.downtime_minutes, figures.isolated_minutes, figures.partial_minutes) == (None, None, None)
    assert (figures.partial_share_minutes, figures.blip_minutes) == (None, None)


def test_one_vantage_of_three_failing_is_up(world: World) -> None:
    world.probe(range(30), vantage=0).probe(range(30), vantage=1).probe(range(30), vantage=2, ok=False).judge(29)
    assert set(world.verdicts(0, 30)) == {Verdict.UP}


def test_two_vantages_that_disagree_are_partial(world: World) -> None:
    world.probe(range(30), vantage=0).probe(range(30), vantage=1, ok=False).judge(29)
    assert set(world.verdicts(0, 30)) == {Verdict.PARTIAL}


def test_blocks_of_five_minutes_do_not_bleed_into_each_other(make_world: Callable[..., World]) -> None:
    world = make_world(replace(a_service(index=0), low_traffic_block_minutes=5))
    world.users(range(5), count=5).users(range(5, 10), count=5, bad=5).users(range(10, 15), count=3).judge(29)
    assert world.verdicts(0, 15) == [Verdict.UP] * 5 + [Verdict.DOWN] * 5 + [Verdict.UNKNOWN] * 5


@pytest.mark.parametrize(("down", "percent"), [(34, 99.921), (35, 99.918), (43, 99.900), (44, 99.898)])
def test_availability_is_cut_and_never_rounded_up(down: int, percent: float) -> None:
    assert floor_ratio(100 * (43200 - down), 43200, 1000) == percent


def test_thirty_days_add_up_to_the_figures_of_thirty_days(world: World) -> None:
    for day in range(30):
        world.users(range(day * DAY, day * DAY + 600), duration_ms=50 + day).users(range(day * DAY + 600, day * DAY + 610 + day), bad=90)
    world.judge(30 * DAY + 30)
    days = [world.figures(day * DAY - 600, (day + 1) * DAY - 600, at=31 * DAY) for day in range(31)]
    whole = world.figures(-600, 31 * DAY - 600, at=31 * DAY)
    for name in ("downtime_minutes", "partial_minutes", "measured_minutes", "unknown_minutes", "requests", "failed_requests"):
        assert sum(getattr(day, name) or 0 for day in days) == getattr(whole, name), name
    assert sum(day.load_time.n for day in days) == whole.load_time.n


def test_downtime_and_partial_minutes_are_the_measured_minutes_of_the_listed_incidents(world: World) -> None:
    world.users(range(600)).users(range(50, 70), bad=100).users(range(200, 230), count=50, bad=20).users(range(400, 402), bad=100)
    figures = world.judge(599).figures(0, 600)
    incidents = world.incidents()
    assert len(incidents) == 2
    assert figures.isolated_minutes == 2
    down = (figures.downtime_minutes or 0) - (figures.isolated_minutes or 0)
    assert down + (figures.partial_minutes or 0) == sum(incident.measured_minutes for incident in incidents) > 0


def test_later_minutes_never_change_a_closed_incident(world: World) -> None:
    world.users(range(10)).users(range(10, 30), bad=100).users(range(30, 40)).judge(39)
    closed = world.incidents()
    for minute in range(40, 400, 7):
        world.users(range(minute, minute + 7), bad=100 * (minute % 2)).judge(minute + 6)
    assert world.incidents()[0] == closed[0]


def test_late_minutes_raise_the_revision_and_mend_the_incident(world: World) -> None:
    world.users(range(10)).users(range(10, 30), bad=100).judge(34)
    before, revision = world.incidents()[0], world.telemetry.revision(world.service.index)
    assert world.spans() == [(10, None)]
    world.users(range(30, 60)).judge(59)
    assert world.spans() == [(10, 30)]
    assert (world.incidents()[0].id, world.incidents()[0].detected_at) == (before.id, before.detected_at)
    assert world.telemetry.revision(world.service.index) > revision


def test_a_service_added_in_the_middle_of_a_window_is_measured_from_then_on(make_world: Callable[..., World]) -> None:
    world = make_world(registered_at=datetime(2026, 3, 2, 1, 40, tzinfo=UTC))
    figures = world.users(range(50, 100)).judge(99).figures(0, 100)
    assert (figures.measured_minutes, figures.unknown_minutes, figures.unobserved_minutes, figures.coverage) == (50, 10, 40, 0.5)


def test_a_window_before_a_service_was_observed_is_unobserved_as_long_as_it_is(world: World) -> None:
    figures = world.users(range(60)).judge(60).figures(-9 * DAY, -2 * DAY, at=60)
    assert (figures.measured_minutes, figures.unknown_minutes, figures.unobserved_minutes, figures.coverage) == (0, 0, 7 * DAY, 0.0)


def test_backfilled_minutes_count_from_the_first_of_them(world: World) -> None:
    figures = world.users(range(-60, 0)).judge(0).figures(-120, 0, at=0)
    assert (figures.measured_minutes, figures.unobserved_minutes, figures.coverage) == (60, 60, 0.5)


def test_an_incident_across_midnight_counts_in_the_day_it_began_and_its_minutes_are_split(world: World) -> None:
    midnight = 14 * 60
    world.users(range(midnight - 60, midnight - 5)).users(range(midnight - 10, midnight - 5), bad=200).judge(midnight - 5)
    world.users(range(midnight - 5, midnight + 60)).users(range(midnight - 5, midnight + 20), bad=200).judge(midnight + 59)
    before, after = world.figures(midnight - 60, midnight), world.figures(midnight, midnight + 60)
    assert world.spans() == [(midnight - 10, midnight + 20)]
    assert (before.downtime_minutes, after.downtime_minutes) == (10, 20)
    assert (before.mttd_minutes is not None, after.mttd_minutes, after.mttr_minutes) == (True, None, 30.0)


def test_a_day_on_which_clocks_change_has_its_own_length(make_world: Callable[..., World]) -> None:
    world = make_world(time_zone="Europe/Berlin")
    spring = int((datetime(2026, 3, 28, 23, 0, tzinfo=UTC) - datetime(2026, 3, 2, 1, 0, tzinfo=UTC)) / timedelta(minutes=1))
    world.users(range(spring, spring + 1500)).judge(spring + 1600)
    assert [len(strip) for strip in world.strips()] == [1380, 1440]
    assert world.figures(spring, spring + 1380, at=spring + 1600).measured_minutes == 1380


def test_a_critical_menu_that_is_down_makes_the_service_down(make_world: Callable[..., World]) -> None:
    critical = replace(a_menu("apply", index=0), critical=True)
    world = make_world(a_service(index=0, menus=(a_menu("search", index=0), critical)))
    world.users(range(30), menu="search", count=1000).users(range(30), menu="apply", count=30, bad=30).judge(29)
    assert set(world.verdicts(0, 30)) == {Verdict.DOWN}
    assert set(world.verdicts(0, 30, "search")) == {Verdict.UP}
    assert world.incidents()[0].menu_ids == ("apply",)
    assert world.spans("apply") == [(0, None)]


def test_requests_of_no_menu_and_of_browsers_are_no_evidence(world: World) -> None:
    world.users(range(30)).users(range(30), bad=100, source=Source.BROWSER)
    world.add(world.rows(range(30), 0, Source.ACCESS_LOG, {Counter.COUNT: 500, Counter.BAD: 500}, 10))
    assert set(world.judge(29).verdicts(0, 30)) == {Verdict.UP}


def test_a_vote_holds_for_twice_the_declared_interval(world: World) -> None:
    world.probe([0], interval_s=300).judge(60)
    assert world.verdicts(0, 12) == [Verdict.UP] * 10 + [Verdict.UNKNOWN] * 2


def test_a_vote_never_holds_longer_than_two_hours(world: World) -> None:
    world.probe([0], interval_s=6000).judge(200)
    assert world.verdicts(0, 200).count(Verdict.UP) == 120


def test_a_failed_check_every_five_minutes_opens_an_incident_until_the_next_good_vote(world: World) -> None:
    world.probe([0, 10, 15], interval_s=300).probe([5], ok=False).judge(30)
    assert world.spans() == [(5, 10)]
