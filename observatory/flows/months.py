"""Freeze a month that is over: what its figures were then stands in the public log as a hash for each service.

Whoever changes a figure later changes its hash; anybody can make it again from what is published.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import cast
from zoneinfo import ZoneInfo

from observatory.judge.days import minute_of
from observatory.judge.method import IN_FORCE
from observatory.judge.windows import named_window
from observatory.model.figure import MenuFigures, ServiceFigures, Window
from observatory.model.signoff import NewEntry
from observatory.signoff.canonical_json import Json, canonical, parse
from observatory.store.register import Books, RegisterStore
from observatory.store.telemetry import TelemetryReader

FROZEN = "service-figures-frozen"
"""Kind of the log entry."""
SERVICES_PER_ENTRY = 2000
"""So that an entry stays small enough to be read at once; a month of more services has several, written together."""
LOOKED_AT = ("as_of", "revision", "judged_to", "final")
"""What tells of the looking and not of the month."""


@dataclass(frozen=True, slots=True)
class FrozenMonth:
    """What the log says of a month."""

    month: str
    at: datetime
    method: str
    hashes: Mapping[str, str]
    """SHA-256 of the canonical figures, by the id of the service."""


def canonical_figures(figures: ServiceFigures) -> bytes:
    """Return the figures of a service as the one sequence of bytes that is hashed, by the names they have in the open data.

    Numbers that may have a fraction are text without trailing zeros; menus are in the order of their ids, those of which nothing is
    known left out: a menu that came later does not change a month before it.
    """
    told = {name: value for name, value in asdict(figures).items() if name not in LOOKED_AT}
    told["window"] = {"name": figures.window.name, "from": figures.window.start, "to": figures.window.end}
    told["menus"] = sorted((asdict(menu) for menu in figures.menus if _is_known(menu)), key=lambda menu: str(menu["menu_id"]))
    return canonical(_plain(told))


def hash_of(figures: ServiceFigures) -> str:
    """Return the SHA-256 of the canonical figures, in hexadecimal."""
    return sha256(canonical_figures(figures)).hexdigest()


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
            told: dict[str, Json] = {"method": IN_FORCE.version, "month": name, "part": number, "parts": max(1, len(parts))}
            books.log.append(NewEntry(FROZEN, canonical(told | {"services": {each: hashes[each] for each in part}}), now))
    return True


def frozen_months(books: Books) -> dict[str, FrozenMonth]:
    """Return what the log says of each frozen month."""
    months: dict[str, FrozenMonth] = {}
    for entry in books.log.entries_of_kind(FROZEN):
        told = cast(dict[str, Json], parse(entry.body))
        name, hashes = str(told["month"]), cast(dict[str, str], told["services"])
        before = months[name].hashes if name in months else {}
        months[name] = FrozenMonth(name, entry.recorded_at, str(told["method"]), {**before, **hashes})
    return months


def _is_known(menu: MenuFigures) -> bool:
    return bool(menu.coverage or menu.requests or menu.load_time.n)


def _plain(value: object) -> Json:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return repr(value).removesuffix(".0") if isinstance(value, float) else cast(Json, value)


def _month_before(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone).replace(day=1) - timedelta(days=1):%Y-%m}"


def _month_after(name: str) -> str:
    months = int(name[:4]) * 12 + int(name[5:])
    return f"{months // 12:04d}-{months % 12 + 1:02d}"
