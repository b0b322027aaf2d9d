"""How services stand now, and how their days were."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from observatory.flows.current_states import standing_of
from observatory.flows.figures import day_marks
from observatory.judge.days import moment_of
from observatory.readmodel.incident_so_far import so_far
from tests.builders import a_service
from tests.judge.world import World


def states(world: World, minute: int) -> list[tuple[str, int | None]]:
    """Return state and since (minutes of the test) of the service and its menus."""
    found = standing_of(world.service, world.register, world.telemetry, world.at(minute)).states
    return [(each.state, round((each.since - moment_of(world.origin)) / timedelta(minutes=1)) if each.since else None) for each in found]


def test_a_service_nobody_heard_of_is_unknown(world: World) -> None:
    assert states(world, 0) == [("unknown", None), ("unknown", None)]


def test_a_service_that_never_failed_is_up_longer_than_known(world: World) -> None:
    world.users(range(30)).judge(29)
    assert states(world, 29) == [("up", None), ("up", None)]


def test_a_service_in_an_incident_is_down_since_it_began(world: World) -> None:
    world.users(range(10)).users(range(10, 30), bad=100).judge(29)
    assert states(world, 29)[0] == ("down", 10)


def test_a_service_that_works_again_is_recovering_until_the_incident_is_over(world: World) -> None:
    world.users(range(20), bad=100).users(range(20, 23)).judge(22)
    assert states(world, 22)[0] == ("recovering", 20)
    assert [each.severity for each in world.incidents()] == ["major"]
    world.users(range(23, 25)).judge(24)
    assert states(world, 24)[0] == ("up", 20)


def test_a_slow_or_silent_service_recovers_too_and_one_that_fails_again_does_not(world: World) -> None:
    world.users(range(20), bad=100).users(range(20, 22), slow=90).judge(24)
    assert states(world, 24)[0] == ("recovering", 20)
    world.users([25], bad=20).judge(25)
    assert states(world, 25)[0] == ("partial", 0)


def test_no_failure_is_published_longer_than_it_lasts(world: World) -> None:
    world.users(range(10)).users(range(10, 15), bad=100)
    for minute in range(12, 15):
        world.judge(minute)
        (incident,) = [so_far(each, world.service, world.register, world.telemetry, world.at(minute)) for each in world.incidents()]
        assert (incident.down_minutes, incident.partial_minutes) == (minute - 10, 0)
        figures = world.figures(0, 60, at=minute)
        assert (figures.downtime_minutes, figures.requests) == (minute - 10, 100 * (minute + 1))
        assert day_marks(world.service, world.register, world.telemetry, world.at(minute), 1)[0].downtime_minutes == minute - 10


def test_an_incident_that_is_over_is_published_as_it_was_judged(world: World) -> None:
    world.users(range(10), bad=100).users(range(10, 30)).judge(29)
    (incident,) = world.incidents()
    assert so_far(incident, world.service, world.register, world.telemetry, world.at(29)) is incident


def test_one_bad_minute_is_no_failure_yet(world: World) -> None:
    world.users(range(10)).users([10], bad=100).judge(10)
    assert states(world, 10)[0] == ("up", None)


def test_a_slow_service_is_slow_since_it_became_so(world: World) -> None:
    world.users(range(10)).users(range(10, 20), slow=90).judge(19)
    assert states(world, 19)[0] == ("degraded", 10)


def test_a_state_does_not_flicker_between_fast_and_slow(world: World) -> None:
    for minute in range(40):
        world.users([minute], slow=90 if minute >= 10 and minute % 2 == 0 else 0)
    world.judge(39)
    changes = [states(world, minute)[0] for minute in range(39)]
    switched = [minute for minute in range(1, 39) if changes[minute][0] != changes[minute - 1][0]]
    assert switched == [10, 15, 20, 25, 30, 35]
    since = [at for _, at in changes if at is not None]
    assert since == sorted(since)


def test_a_slow_service_is_fast_again_below_four_tenths(world: World) -> None:
    world.users(range(10)).users(range(10, 20), slow=60).users(range(20, 30), slow=45).users(range(30, 40), slow=39).judge(39)
    assert [states(world, minute)[0] for minute in (19, 29, 39)] == [("degraded", 10), ("degraded", 10), ("up", 30)]


def test_outside_service_hours_nothing_is_down(make_world: Callable[..., World]) -> None:
    world = make_world(replace(a_service(index=0), hours="10:00-18:00"))
    closing = 8 * 60
    world.users(range(closing - 20)).users(range(closing - 20, closing + 60), bad=100).judge(closing + 59)
    assert [states(world, minute)[0] for minute in (closing - 1, closing, closing + 59)] == [
        ("down", closing - 20),
        ("closed", closing),
        ("closed", closing),
    ]


def test_ten_minutes_of_silence_make_a_service_unknown(world: World) -> None:
    world.users(range(10)).judge(19)
    assert states(world, 18)[0] == ("up", None)
    assert states(world, 19)[0] == ("unknown", 10)


def test_users_and_probes_that_agree_raise_no_flag(world: World) -> None:
    world.users(range(30)).probe(range(30)).probe(range(30, 60), ok=False).judge(59)
    assert [each.disagreement for each in standing_of(world.service, world.register, world.telemetry, world.at(59)).states] == [
        False,
        False,
    ]


def test_outside_service_hours_there_is_nothing_to_disagree_about(make_world: Callable[..., World]) -> None:
    world = make_world(replace(a_service(index=0), hours="10:00-18:00"))
    closing = 8 * 60
    world.users(range(closing + 30)).probe(range(closing + 30), ok=False).judge(closing + 29)
    assert [
        standing_of(world.service, world.register, world.telemetry, world.at(minute)).states[0].disagreement
        for minute in (closing - 1, closing + 5)
    ] == [True, False]


def test_a_short_stop_is_in_the_downtime_of_its_day_and_makes_it_no_day_of_failure(world: World) -> None:
    world.users(range(60)).users(range(10, 12), bad=100).judge(59)
    (mark,) = day_marks(world.service, world.register, world.telemetry, world.at(59), 1)
    assert (mark.state, mark.downtime_minutes, mark.measured_minutes) == ("up", 2, 59)


def test_days_are_marked_by_the_worst_that_lasted(world: World) -> None:
    day = 1440
    world.users(range(60)).users(range(10, 15), slow=100).users(range(day, day + 60), slow=60)
    world.users(range(2 * day, 2 * day + 60)).users(range(2 * day, 2 * day + 20), bad=20)
    world.users(range(3 * day, 3 * day + 60)).users(range(3 * day, 3 * day + 20), bad=200).judge(3 * day + 100)
    marks = day_marks(world.service, world.register, world.telemetry, world.at(3 * day + 100), 5)
    assert [mark.state for mark in marks] == ["unknown", "up", "degraded", "partial", "down"]
    assert [(mark.downtime_minutes, mark.partial_minutes, mark.measured_minutes) for mark in marks[-2:]] == [(0, 20, 60), (20, 0, 60)]
