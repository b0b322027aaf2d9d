"""Random histories for the judge: what happens to a service, and when each piece of it becomes known."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from observatory.flows.judging import judge_service
from observatory.judge.method import IN_FORCE
from observatory.judge.votes import hold_minutes
from tests.judge.naive_method import NaiveMenu, Requests
from tests.judge.world import ZERO, World

MENU_IDS = ("search", "apply")
SERVICES_MAX = 400
EXAMPLE_MINUTES = 2 * 1440
STEP_MINUTES = 25
BEFORE_MIDNIGHT = ZERO + 13 * 60
"""Eleven in the evening in Seoul: examples run over midnight, and blocks of an hour begin with minute 0."""

REQUESTS = {
    "up": (100, 0, 0, 0, 0),
    "few": (19, 19, 0, 0, 0),
    "down": (40, 20, 0, 0, 0),
    "partial": (100, 10, 0, 0, 0),
    "slow": (100, 0, 50, 0, 0),
    "edge": (30, 4, 0, 0, 0),
    "away": (0, 0, 0, 30, 0),
    "busy": (15, 2, 0, 15, 0),
    "refused": (100, 0, 0, 0, 80),
}
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
    """Draw a history."""
    menus, intervals = [], []
    for menu in range(draw(st.integers(1, 2))):
        votes, holds = {}, {}
        for vantage in range(draw(st.integers(0, 2))):
            interval_s = draw(st.sampled_from([30, 60, 300, 900, 6000]))
            step = max(1, interval_s // 60)
            results = draw(st.lists(st.sampled_from([True, True, False, None]), max_size=240 // step + 1))
            votes[vantage] = {index * step: result for index, result in enumerate(results) if result is not None}
            holds[vantage] = hold_minutes(interval_s, IN_FORCE)
            intervals.append((menu, vantage, interval_s))
        menus.append(NaiveMenu(_spread(draw(st.lists(pieces, max_size=12))), votes, holds, critical=draw(st.booleans())))
    known = [minute for menu in menus for minute in (*menu.requests, *(each for votes in menu.votes.values() for each in votes))]
    blind_first = draw(st.integers(1, 200))
    blind = frozenset(range(blind_first, blind_first + draw(st.sampled_from([0, 0, 5, 15, 16, 70]))))
    end = max(known, default=0) + 1 + draw(st.integers(0, 70))
    return Story(tuple(menus), tuple(intervals), end, draw(st.sampled_from([1, 1, 5, 60])), blind, draw(_delays))


_delays = st.tuples(*[st.sampled_from([0, 0, 1, 2, 5, 99])] * 8)


def _spread(segments: list[tuple[str, int]]) -> dict[int, Requests]:
    requests: dict[int, Requests] = {}
    minute = 0
    for kind, length in segments:
        if kind != "silent":
            requests.update(dict.fromkeys(range(minute, minute + length), REQUESTS[kind]))
        minute += length
    return {minute: each for minute, each in requests.items() if minute < 240}


def next_world(many: tuple[World, Iterator[int]], story: Story) -> World:
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


def tell(world: World, story: Story, start: int, end: int, menu: int) -> None:
    """Let the rows of some minutes of a menu come in, several batches of them."""
    naive, menu_id = story.menus[menu], MENU_IDS[menu]
    for kind in set(naive.requests.values()):
        minutes = [minute for minute, each in naive.requests.items() if each == kind and start <= minute < end]
        if minutes:
            count, bad, slow, throttled, client_error = kind
            world.users(minutes, count=count, bad=bad, slow=slow, throttled=throttled, client_error=client_error, menu=menu_id)
    for vantage, votes in naive.votes.items():
        for passed in (True, False):
            minutes = [minute for minute, each in votes.items() if each == passed and start <= minute < end]
            if minutes:
                world.probe(minutes, ok=passed, vantage=vantage, menu=menu_id)


def declare(world: World, story: Story) -> None:
    """Declare how often each vantage checks."""
    for menu, vantage, interval_s in story.intervals_s:
        world.probe([], vantage=vantage, menu=MENU_IDS[menu], interval_s=interval_s)


def judge(world: World, minute: int) -> None:
    """Judge what waits of this service, and the time that passed."""
    now = world.at(minute)
    for seen in world.telemetry.unjudged():
        if seen.service == world.service.index:
            judge_service(world.service, seen, world, now)
    judge_service(world.service, None, world, now)
