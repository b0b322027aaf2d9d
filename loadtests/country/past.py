"""Put the past of a service together from distinct days, as the judge would have left it behind."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from loadtests.country.distinct_days import DAY, ZONE, DistinctDay, DistinctDays
from observatory.judge.days import CivilDay, civil_day, day_of
from observatory.judge.incidents import Subject
from observatory.judge.timeline import SERVICE
from observatory.model.catalogue import Service
from observatory.model.day import DayLoad, DayStrip
from observatory.model.incident import Incident

BAD_DAY_SHARE = 1 / 60
SEEN_AFTER = timedelta(minutes=3)
"""An incident opens with its third bad minute."""


@dataclass(frozen=True, slots=True)
class Past:
    """All that was judged of a service."""

    strips: list[DayStrip]
    load_times: list[DayLoad]
    incidents: list[Incident]


def past_of(service: Service, kind: DistinctDays, begin: date, end: int, settled_before: date, rng: np.random.Generator) -> Past:
    """Return the days from `begin` up to a minute, the last of them as far as it has come; earlier ones are settled."""
    past, today = Past([], [], []), day_of(end, ZONE)
    for offset in range((today - begin).days):
        known = kind.bad if rng.random() < BAD_DAY_SHARE else kind.quiet
        _add(past, service, known[rng.integers(len(known))], civil_day(begin + timedelta(days=offset), ZONE), settled_before)
    lasting, day = kind.quiet[rng.integers(len(kind.quiet))], civil_day(today, ZONE)
    cut = DistinctDay(tuple(_until(strip, end - day.span.first) for strip in lasting.strips), (), ())
    _add(past, service, cut, day, settled_before)
    return past


def _add(past: Past, service: Service, made: DistinctDay, day: CivilDay, settled_before: date) -> None:
    menus = (SERVICE, *(menu.index for menu in service.menus))
    settled, first = day.day < settled_before, day.span.first
    for strip in made.strips:
        past.strips.append(replace(strip, service=service.index, menu=menus[strip.menu], day=day.day, first_minute=first, settled=settled))
    for load in made.load_times:
        past.load_times.append(replace(load, service=service.index, menu=menus[load.menu], day=day.day))
    move = timedelta(minutes=first - civil_day(DAY, ZONE).span.first)
    past.incidents.extend(_moved(incident, service, move) for incident in made.incidents)


def _moved(incident: Incident, service: Service, move: timedelta) -> Incident:
    assert incident.ended_at is not None
    start = incident.started_at + move
    return replace(
        incident,
        id=Subject(service.id, incident.menu_id).new_id(int(start.timestamp()) // 60),
        service_id=service.id,
        started_at=start,
        ended_at=incident.ended_at + move,
        detected_at=start + SEEN_AFTER,
    )


def _until(strip: DayStrip, minutes: int) -> DayStrip:
    """Return a strip that knows nothing of later minutes."""
    passed = np.arange(len(strip)) < minutes
    arrays = {name: getattr(strip, name) * passed.astype(getattr(strip, name).dtype) for name in ("count", "bad", "slow", "client_error")}
    judged = {name: getattr(strip, name) * passed.astype(np.uint8) for name in ("verdict", "minute_class")}
    return replace(strip, **arrays, **judged)
