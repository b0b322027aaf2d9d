"""The judge against the method written down naively, whatever happens and in whatever order it becomes known."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observatory.judge import expectation
from observatory.judge.days import Span, minute_of
from observatory.judge.method import IN_FORCE
from observatory.judge.outages import Course, detect
from observatory.model.incident import Verdict
from tests.judge import naive_method
from tests.judge.naive_method import NaiveIncident, NaiveMenu
from tests.judge.stories import MENU_IDS, STEP_MINUTES, Story, declare, judge, next_world, stories, tell
from tests.judge.world import World


def _found(world: World, menu_id: str | None) -> list[NaiveIncident]:
    return [
        NaiveIncident(
            minute_of(each.started_at) - world.origin,
            minute_of(each.ended_at) - world.origin if each.ended_at else None,
            each.end_reason,
            each.down_minutes,
            each.partial_minutes,
        )
        for each in world.incidents(menu_id)
    ]


def _agree(world: World, story: Story) -> None:
    service, menus = naive_method.verdicts_of_service(story.menus, story.end, story.block, story.blind)
    for menu_id, verdicts in ((None, service), *zip(MENU_IDS, menus, strict=False)):
        assert [int(verdict) for verdict in world.verdicts(0, story.end, menu_id)] == verdicts
        assert _found(world, menu_id) == naive_method.incidents(verdicts)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(story=stories())
def test_what_is_judged_at_once_agrees_with_the_naive_method(many: tuple[World, Iterator[int]], story: Story) -> None:
    world = next_world(many, story)
    declare(world, story)
    for menu in range(len(story.menus)):
        tell(world, story, 0, story.end, menu)
    judge(world, story.end - 1)
    _agree(world, story)


class Told:
    """What has become known of a story, and what the naive method published of it so far."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.known: list[set[int]] = [set() for _ in story.menus]
        self.published: list[list[int]] = [[] for _ in range(len(story.menus) + 1)]
        self.evident: list[list[bool]] = [[] for _ in self.published]

    def tell(self, world: World, start: int, menu: int) -> None:
        tell(world, self.story, start, start + STEP_MINUTES, menu)
        self.known[menu].update(range(start, start + STEP_MINUTES))

    def judge(self, world: World, minute: int) -> None:
        judge(world, minute)
        menus, story = [self._part(menu) for menu in range(len(self.known))], self.story
        service, of_menus = naive_method.verdicts_of_service(menus, minute + 1, story.block, story.blind)
        evident, evident_to_menus = naive_method.evident_to_service(menus, minute + 1, story.block, story.blind)
        now = [service, *of_menus]
        self.published = [naive_method.held(*each, minute) for each in zip(self.published, self.evident, now, strict=True)]
        self.evident = [evident, *evident_to_menus]

    def _part(self, menu: int) -> NaiveMenu:
        whole, known = self.story.menus[menu], self.known[menu]
        votes = {vantage: {minute: vote for minute, vote in of.items() if minute in known} for vantage, of in whole.votes.items()}
        return replace(whole, requests={minute: each for minute, each in whole.requests.items() if minute in known}, votes=votes)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(story=stories())
def test_what_becomes_known_in_any_order_agrees_with_the_naive_method(many: tuple[World, Iterator[int]], story: Story) -> None:
    world, told = next_world(many, story), Told(story)
    declare(world, story)
    steps = range(0, story.end, STEP_MINUTES)
    due = [
        (step + 1 + story.delays[(step * 2 + menu) % len(story.delays)], start, menu)
        for step, start in enumerate(steps)
        for menu in range(len(story.menus))
    ]
    for step in range(1, len(steps)):
        for _, start, menu in [each for each in due if each[0] == step]:
            told.tell(world, start, menu)
        told.judge(world, step * STEP_MINUTES - 1)
    for _, start, menu in [each for each in due if each[0] >= len(steps)]:
        told.tell(world, start, menu)
    told.judge(world, story.end - 1)
    for menu_id, verdicts in zip((None, *MENU_IDS), told.published, strict=False):
        assert [int(verdict) for verdict in world.verdicts(0, story.end, menu_id)] == verdicts
        assert _found(world, menu_id) == naive_method.incidents(verdicts)


@given(segments=st.lists(st.tuples(st.sampled_from([*Verdict]), st.one_of(st.integers(1, 4), st.integers(55, 65))), max_size=40))
def test_outages_are_those_of_the_naive_state_machine(segments: list[tuple[Verdict, int]]) -> None:
    verdicts = [verdict for verdict, length in segments for _ in range(length)]
    found = [(outage.first, outage.end, outage.reason) for outage in detect(Course.of(np.array(verdicts, np.uint8), 0), IN_FORCE)]
    assert found == [(each.first, each.end, each.reason) for each in naive_method.incidents(verdicts)]


@given(
    segments=st.lists(
        st.tuples(st.sampled_from([*Verdict]), st.one_of(st.integers(1, 7), st.integers(55, 65)), st.booleans()), min_size=1, max_size=40
    )
)
def test_outages_around_maintenance_are_those_of_the_naive_state_machine(segments: list[tuple[Verdict, int, bool]]) -> None:
    """Time stands still in its bad minutes: the 15 and 60 minutes in which an outage opens are those of the others."""
    minutes = [(verdict, maintained) for verdict, length, maintained in segments for _ in range(length)]
    verdicts = np.array([verdict for verdict, _ in minutes], np.uint8)
    excused = np.array([maintained and verdict >= Verdict.PARTIAL for verdict, maintained in minutes])
    course = Course.of(verdicts, 0, excused)
    left = [verdict for (verdict, _), passed_over in zip(minutes, excused.tolist(), strict=True) if not passed_over]
    found = [
        (course.position(outage.first), None if outage.end is None else course.position(outage.end), outage.reason)
        for outage in detect(course, IN_FORCE)
    ]
    assert found == [(each.first, each.end, each.reason) for each in naive_method.incidents(left)]


@given(
    counts=st.lists(st.tuples(st.integers(-4 * 10080 - 20, -10080 + 20), st.integers(0, 500)), max_size=60),
    left_out=st.sets(st.integers(-10080 - 10, -10080 + 10)),
    history_days=st.integers(0, 40),
    start=st.integers(-15, 15),
)
def test_what_is_expected_is_the_naive_median(counts: list[tuple[int, int]], left_out: set[int], history_days: int, start: int) -> None:
    known, span, history_first = dict(counts), Span(start, start + 25), -history_days * 1440
    past = [
        expectation.leave_out(
            np.array([known.get(minute, 0) for minute in range(week.first, week.end)], np.int64),
            week,
            [Span(minute, minute + 1) for minute in left_out],
            history_first,
        )
        for week in expectation.weeks_before(span, IN_FORCE)
    ]
    naive = [naive_method.expected(known, minute, history_first, frozenset(left_out)) for minute in range(span.first, span.end)]
    assert np.maximum(expectation.usual(span, past, history_first, IN_FORCE), 0).tolist() == naive
