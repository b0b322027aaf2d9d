"""Fill an empty data folder with a country, through the stores of the product.

The past is written as the judge leaves it behind, service by service; the last half hour is taken in and judged by the product
itself. Only one process writes, and what is held in memory does not grow with the number of days or services.
"""

import hashlib
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import numpy as np

from loadtests.country.catalogue import country_catalogue
from loadtests.country.distinct_days import PROFILES, ZONE, DistinctDays, distinct_days
from loadtests.country.past import past_of
from loadtests.country.register import announce_maintenance, sign_releases
from loadtests.country.traffic import rows_of
from observatory.assembly import alone_in_folder
from observatory.errors import Conflict
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.judging import judge_service
from observatory.flows.months import freeze, month_to_freeze
from observatory.judge.days import day_of, minute_of
from observatory.model.catalogue import Service
from observatory.model.minute import MinuteCounters
from observatory.parts import Parts
from observatory.readmodel.summary import Summary
from observatory.settings import Settings
from observatory.store.telemetry import Batch
from observatory.workers.make_ready import MakeReady

SEED = 20261130
LIVE_MINUTES = 30
FAILING_MINUTES, FAILING_SHARE = 8, 0.01
"""So many services fail now, and for how long."""
SILENT_EVERY, SILENT_DAYS = 25, 20
"""One in so many services was never heard of, one in as many is silent since so many days."""
BATCHES_AT_ONCE = 50

Say = Callable[[str], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plan:
    """How large the country is; the same seed makes the same one."""

    services: int
    days: int
    seed: int = SEED
    profiles: int = PROFILES
    """How many kinds of services there are."""


def fill(folder: Path, plan: Plan, now: datetime, say: Say) -> None:
    """Make everything. Raises Conflict if anything is observed in that folder already."""
    began = time.monotonic()
    say("letting the judge judge the distinct days")
    kinds = list(distinct_days(np.random.default_rng([plan.seed, 0]), plan.profiles))
    with alone_in_folder(Settings(data=folder)) as parts:
        if parts.register.catalogue().services:
            raise Conflict(f"cannot make a country in {folder}: it observes services already", "choose an empty folder")
        begin, rng = now - timedelta(days=plan.days), random.Random(plan.seed)
        parts.writer.write(lambda store: store.beat(minute_of(begin), first=True))
        apply_catalogue(parts.register, country_catalogue(plan.services, rng), begin)
        services = parts.register.catalogue().services
        _write_past(parts, services, kinds, plan, now, say)
        sign_releases(parts.register, parts.keys, services, now, rng)
        announce_maintenance(parts.register, services, now, rng)
        parts.writer.write(lambda store: store.beat(minute_of(now), first=False))
        _take_in(parts, services, kinds, plan, now, say)
        _judge(parts, now, say)
        _freeze(parts, now)
        say("making it ready for readers")
        _make_ready(parts, now)
    say(f"{plan.services} services, {plan.days} days: {time.monotonic() - began:.0f} s")


def _kind(service: Service, kinds: Sequence[DistinctDays]) -> DistinctDays:
    return kinds[service.index % len(kinds)]


def _silent_for(number: int, plan: Plan) -> timedelta | None:
    """Return for how long a service has been silent; None: always."""
    if number % SILENT_EVERY == 1:
        return None
    return timedelta(days=min(SILENT_DAYS, plan.days)) if number % SILENT_EVERY == 2 else timedelta()


def _write_past(parts: Parts, services: Sequence[Service], kinds: Sequence[DistinctDays], plan: Plan, now: datetime, say: Say) -> None:
    begin = day_of(minute_of(now), ZONE) - timedelta(days=plan.days)
    settled_before = day_of(minute_of(now), ZONE) - timedelta(days=parts.settings.minutes_kept_days)
    for number, service in enumerate(_shown(services, "days of the past", say)):
        silent = _silent_for(number, plan)
        if silent is None:
            continue
        end = minute_of(now - silent) - LIVE_MINUTES
        past = past_of(service, _kind(service, kinds), begin, end, settled_before, np.random.default_rng([plan.seed, service.index]))
        if past.incidents:
            with parts.register.change() as books:
                books.incidents.keep(past.incidents)
        parts.writer.write(lambda store: store.keep_judged(None, service.index, past.strips, past.load_times))  # noqa: B023 - it waits


def _take_in(parts: Parts, services: Sequence[Service], kinds: Sequence[DistinctDays], plan: Plan, now: datetime, say: Say) -> None:
    """Store the minutes of the last half hour."""
    heard = [service for number, service in enumerate(services) if _silent_for(number, plan) == timedelta()]
    rng, waiting = np.random.default_rng([plan.seed, plan.days]), list[Batch]()
    for service in _shown(heard, "minutes of now", say):
        failing = np.zeros(LIVE_MINUTES)
        failing[-FAILING_MINUTES:] = rng.random() < FAILING_SHARE
        rows = rows_of(_kind(service, kinds).profile, minute_of(now) - LIVE_MINUTES, failing, rng)
        waiting.append(Batch(_of_service(rows, service), now))
        if len(waiting) == BATCHES_AT_ONCE:
            parts.writer.submit_all(waiting)
            waiting.clear()
    parts.writer.submit_all(waiting)
    parts.writer.flush()


def _of_service(rows: MinuteCounters, service: Service) -> MinuteCounters:
    menus = np.array([menu.index for menu in service.menus], np.int32)
    return replace(rows, service=rows.service * np.int32(service.index), menu=menus[rows.menu - 1])


def _judge(parts: Parts, now: datetime, say: Say) -> None:
    services = {service.index: service for service in parts.register.catalogue().services}
    for seen in _shown(parts.telemetry.unjudged(), "services judged", say):
        judge_service(services[seen.service], seen, parts, now)


def _make_ready(parts: Parts, now: datetime) -> None:
    """Leave the folder as a server does, with everything made ready for readers."""
    parts.add(Summary(parts.register, parts.telemetry, lambda: now))
    step = MakeReady()
    while step(parts):
        pass


def _freeze(parts: Parts, now: datetime) -> None:
    """Have the last month frozen, as it would be by now; its hashes are made up, to work them out takes a minute a thousand services."""
    month = month_to_freeze(parts.register, parts.telemetry, now)
    if month is not None:
        ids = [service.id for service in parts.register.catalogue().services]
        freeze(parts.register, month, {each: hashlib.sha256(each.encode()).hexdigest() for each in ids}, now)


def _shown(things: Sequence[T], what: str, say: Say) -> Iterator[T]:
    """Yield things, and say from time to time how far that has come."""
    began, step = time.monotonic(), max(1, len(things) // 10)
    for number, thing in enumerate(things, start=1):
        yield thing
        if number % step == 0 or number == len(things):
            say(f"  {what}: {number} of {len(things)} after {time.monotonic() - began:.0f} s")
