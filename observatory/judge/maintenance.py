"""Say which minutes of announced maintenance are left out of what is measured, and keep what is seen in them apart (method section 6).

Announced in time, and within the hours a month has for it: everything else is charged as if nobody had said a word.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from observatory.judge import evidence, votes
from observatory.judge.days import Span, civil_day, day_of, minute_of, moment_of
from observatory.judge.evidence import Counts, Mask
from observatory.judge.method import Method
from observatory.judge.timeline import SERVICE, Timeline, Timelines
from observatory.judge.votes import Votes
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


def counted(timelines: Timelines, subject: int, span: Span, maintained: Callable[[int, Span], Mask]) -> NDArray[np.int64]:
    """Return `Requests`, passed and failed votes by minute; what a menu says in maintenance of its own is not said of the service."""
    told = _arrays(timelines.subjects[subject], timelines.at(span))
    if subject == SERVICE:
        everywhere = maintained(SERVICE, span)
        for index, menu in timelines.menus.items():
            alone = maintained(index, span) & ~everywhere
            if alone.any():
                told -= _arrays(menu, timelines.at(span)) * alone
    return told


def in_blocks(counts: Counts, maintained: Mask, first_minute: int, block: int) -> Counts:
    """Return the sums of blocks; what was counted in maintenance tells nothing of the other minutes of its block."""
    sums = evidence.in_blocks(counts, first_minute, block)
    if block == 1 or not maintained.any():
        return sums
    return np.where(maintained, sums, evidence.in_blocks(np.where(maintained, 0, counts), first_minute, block))


def votes_in_force(near: Votes, hold_of: Callable[[int], int], span: Span, maintained: Callable[[Span], Mask]) -> tuple[Counts, Counts]:
    """Return the votes of a menu in force in each minute, as `votes.in_force`; those cast in maintenance hold no longer than that."""
    whole = Span(min(span.first, int(near[:, 0].min(initial=span.first))), span.end)
    ok, failed = votes.in_force(near, hold_of, span)
    mask = maintained(whole)
    if not mask.any():
        return ok, failed
    within, outside = mask[span.first - whole.first :], votes.in_force(near[~mask[near[:, 0] - whole.first]], hold_of, span)
    return np.where(within, ok, outside[0]), np.where(within, failed, outside[1])


def _arrays(timeline: Timeline, where: slice) -> NDArray[np.int64]:
    arrays = (*timeline.requests, timeline.probe_ok, timeline.probe_failed)
    return np.stack([array[where] for array in arrays]).astype(np.int64)


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
