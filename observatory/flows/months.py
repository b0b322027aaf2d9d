"""Freeze a month that is over: what its figures were then stands in the public log as a hash for each service.

Whoever changes a figure later changes its hash; anybody can make it again from what is published.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from observatory.judge.days import minute_of
from observatory.judge.method import IN_FORCE
from observatory.judge.windows import named_window
from observatory.model.figure import Window
from observatory.model.signoff import LogEntry, NewEntry
from observatory.signoff.canonical_figures import FIRST_FORM, FORM
from observatory.signoff.canonical_json import Json, canonical, parse
from observatory.store.register import Books, RegisterStore
from observatory.store.telemetry import TelemetryReader

FROZEN = "service-figures-frozen"
"""Kind of the log entry."""
SERVICES_PER_ENTRY = 450
"""So that an entry stays small enough for a leaf of the log; a month of more services has several, written together."""


@dataclass(frozen=True, slots=True)
class FrozenMonth:
    """What the log says of a month."""

    month: str
    at: datetime
    method: str
    hashes: Mapping[str, str]
    """SHA-256 of the canonical figures, by the id of the service."""
    form: int
    """Which fields are hashed."""


def month_to_freeze(register: RegisterStore, telemetry: TelemetryReader, now: datetime) -> Window | None:
    """Return the next month whose figures are final and of which nothing waits for the judge; None if there is none.

    Months follow each other; the first is the last one that was over when the observatory came to freeze months.
    """
    zone = register.catalogue().site.zone
    newest_over = _month_before(now - timedelta(hours=IN_FORCE.final_hours), zone)
    with register.look() as books:
        known, waiting = max(frozen_months(books), default=None), books.corrections.to_judge_again()
    name = newest_over if known is None else _month_after(known)
    month = named_window(f"month:{name}", zone, now)
    late = any(seen.first_minute < minute_of(month.end) for seen in telemetry.unjudged()) or any(each.start < month.end for each in waiting)
    return None if name > newest_over or late else month


def freeze(register: RegisterStore, month: Window, hashes: Mapping[str, str], now: datetime) -> bool:
    """Write down the hashes of a month, all in one transaction; False if it was frozen before, or nothing was ever observed."""
    name, ids = month.name.removeprefix("month:"), sorted(hashes)
    parts = [ids[first : first + SERVICES_PER_ENTRY] for first in range(0, len(ids), SERVICES_PER_ENTRY)]
    with register.change() as books:
        known = frozen_months(books)
        if name in known or not (known or hashes):
            return False
        for number, part in enumerate(parts or [[]], start=1):
            told: dict[str, Json] = {"form": FORM, "method": IN_FORCE.version, "month": name, "part": number, "parts": max(1, len(parts))}
            books.log.append(NewEntry(FROZEN, canonical(told | {"services": {each: hashes[each] for each in part}}), now))
    return True


def frozen_months(books: Books) -> dict[str, FrozenMonth]:
    """Return what the log says of each frozen month."""
    return months_of(books.log.entries_of_kind(FROZEN))


def months_of(entries: Iterable[LogEntry]) -> dict[str, FrozenMonth]:
    """Return the months that these entries of their kind freeze."""
    months: dict[str, FrozenMonth] = {}
    for entry in entries:
        told = cast(dict[str, Json], parse(entry.body))
        name, hashes = str(told["month"]), cast(dict[str, str], told["services"])
        before = months[name].hashes if name in months else {}
        months[name] = FrozenMonth(
            name, entry.recorded_at, str(told["method"]), {**before, **hashes}, cast(int, told.get("form", FIRST_FORM))
        )
    return months


def _month_before(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone).replace(day=1) - timedelta(days=1):%Y-%m}"


def _month_after(name: str) -> str:
    months = int(name[:4]) * 12 + int(name[5:])
    return f"{months // 12:04d}-{months % 12 + 1:02d}"
