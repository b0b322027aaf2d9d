"""Figures of whole days: told by what was kept of them, and by their strips and minutes where that is not there."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from observatory.flows.figures import figures_of
from observatory.judge.windows import named_window
from observatory.model.figure import ServiceFigures
from tests.judge.world import START, World

TO_MIDNIGHT = 14 * 60
"""Minutes from the begin of a world to its first midnight."""


def figures_of_a_week(world: World, minute: int) -> ServiceFigures:
    """Return the figures of the last seven full days as they are in a minute."""
    now = world.at(minute)
    window = named_window("7d", world.register.catalogue().site.zone, now)
    return figures_of(world.service, window, world.register, world.telemetry, now)


def test_a_day_that_has_just_ended_has_its_requests_before_they_are_summed(make_world: Callable[..., World]) -> None:
    world = make_world(registered_at=START - timedelta(days=3))
    world.users(range(TO_MIDNIGHT - 60, TO_MIDNIGHT)).judge(TO_MIDNIGHT - 1)
    figures = figures_of_a_week(world, TO_MIDNIGHT + 3)
    assert (figures.requests, figures.load_time.n, figures.measured_minutes) == (6000, 6000, 60)


def test_a_settled_day_without_load_times_has_the_requests_its_strips_tell(make_world: Callable[..., World]) -> None:
    judged, world = make_world(), make_world(registered_at=START - timedelta(days=3))
    day = judged.users(range(60)).judge(60).strips()[0].day
    strips = judged.telemetry.strips(judged.service.index, day, day.replace(day=day.day + 1))
    world.telemetry.keep_judged(None, world.service.index, [replace(strip, settled=True) for strip in strips], ())
    figures = figures_of_a_week(world, 2 * TO_MIDNIGHT)
    assert (figures.requests, figures.load_time.n, figures.measured_minutes) == (6000, 0, 60)
