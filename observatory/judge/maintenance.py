"""Say which minutes of announced maintenance are left out of what is measured, and why the others are not (method section 6).

Announced in time, and within the hours a month has for it: everything else is charged as if nobody had said a word.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from observatory.judge.days import Span, civil_day, day_of, minute_of, moment_of
from observatory.judge.method import Method
from observatory.model.maintenance import Announcement, Maintenance


@dataclass(frozen=True, slots=True)
class Excluded:
    """Minutes of a maintenance that do not count, of one menu or (None) of the service with all its menus."""

    maintenance_id: str
    menu_id: str | None
    span: Span


def excluded(announced: Iterable[Maintenance], zone: ZoneInfo, method: Method) -> tuple[Excluded, ...]:
    """Return the excluded minutes of everything a service ever announced, by start.

    The hours of a month are used up in the order of time by whatever is announced in time, menus included; minutes in which
    several are worked on are used once.
    """
    in_time = (piece for maintenance in announced for piece in _announced_in_time(maintenance, method))
    months = _by_month(in_time, zone).values()
    left = [part for pieces in months for part in _within(pieces, method.maintenance_hours_month_max * 60)]
    return tuple(sorted(left, key=lambda piece: (piece.span.first, piece.maintenance_id, piece.menu_id or "")))


def _announced_in_time(maintenance: Maintenance, method: Method) -> Iterator[Excluded]:
    """Yield what was said long enough before it began, and never taken back: each part counts from when it was first spoken of."""
    for menu_id in maintenance.menu_ids or (None,):
        known: list[tuple[Span, datetime]] = []
        for said in maintenance.announcements:
            known = list(_heard(known, _span_of(said, menu_id), said.at))
        for span, at in known:
            lead = timedelta(hours=method.maintenance_announced_hours_min)
            kept = span if maintenance.cancelled_at is None else Span(span.first, min(span.end, minute_of(maintenance.cancelled_at)))
            if len(kept) and at + lead <= moment_of(span.first):
                yield Excluded(maintenance.id, menu_id, kept)


def _span_of(said: Announcement, menu_id: str | None) -> Span:
    """Return the minutes an announcement has for a menu; those of the service as a whole are of each menu too."""
    first = minute_of(said.start)
    return Span(first, minute_of(said.end) if not said.menu_ids or menu_id in said.menu_ids else first)


def _heard(known: Sequence[tuple[Span, datetime]], said: Span, at: datetime) -> Iterator[tuple[Span, datetime]]:
    """Yield the parts of what is said now: those known before with the moment of then, the new ones with that of now."""
    minute = said.first
    for before, heard_at in sorted(known, key=lambda piece: piece[0].first):
        part = before.within(said)
        if len(part):
            if minute < part.first:
                yield Span(minute, part.first), at
            yield part, heard_at
            minute = part.end
    if minute < said.end:
        yield Span(minute, said.end), at


def _by_month(pieces: Iterable[Excluded], zone: ZoneInfo) -> dict[date, list[Excluded]]:
    """Return pieces by the first day of the month they lie in, cut where a month ends."""
    months: dict[date, list[Excluded]] = {}
    for piece in pieces:
        first = piece.span.first
        while first < piece.span.end:
            month = day_of(first, zone).replace(day=1)
            following = civil_day((month + timedelta(days=31)).replace(day=1), zone).span.first
            months.setdefault(month, []).append(replace(piece, span=Span(first, min(following, piece.span.end))))
            first = following
    return months


def _within(pieces: Sequence[Excluded], minutes_max: int) -> Iterator[Excluded]:
    """Yield what is left of the pieces of a month when the time it has is used up."""
    end = _used_up_at([piece.span for piece in pieces], minutes_max)
    for piece in pieces:
        part = Span(piece.span.first, min(piece.span.end, end))
        if len(part):
            yield replace(piece, span=part)


def _used_up_at(spans: Iterable[Span], minutes_max: int) -> int:
    """Return the minute from which on nothing is left of so many minutes, spans taken in the order of time."""
    left, end = minutes_max, 0
    for span in sorted(spans, key=lambda span: span.first):
        fresh = Span(max(span.first, end), span.end)
        if len(fresh) > left:
            return fresh.first + left
        left, end = left - len(fresh), max(end, span.end)
    return end
