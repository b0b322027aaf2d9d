"""The judge against the method written down naively, whatever happens and in whatever order it becomes known."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observatory.judge import expectation
from observatory.judge.days import Span, minute_of
from observatory.judge.outages import detect
from observatory.judge.votes import hold_minutes
from observatory.model.incident import Verdict
from observatory.telemetry_flow import judge_service
from tests.builders import a_menu, a_service
from tests.judge import naive_method
from tests.judge.naive_method import NaiveIncident, NaiveMenu
from tests.judge.world import ZERO, World, close_world, open_world

MENU_IDS = ("search", "apply")
SERVICES_MAX = 400
EXAMPLE_MINUTES = 2 * 1440
STEP_MINUTES = 25
BEFORE_MIDNIGHT = ZERO + 12 * 60 + 30
"""Half past ten in the evening in Seoul: examples run over midnight."""

REQUESTS = {"up": (100, 0, 0), "few": (19, 19, 0), "down": (40, 20, 0), "partial": (100, 10, 0), "slow": (100, 0, 50), "edge": (30, 4, 0)}
pieces = st.tuples(st.sampled_from(["silent", "silent", *REQUESTS]), st.one_of(st.integers(1, 8), st.integers(1, 80)))


@dataclass(frozen=True)
class Story:
    """What happens, and when each piece of it becomes known."""

    menus: tuple[NaiveMenu, ...]
    intervals_s: tuple[tuple[int, int, int], ...]
    end: int
    block: int
    blind: frozenset[int]
    delays: tuple[int, ...]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    menus, intervals = [], []
    for menu in range(draw(st.integers(1, 2))):
        votes, holds = {}, {}
        for vantage in range(draw(st.integers(0, 2))):
            interval_s = draw(st.sampled_from([30, 60, 300, 900, 6000]))
            step = max(1, interval_s // 60)
            results = draw(st.lists(st.sampled_from([True, True, False, None]), max_size=240 // step + 1))
            votes[vantage] = {index * step: result for index, result in enumerate(results) if result is not None}
            holds[vantage] = hold_minutes(interval_s)
            intervals.append((menu, vantage, interval_s))
        menus.append(NaiveMenu(_spread(draw(st.lists(pieces, max_size=12))), votes, holds, draw(st.booleans())))
    known = [minute for menu in menus for minute in (*menu.requests, *(each for votes in menu.votes.values() for each in votes))]
    blind_first = draw(st.integers(1, 200))
    blind = frozenset(range(blind_first, blind_first + draw(st.sampled_from([0, 0, 5, 15, 16, 70]))))
    end = max(known, default=0) + 1 + draw(st.integers(0, 70))
    return Story(tuple(menus), tuple(intervals), end, draw(st.sampled_from([1, 1, 5])), blind, draw(_delays))


_delays = st.tuples(*[st.sampled_from([0, 0, 1, 2, 5, 99])] * 8)


def _spread(segments: list[tuple[str, int]]) -> dict[int, tuple[int, int, int]]:
    requests, minute = {}, 0
    for kind, length in segments:
        if kind != "silent":
            requests.update(dict.fromkeys(range(minute, minute + length), REQUESTS[kind]))
        minute += length
    return {minute: each for minute, each in requests.items() if minute < 240}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Iterator[int]]]:
    menus = tuple(a_menu(menu_id, index=0) for menu_id in MENU_IDS)
    world = open_world(tmp_path_factory.mktemp("many"), *(a_service(f"s{number}", index=0, menus=menus) for number in range(SERVICES_MAX)))
    yield world, count()
    close_world(world)


def _next_world(many: tuple[World, Iterator[int]], story: Story) -> World:
    """Return a world of a fresh service, in days no example had before: being blind is the same for all services."""
    world, numbers = many
    number = next(numbers)
    service = world.register.catalogue().services[number % SERVICES_MAX]
    assert number < SERVICES_MAX, "more examples than services"
    menus = tuple(replace(menu, critical=naive.critical) for menu, naive in zip(service.menus, story.menus, strict=False))
    service = replace(service, menus=menus, low_traffic_block_minutes=story.block)
    fresh = World(world.register, world.telemetry, service, origin=BEFORE_MIDNIGHT + number * EXAMPLE_MINUTES)
    awake = sorted(set(range(max([story.end, *story.blind]) + 2)) - story.blind)
    for minute in awake:
        if minute in (awake[0], awake[-1]) or {minute - 1, minute + 1} & story.blind:
            fresh.telemetry.beat(fresh.origin + minute, first=minute - 1 in story.blind)
    return fresh


def _tell(world: World, story: Story, start: int, end: int, menu: int) -> None:
    """Let the rows of some minutes of a menu come in, several batches of them."""
    naive, menu_id = story.menus[menu], MENU_IDS[menu]
    for kind in set(naive.requests.values()):
        minutes = [minute for minute, each in naive.requests.items() if each == kind and start <= minute < end]
        if minutes:
            world.users(minutes, count=kind[0], bad=kind[1], slow=kind[2], menu=menu_id)
    for vantage, votes in naive.votes.items():
        for passed in (True, False):
            minutes = [minute for minute, each in votes.items() if each == passed and start <= minute < end]
            if minutes:
                world.probe(minutes, ok=passed, vantage=vantage, menu=menu_id)


def _declare(world: World, story: Story) -> None:
    for menu, vantage, interval_s in story.intervals_s:
        world.probe([], vantage=vantage, menu=MENU_IDS[menu], interval_s=interval_s)


def _judge(world: World, minute: int) -> None:
    now = world.at(minute)
    for seen in world.telemetry.unjudged():
        if seen.service == world.service.index:
            judge_service(world.service, seen, world, now)
    judge_service(world.service, None, world, now)


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
    world = _next_world(many, story)
    _declare(world, story)
    for menu in range(len(story.menus)):
        _tell(world, story, 0, story.end, menu)
    _judge(world, story.end - 1)
    _agree(world, story)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(story=stories())
def test_what_becomes_known_in_any_order_agrees_with_the_naive_method(many: tuple[World, Iterator[int]], story: Story) -> None:
    world = _next_world(many, story)
    _declare(world, story)
    steps = range(0, story.end, STEP_MINUTES)
    due = [
        (step + 1 + story.delays[(step * 2 + menu) % len(story.delays)], start, menu)
        for step, start in enumerate(steps)
        for menu in range(len(story.menus))
    ]
    for step in range(1, len(steps)):
        for _, start, menu in [each for each in due if each[0] == step]:
            _tell(world, story, start, start + STEP_MINUTES, menu)
        _judge(world, step * STEP_MINUTES - 1)
    for _, start, menu in [each for each in due if each[0] >= len(steps)]:
        _tell(world, story, start, start + STEP_MINUTES, menu)
    _judge(world, story.end - 1)
    _agree(world, story)


@given(segments=st.lists(st.tuples(st.sampled_from([*Verdict]), st.one_of(st.integers(1, 4), st.integers(55, 65))), max_size=40))
def test_outages_are_those_of_the_naive_state_machine(segments: list[tuple[Verdict, int]]) -> None:
    verdicts = [verdict for verdict, length in segments for _ in range(length)]
    found = [(outage.first, outage.end, outage.reason) for outage in detect(np.array(verdicts, np.uint8), 0)]
    assert found == [(each.first, each.end, each.reason) for each in naive_method.incidents(verdicts)]


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
        for week in expectation.weeks_before(span)
    ]
    naive = [naive_method.expected(known, minute, history_first, frozenset(left_out)) for minute in range(span.first, span.end)]
    assert expectation.expected(span, past, history_first).tolist() == naive
