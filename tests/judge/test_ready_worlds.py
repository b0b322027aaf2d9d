"""Whatever happens, and in whatever order it becomes known: what is kept ready is what would be made, accounts are what strips say."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observatory.flows.judging import sum_days
from observatory.judge.days import civil_day, day_of, minute_of
from observatory.judge.windows import named_window
from observatory.readmodel.checking_ready import ReadyCheck
from observatory.readmodel.making_ready import MakingReady
from observatory.readmodel.site_state import SiteState
from observatory.readmodel.summary import Summary
from tests.judge.stories import STEP_MINUTES, Story, declare, judge, next_world, stories, tell
from tests.judge.world import World

LATER = (0, 1, 7, 61, 700, 1500)
"""Minutes after its end at which a story is looked at again."""


class Publishing:
    """Makes a world's service ready, as the step does, at whatever moment the world's clock shows."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.minute = 0
        self.summary = Summary(world.register, world.telemetry, lambda: world.at(self.minute))
        self.making = MakingReady(self.summary.maker, self.summary.versions)

    @property
    def site(self) -> SiteState:
        return self.summary.state()

    def keep(self, minute: int) -> None:
        self.minute = minute
        self.world.telemetry.keep_published(self.making.parts_of(self.world.service, self.site))

    def wrong(self) -> list[str]:
        check = ReadyCheck(self.world.telemetry, self.making)
        assert not list(check.wrong_accounts(self.world.service))
        return [part.name for part in check.wrong_parts(self.world.service, self.site)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(story=stories(), order=st.randoms(use_true_random=False), gap=st.sampled_from([1, 1, 3]))
def test_what_is_kept_ready_is_what_would_be_made(many: tuple[World, Iterator[int]], story: Story, order: Random, gap: int) -> None:
    world = next_world(many, story)
    declare(world, story)
    publishing = Publishing(world)
    pieces = [(start, menu) for start in range(0, story.end, STEP_MINUTES) for menu in range(len(story.menus))]
    late = [piece for piece in pieces if order.random() < 0.3]
    for number, (start, menu) in enumerate(piece for piece in pieces if piece not in late):
        tell(world, story, start, start + STEP_MINUTES, menu)
        if number % gap == 0:
            judge(world, start + STEP_MINUTES)
            publishing.keep(start + STEP_MINUTES)
            assert not publishing.wrong()
    for start, menu in late:
        tell(world, story, start, start + STEP_MINUTES, menu)
    for later in LATER:
        judge(world, story.end + later)
        publishing.keep(story.end + later)
        assert not publishing.wrong()


def test_a_day_that_is_forgotten_changes_nothing_that_is_read(world: World) -> None:
    day = 1440
    world.users(range(day), bad=0).users(range(300, 330), bad=100)
    judge(world, day)
    sum_days(world.service, day_of(world.origin, ZoneInfo("Asia/Seoul")), world, world.at(3 * day))
    publishing = Publishing(world)
    publishing.keep(3 * day)
    month = named_window("30d", publishing.site.zone, publishing.site.now)
    before = publishing.summary.figures(world.service.id, month)
    assert before.downtime_minutes == 30
    second_day = day_of(minute_of(world.at(2 * day)), publishing.site.zone)
    midnight = civil_day(second_day, publishing.site.zone).span.first
    while world.telemetry.forget(world.at(3 * day), world.at(3 * day), midnight, second_day):
        pass
    assert world.telemetry.strips(world.service.index, date.min, second_day) == []
    assert not publishing.wrong()
    world.telemetry.keep_published(publishing.making.parts_of(world.service, publishing.site, from_scratch=True))
    assert replace(publishing.summary.figures(world.service.id, month), revision=before.revision) == before
