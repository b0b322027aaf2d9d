"""Random worlds in; the judge and the method written down naively must say the same of every minute and every incident.

Each world is judged at once; one of ANY_ORDER again with its evidence coming in late and in any order, where what is final stands.

Usage: python -m tests.fuzz.worlds COUNT [SEED]. Ends with 1 and the world at the first disagreement.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

import numpy as np

from observatory.judge import timeline
from observatory.judge.dated import always
from observatory.judge.days import Span, civil_day, day_of, minute_of, moment_of
from observatory.judge.method import IN_FORCE, Method
from observatory.judge.service_rules import Rules
from observatory.judge.votes import hold_minutes
from observatory.model.columns import Source
from observatory.model.day import DayStrip
from observatory.model.minute import COUNTER_COUNT, Counter, MinuteCounters
from tests.builders import a_menu, a_service
from tests.fuzz.pieces import check_pieces
from tests.judge import naive_method
from tests.judge.naive_method import NaiveIncident, NaiveMenu, Requests
from tests.judge.remembered import Remembered
from tests.judge.stories import BEFORE_MIDNIGHT, MENU_IDS, REQUESTS

PIECE = 250
ANY_ORDER = 10
MINUTES = 240
STEP = 25
ZONE = ZoneInfo("Asia/Seoul")
WEEK = 10_080
COUNTERS = (Counter.COUNT, Counter.BAD, Counter.SLOW, Counter.THROTTLED, Counter.CLIENT_ERROR)
USUAL = (None, None, (0, 0), (150, 0), (600, 20), (600, 300))
"""Requests of every minute of four weeks and client errors among them; None: no history."""
INTERVALS_S = (30, 60, 300, 900, 6000)


@dataclass(frozen=True)
class Known:
    """What a world is made of, of one menu."""

    menu: NaiveMenu
    usual: tuple[int, int] | None
    intervals_s: Mapping[int, int]

    def before(self, end: int) -> NaiveMenu:
        """Return the menu with what was usual, and to be expected, of the minutes before `end`."""
        if self.usual is None:
            return self.menu
        passed, to_come = range(-60, end), dict.fromkeys(range(end, end + 60), 0)
        usual = dict.fromkeys(passed, self.usual[1]) | to_come
        return replace(self.menu, usual_client_errors=usual, expected=dict.fromkeys(passed, self.usual[0]))


@dataclass(frozen=True)
class RandomWorld:
    """A service of one or two menus, for four hours over midnight."""

    menus: tuple[Known, ...]
    block: int
    blind: frozenset[int]
    end: int

    def naive(self, end: int) -> list[NaiveMenu]:
        """Return what the naive method needs to know before minute `end`; of a block that goes on, only what has passed is usual."""
        return [known.before(end) for known in self.menus]


def a_world(chance: Random) -> RandomWorld:
    """Return a random world."""
    history = chance.random() < 0.5
    menus = tuple(_a_menu(chance, chance.choice(USUAL[2:]) if history else None) for _ in range(chance.randint(1, 2)))
    told = [
        minute for known in menus for minute in (*known.menu.requests, *(each for votes in known.menu.votes.values() for each in votes))
    ]
    blind_first = chance.randint(1, 200)
    blind = frozenset(range(blind_first, blind_first + chance.choice([0, 0, 5, 15, 16, 70])))
    return RandomWorld(menus, chance.choice([1, 1, 5, 15, 60]), blind, max(told, default=0) + 1 + chance.randint(0, 70))


def _a_menu(chance: Random, usual: tuple[int, int] | None) -> Known:
    requests: dict[int, Requests] = {}
    minute = 0
    while minute < MINUTES and chance.random() < 0.9:
        kind, length = chance.choice(["silent", "silent", *REQUESTS]), chance.randint(1, chance.choice([8, 80]))
        if kind != "silent":
            requests.update(dict.fromkeys(range(minute, min(minute + length, MINUTES)), REQUESTS[kind]))
        minute += length
    votes, intervals = {}, {}
    for vantage in range(chance.choice([0, 1, 1, 2])):
        intervals[vantage] = chance.choice(INTERVALS_S)
        every, steady = max(1, intervals[vantage] // 60), chance.choice([0.1, 0.5, 0.95])
        passed, of_vantage = True, {}
        for at in range(0, chance.randint(0, MINUTES), every):
            passed = passed if chance.random() < steady else not passed
            if chance.random() < 0.8:
                of_vantage[at] = passed
        votes[vantage] = of_vantage
    holds = {vantage: hold_minutes(interval_s, IN_FORCE) for vantage, interval_s in intervals.items()}
    return Known(NaiveMenu(requests, votes, holds, critical=chance.random() < 0.5), usual, intervals)


def judged_from(world: RandomWorld, method: Method = IN_FORCE) -> Remembered:
    """Return a history in which nothing came in yet, but for the weeks before."""
    menus = tuple(
        replace(a_menu(menu_id, index=number), critical=known.menu.critical)
        for number, (menu_id, known) in enumerate(zip(MENU_IDS, world.menus, strict=False), start=1)
    )
    service = replace(a_service(menus=menus), low_traffic_block_minutes=world.block)
    intervals = {
        (number, Source.PROBE + vantage): interval_s
        for number, known in enumerate(world.menus, start=1)
        for vantage, interval_s in known.intervals_s.items()
    }
    blind = [(BEFORE_MIDNIGHT + min(world.blind), BEFORE_MIDNIGHT + max(world.blind) + 1)] if world.blind else []
    critical = frozenset(menu.index for menu in menus if menu.critical)
    rules = (always(world.block), always(critical), always(service.grade))
    history = Remembered(Rules(service, ZONE, intervals, method, *rules, choices=((date.min, Source.ACCESS_LOG),)), blind)
    history.known.update(_weeks_before(tuple(known.usual for known in world.menus)))
    return history


@cache
def _weeks_before(usual: tuple[tuple[int, int] | None, ...]) -> dict[tuple[date, int], DayStrip]:
    """Return the strips of four weeks in which every minute was as usual."""
    if None in usual:
        return {}
    today = day_of(BEFORE_MIDNIGHT, ZONE)
    known: dict[tuple[date, int], DayStrip] = {}
    for days_ago in range(28, -2, -1):
        day = civil_day(today - timedelta(days=days_ago), ZONE)
        minutes = range(day.span.first, min(day.span.end, BEFORE_MIDNIGHT - WEEK + MINUTES + 300))
        if minutes:
            timelines = timeline.from_strips(1, (day,), ())
            timelines.sources[day.day] = Source.ACCESS_LOG
            rows = [
                _rows(number, Source.ACCESS_LOG, dict.fromkeys(minutes, (each[0], 0, 0, 0, each[1]))) for number, each in _counted(usual)
            ]
            for each in rows:
                timeline.add_rows(timelines, each)
            known.update({(strip.day, strip.menu): strip for strip in timeline.to_strips(timelines, {})})
    return known


def _counted(usual: tuple[tuple[int, int] | None, ...]) -> list[tuple[int, tuple[int, int]]]:
    return [(number, each) for number, each in enumerate(usual, start=1) if each is not None]


def _rows(menu: int, source: int, requests: Mapping[int, Requests]) -> MinuteCounters:
    """Return rows of a menu, by minutes of the world's clock."""
    minute = np.array(sorted(requests), np.int64)
    values = np.zeros((len(minute), COUNTER_COUNT), np.int64)
    values[:, COUNTERS] = np.array([requests[at] for at in minute.tolist()], np.int64).reshape(-1, len(COUNTERS))
    nothing = np.empty(0, np.int64)
    keys = (np.full(len(minute), each) for each in (1, menu, source))
    service, menus, sources = (array.astype(kind) for array, kind in zip(keys, (np.int32, np.int32, np.int16), strict=True))
    return MinuteCounters(minute, service, menus, sources, values, nothing.astype(np.int32), nothing.astype(np.int16), nothing)


def tell(history: Remembered, number: int, menu: NaiveMenu) -> None:
    """Let all that is known of a menu come in."""
    history.rows.append(_rows(number, Source.ACCESS_LOG, {BEFORE_MIDNIGHT + at: each for at, each in menu.requests.items()}))
    for vantage, votes in menu.votes.items():
        checks: dict[int, Requests] = {BEFORE_MIDNIGHT + at: (1, int(not passed), 0, 0, 0) for at, passed in votes.items()}
        history.rows.append(_rows(number, Source.PROBE + vantage, checks))


def differs(history: Remembered, subject: int, verdicts: list[int]) -> bool:
    """Say whether what stands of a subject is something else than these verdicts, and the incidents in them."""
    found = [
        NaiveIncident(
            minute_of(each.started_at) - BEFORE_MIDNIGHT,
            minute_of(each.ended_at) - BEFORE_MIDNIGHT if each.ended_at else None,
            each.end_reason,
            each.down_minutes,
            each.partial_minutes,
        )
        for each in history.standing(MENU_IDS[subject - 1] if subject else None)
    ]
    whole = Span(BEFORE_MIDNIGHT, BEFORE_MIDNIGHT + len(verdicts))
    return history.verdicts(whole, subject) != verdicts or found != naive_method.incidents(verdicts)


def at_once(world: RandomWorld, method: Method = IN_FORCE) -> bool:
    """Say whether judge and naive method agree on a world that is known all at once."""
    history = judged_from(world, method)
    for number, known in enumerate(world.menus, start=1):
        tell(history, number, known.menu)
    history.judge(Span(BEFORE_MIDNIGHT, BEFORE_MIDNIGHT + world.end), moment_of(BEFORE_MIDNIGHT + world.end - 1))
    service, menus = naive_method.verdicts_of_service(world.naive(world.end), world.end, world.block, world.blind)
    return not any(differs(history, subject, verdicts) for subject, verdicts in enumerate([service, *menus]))


def in_any_order(world: RandomWorld, chance: Random) -> bool:
    """Say whether they agree on a world of which each piece comes in when it likes, and is judged then."""
    history = judged_from(world)
    pieces = [(start, number) for start in range(0, world.end, STEP) for number in range(1, len(world.menus) + 1)]
    due = sorted((start // STEP + 1 + chance.choice([0, 0, 1, 2, 5, 99]), start, number) for start, number in pieces)
    steps = -(-world.end // STEP)
    known: list[set[int]] = [set() for _ in world.menus]
    published: list[list[int]] = [[] for _ in range(len(world.menus) + 1)]
    evident: list[list[bool]] = [[] for _ in published]
    for step in range(1, steps + 1):
        minute = min(step * STEP, world.end) - 1
        arrived = [(start, number) for at, start, number in due if (min(at, steps) == step)]
        for start, number in arrived:
            fresh = set(range(start, start + STEP))
            tell(history, number, _part(world.menus[number - 1].menu, fresh))
            known[number - 1] |= fresh
        now = moment_of(BEFORE_MIDNIGHT + minute)
        if arrived:
            first, last = min(start for start, _ in arrived), max(start for start, _ in arrived)
            history.judge(Span(BEFORE_MIDNIGHT + first, BEFORE_MIDNIGHT + last + STEP), now)
        history.judge(None, now)
        menus = [_part(menu, minutes) for menu, minutes in zip(world.naive(minute + 1), known, strict=True)]
        service, of_menus = naive_method.verdicts_of_service(menus, minute + 1, world.block, world.blind)
        held = zip(published, evident, [service, *of_menus], strict=True)
        published = [naive_method.held(*each, minute) for each in held]
        own, of_menus_evident = naive_method.evident_to_service(menus, minute + 1, world.block, world.blind)
        evident = [own, *of_menus_evident]
    return not any(differs(history, subject, verdicts) for subject, verdicts in enumerate(published))


def _part(menu: NaiveMenu, minutes: set[int]) -> NaiveMenu:
    votes = {vantage: {at: vote for at, vote in of_vantage.items() if at in minutes} for vantage, of_vantage in menu.votes.items()}
    return replace(menu, requests={at: each for at, each in menu.requests.items() if at in minutes}, votes=votes)


def check_piece(seed: int) -> str:
    """Check PIECE worlds; return the first one on which they disagree, or nothing."""
    for number in range(PIECE):
        world = a_world(Random(f"{seed} {number}"))
        if not at_once(world):
            return f"{seed} {number}, at once: {world}"
        if number % ANY_ORDER == 0 and not in_any_order(world, Random(f"{number} {seed}")):
            return f"{seed} {number}, in any order: {world}"
    return ""


def main(arguments: list[str]) -> int:
    """Check COUNT worlds on all processors, and show how far it is."""
    return check_pieces(check_piece, arguments, piece=PIECE, told_every=10, what="worlds", disagree="judge and method disagree on world")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
