"""Let the judge judge a few hundred made-up days, so that a large past can be put together of what it says of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from loadtests.bodies import MENU_COUNT
from loadtests.country.one_day import OneDay
from loadtests.country.traffic import Profile, new_profile, rows_of
from observatory.judge.dated import Dated
from observatory.judge.days import CivilDay, civil_day, moment_of
from observatory.judge.judging import Portion, judge_portion
from observatory.judge.method import IN_FORCE
from observatory.judge.service_rules import Rules
from observatory.model.catalogue import Menu, Service
from observatory.model.columns import Source
from observatory.model.day import DayLoad, DayStrip
from observatory.model.incident import Incident
from observatory.model.text import Text

Value = TypeVar("Value")

PROFILES = 24
QUIET_DAYS, BAD_DAYS = 6, 3
"""Of each profile."""
DAY = date(2026, 1, 7)
ZONE = ZoneInfo("Asia/Seoul")
SERVICE_INDEX = 1
"""Menus have the indexes from 1 on."""


@dataclass(frozen=True, slots=True)
class DistinctDay:
    """What the judge leaves behind of one day of a service."""

    strips: tuple[DayStrip, ...]
    load_times: tuple[DayLoad, ...]
    incidents: tuple[Incident, ...]


@dataclass(frozen=True, slots=True)
class DistinctDays:
    """The days there are of one profile."""

    profile: Profile
    quiet: tuple[DistinctDay, ...]
    bad: tuple[DistinctDay, ...]


def distinct_days(rng: np.random.Generator, profiles: int) -> Iterator[DistinctDays]:
    """Yield the days of one profile after the other; half a second each."""
    day = civil_day(DAY, ZONE)
    for _ in range(profiles):
        profile = new_profile(rng)
        quiet = tuple(_judged(profile, day, np.zeros(len(day.span)), rng) for _ in range(QUIET_DAYS))
        bad = tuple(_judged(profile, day, failing_day(rng, len(day.span)), rng) for _ in range(BAD_DAYS))
        yield DistinctDays(profile, quiet, bad)


def failing_day(rng: np.random.Generator, minutes: int) -> NDArray[np.float64]:
    """Return the share of requests that fail in each minute of a day with an outage, which ends before the day does."""
    failing = np.zeros(minutes)
    length = int(rng.integers(3, 120))
    begin = int(rng.integers(60, minutes - length - 60))
    failing[begin : begin + length] = rng.choice((1.0, 1.0, 0.3))
    return failing


def _judged(profile: Profile, day: CivilDay, failing: NDArray[np.float64], rng: np.random.Generator) -> DistinctDay:
    history = OneDay(rows_of(profile, day.span.first, failing, rng))
    now = moment_of(day.span.end) + timedelta(hours=1)
    judged = judge_portion(history, _rules(), Portion(day.span, whole=True), now)
    return DistinctDay(judged.strips, judged.load_times, judged.incidents.keep)


def _rules() -> Rules:
    menus = tuple(Menu(f"menu-{number}", Text("-", "-"), index=number + 1) for number in range(MENU_COUNT))
    service = Service("any", "any", Text("-", "-"), "https://any.example", server_source="log", menus=menus, index=SERVICE_INDEX)
    return Rules(service, ZONE, {}, IN_FORCE, _always(1), _always(frozenset[int]()), _always(4), ((date.min, int(Source.OTLP_LOG)),))


def _always(value: Value) -> Dated[Value]:
    return Dated(((date.min, value),))
