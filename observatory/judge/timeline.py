"""Lay out what is known of every minute of a service and its menus as long arrays, from strips and rows and back to strips."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from observatory.judge import votes
from observatory.judge.days import CivilDay, Span
from observatory.judge.evidence import Counts, Requests, Verdicts
from observatory.judge.votes import Votes, no_votes
from observatory.model.day import DayStrip
from observatory.model.minute import Counter, MinuteCounters

SERVICE = 0
"""Subject of the service as a whole; every other one is a menu's index."""
REQUEST_COUNTERS = (Counter.COUNT, Counter.BAD, Counter.SLOW, Counter.THROTTLED, Counter.CLIENT_ERROR)
"""Those that are evidence, as in `Requests`."""
VOTES_PER_MINUTE_MAX = 255
"""More votes in force than this are kept as this many."""


@dataclass(slots=True)
class Timeline:
    """The minutes of one subject, one entry for each minute of the timelines it is part of; changed in place."""

    count: Counts
    bad: Counts
    slow: Counts
    throttled: Counts
    client_error: Counts
    probe_ok: Counts
    probe_failed: Counts
    verdict: Verdicts
    minute_class: NDArray[np.uint8]
    votes: Votes = field(default_factory=no_votes)
    """As cast; the service as a whole has none of its own, those of its menus are."""

    @property
    def requests(self) -> Requests:
        """What was requested."""
        return Requests(self.count, self.bad, self.slow, self.throttled, self.client_error)


@dataclass(slots=True)
class Timelines:
    """A service over consecutive civil days: its own timeline and one for each menu that ever reported."""

    service: int
    days: tuple[CivilDay, ...]
    subjects: dict[int, Timeline]
    sources: dict[date, int]
    """The server source of each day that has one."""
    settled: frozenset[date]
    reported: set[date] = field(default_factory=set)
    """Days of which there are minute rows, be it of no registered menu: each gets a strip of the service."""

    @property
    def span(self) -> Span:
        """All their minutes."""
        return Span(self.days[0].span.first, self.days[-1].span.end)

    @property
    def menus(self) -> Mapping[int, Timeline]:
        """The timelines of menus, by index."""
        return {subject: timeline for subject, timeline in self.subjects.items() if subject != SERVICE}

    def at(self, span: Span) -> slice:
        """Return where the minutes of a span are in the arrays."""
        return slice(span.first - self.span.first, span.end - self.span.first)

    def subject(self, index: int) -> Timeline:
        """Return the timeline of a subject, an empty one if it never reported."""
        return self.subjects.setdefault(index, _empty_timeline(len(self.span)))


def from_strips(service: int, days: tuple[CivilDay, ...], strips: Iterable[DayStrip]) -> Timelines:
    """Return the timelines of consecutive days from their strips; what no strip tells is unknown and empty."""
    strips = list(strips)
    sources = {strip.day: strip.source for strip in strips if strip.source}
    settled = frozenset(strip.day for strip in strips if strip.settled)
    timelines = Timelines(service, days, {}, sources, settled)
    timelines.subject(SERVICE)
    cast: dict[int, list[Votes]] = {}
    for strip in strips:
        where = timelines.at(Span(strip.first_minute, strip.first_minute + len(strip)))
        timeline = timelines.subject(strip.menu)
        for name in _STRIP_ARRAYS:
            getattr(timeline, name)[where] = getattr(strip, name)
        cast.setdefault(strip.menu, []).append(strip.votes.astype(np.int64) + np.array((strip.first_minute, 0, 0)))
    for subject, of_days in cast.items():
        timelines.subjects[subject].votes = votes.merge(*of_days)
    return timelines


def to_strips(timelines: Timelines, before: Mapping[tuple[date, int], DayStrip]) -> list[DayStrip]:
    """Return the strips that differ from those `before`; a day of which a subject knows nothing gets no new one."""
    changed = []
    for day in timelines.days:
        for subject in sorted(timelines.subjects):
            strip = _strip(timelines, day, subject)
            known = before.get((day.day, subject))
            needed = _says_something(strip) or (subject == SERVICE and day.day in timelines.reported)
            if needed if known is None else not equal(strip, known):
                changed.append(strip)
    return changed


def replace_rows(timelines: Timelines, rows: MinuteCounters, span: Span) -> None:
    """Make the evidence of a span that of its minute rows, which are all there are; settled days keep what they have."""
    keep = ~np.isin(np.arange(span.first, span.end), _minutes_of(timelines, timelines.settled))
    where = timelines.at(span)
    for timeline in timelines.subjects.values():
        for counts in timeline.requests:
            counts[where][keep] = 0
        cast = timeline.votes[:, 0]
        inside = (cast >= span.first) & (cast < span.end)
        inside[inside] = keep[cast[inside] - span.first]
        timeline.votes = timeline.votes[~inside]
    add_rows(timelines, _rows_at(rows, span, keep))


def add_rows(timelines: Timelines, rows: MinuteCounters) -> None:
    """Add minute rows to the evidence: requests of each day's server source, and votes. Only registered menus count."""
    timelines.reported.update(day.day for day in timelines.days if _any_within(rows.minute, day.span))
    registered = rows.menu != SERVICE
    authoritative = registered & (rows.source == _source_of_minutes(timelines)[rows.minute - timelines.span.first])
    service = timelines.subject(SERVICE)
    for menu in np.unique(rows.menu[registered]).tolist():
        of_menu = rows.menu == menu
        timeline = timelines.subject(menu)
        chosen = authoritative & of_menu
        for subject in (timeline, service):
            _add_counts(subject, rows.minute[chosen] - timelines.span.first, rows.values[chosen])
        timeline.votes = votes.merge(timeline.votes, votes.votes_of(rows, of_menu))


def _add_counts(timeline: Timeline, position: NDArray[np.int64], values: NDArray[np.int64]) -> None:
    for counts, counter in zip(timeline.requests, REQUEST_COUNTERS, strict=True):
        np.add.at(counts, position, values[:, counter])


def equal(strip: DayStrip, other: DayStrip) -> bool:
    """Return whether two strips of the same day and subject say the same."""
    arrays = all(np.array_equal(getattr(strip, name), getattr(other, name)) for name in (*_STRIP_ARRAYS, "votes"))
    return arrays and (strip.source, strip.settled) == (other.source, other.settled)


_STRIP_ARRAYS = ("count", "bad", "slow", "throttled", "client_error", "probe_ok", "probe_failed", "verdict", "minute_class")


def _strip(timelines: Timelines, day: CivilDay, subject: int) -> DayStrip:
    timeline, where = timelines.subjects[subject], timelines.at(day.span)
    cast = timeline.votes[(timeline.votes[:, 0] >= day.span.first) & (timeline.votes[:, 0] < day.span.end)]
    return DayStrip(
        service=timelines.service,
        menu=subject,
        day=day.day,
        first_minute=day.span.first,
        count=timeline.count[where].astype(np.uint32),
        bad=timeline.bad[where].astype(np.uint32),
        slow=timeline.slow[where].astype(np.uint32),
        throttled=timeline.throttled[where].astype(np.uint32),
        client_error=timeline.client_error[where].astype(np.uint32),
        probe_ok=np.minimum(timeline.probe_ok[where], VOTES_PER_MINUTE_MAX).astype(np.uint8),
        probe_failed=np.minimum(timeline.probe_failed[where], VOTES_PER_MINUTE_MAX).astype(np.uint8),
        verdict=timeline.verdict[where].copy(),
        minute_class=timeline.minute_class[where].copy(),
        votes=(cast - (day.span.first, 0, 0)).astype(np.int32),
        source=timelines.sources.get(day.day, 0),
        settled=day.day in timelines.settled,
    )


def _says_something(strip: DayStrip) -> bool:
    evidence = (strip.count, strip.throttled, strip.probe_ok, strip.probe_failed, strip.verdict)
    return len(strip.votes) > 0 or any(array.any() for array in evidence)


def _any_within(minutes: NDArray[np.int64], span: Span) -> bool:
    first, end = np.searchsorted(minutes, (span.first, span.end))
    return bool(first < end)


def _empty_timeline(minutes: int) -> Timeline:
    count, bad, slow, throttled, client_error, ok, failed = np.zeros((7, minutes), np.int64)
    verdict, minute_class = np.zeros((2, minutes), np.uint8)
    return Timeline(count, bad, slow, throttled, client_error, ok, failed, verdict, minute_class)


def _minutes_of(timelines: Timelines, days: frozenset[date]) -> NDArray[np.int64]:
    spans = [np.arange(day.span.first, day.span.end) for day in timelines.days if day.day in days]
    return np.concatenate(spans) if spans else np.empty(0, np.int64)


def _source_of_minutes(timelines: Timelines) -> NDArray[np.int64]:
    """Return the day's server source for every minute; -1, which no row has, without one."""
    sources = np.array([timelines.sources.get(day.day, -1) for day in timelines.days], np.int64)
    return np.repeat(sources, [len(day.span) for day in timelines.days])


def _rows_at(rows: MinuteCounters, span: Span, keep: NDArray[np.bool_]) -> MinuteCounters:
    """Return the rows within a span whose minute is to be kept; histograms, which evidence has no use for, are left out."""
    inside = (rows.minute >= span.first) & (rows.minute < span.end)
    inside[inside] = keep[rows.minute[inside] - span.first]
    return without_histograms(rows, inside)


def without_histograms(rows: MinuteCounters, chosen: NDArray[np.bool_]) -> MinuteCounters:
    """Return the chosen rows, without their histograms."""
    nothing = np.empty(0, np.int64)
    return MinuteCounters(
        rows.minute[chosen],
        rows.service[chosen],
        rows.menu[chosen],
        rows.source[chosen],
        rows.values[chosen],
        nothing.astype(np.int32),
        nothing.astype(np.int16),
        nothing,
    )


def present_sources(rows: MinuteCounters, span: Span) -> frozenset[int]:
    """Return the sources that counted anything in a span."""
    inside = (rows.minute >= span.first) & (rows.minute < span.end) & (rows.values[:, [Counter.COUNT, Counter.THROTTLED]] > 0).any(axis=1)
    return frozenset(np.unique(rows.source[inside]).tolist())
