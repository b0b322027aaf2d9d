"""Add up the figures of a service in a window. It reads what it needs through `ServiceHistory`."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from observatory.judge import figures, load_times, tally
from observatory.judge.account import Account, open_account
from observatory.judge.days import CivilDay, Span, days_of, minute_of, moment_of
from observatory.judge.figures import Stamp
from observatory.judge.history import ServiceHistory
from observatory.judge.incidents import span_of
from observatory.judge.kept_days import KeptDays
from observatory.judge.left_out import left_out_in
from observatory.judge.load_figures import Percentile
from observatory.judge.load_times import Load, LoadKey
from observatory.judge.service_rules import Rules
from observatory.judge.timeline import REQUEST_COUNTERS, SERVICE, present_sources
from observatory.model.day import DayAccount, DayStrip
from observatory.model.figure import ServiceFigures, Window
from observatory.model.incident import Incident, MinuteClass
from observatory.model.minute import COUNTER_COUNT, Counter

STRIPS_AT_ONCE = 64
"""Held in memory together, 23 kB each: a window of 400 days has thousands, and anybody may ask for one."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """The part of a window that can be spoken of, and the days that tell of it."""

    window: Span
    span: Span
    passed: Span
    """The minutes of `span` that are over: no more of them than have passed may be charged, nor count as measured."""
    before: NDArray[np.int64]
    """How many minutes of each class the window has before the service was observed, as far as they are over."""
    days: tuple[CivilDay, ...]
    """From where the first incident to be told of began."""
    incidents: Mapping[int, Sequence[Incident]]


@dataclass(slots=True)
class _Sums:
    """What the days of a window add up to, piece by piece, by subject."""

    minutes: dict[int, NDArray[np.int64]]
    charges: dict[int, list[tuple[Incident, tally.Charge]]]
    load_times: dict[LoadKey, Load]
    """Of authoritative sources only."""
    partial_shares: dict[int, int]
    """Partial minutes by the share that failed, in millionths of a minute."""


def figures_in(history: ServiceHistory, rules: Rules, window: Window, percentile: Percentile, now: datetime) -> ServiceFigures:
    """Return the figures of a service and its menus in a window.

    A service younger than the window is measured from its first evidence or its registration, whichever is earlier; what
    lies before, and what is still to come, counts for nothing; the present minute is charged when it is over. Full days are
    taken from what was kept of them, the requests of the others from their minutes, so that fresh ones show at once. Where
    the window cuts through a day whose minutes are gone, the load times of that day are not known any more.
    """
    horizon, begun, waiting = minute_of(now) + 1, observed_from(history), history.unjudged()
    opened = _open(history, rules, window, begun, horizon)
    sums = _add_up(history, rules, opened, waiting)
    accounts = {subject: _account(opened, sums, subject, rules) for subject in opened.incidents}
    judged_to = min(horizon - 1, waiting.first) if waiting is not None else horizon - 1
    stamp = Stamp(now, history.revision(), moment_of(begun) if begun is not None else None, moment_of(judged_to))
    left_out = left_out_in(history, window, rules.zone, now)
    return figures.service_figures(rules, window, accounts, sums.load_times, left_out, percentile, stamp)


def observed_from(history: ServiceHistory) -> int | None:
    """Return the minute of the first evidence or of the registration, whichever is earlier; None if there is neither."""
    registered_at, account = history.registered_at(), history.first_account()
    kept = None if account is None else account.first_minute if account.evidence_from is None else account.evidence_from
    known = kept, _first_evidence(history, account), minute_of(registered_at) if registered_at else None
    return min((minute for minute in known if minute is not None), default=None)


def _first_evidence(history: ServiceHistory, account: DayAccount | None) -> int | None:
    """Return the first minute the strips know anything of; None if the first account, which has it too, is not younger than they."""
    first_day = history.first_day()
    if first_day is None or (account is not None and account.day <= first_day):
        return None
    return tally.first_evidence(history.strips(first_day, first_day + timedelta(days=1)))


def _open(history: ServiceHistory, rules: Rules, window: Window, begun: int | None, horizon: int) -> _Opened:
    whole = Span(minute_of(window.start), minute_of(window.end))
    span = Span(horizon if begun is None else begun, horizon).within(whole)
    menus = {SERVICE: None} | {menu.index: menu.id for menu in rules.service.menus}
    incidents = {subject: history.incidents(menu_id, whole) for subject, menu_id in menus.items()}
    first = span.first
    if len(span) and not rules.hours.always:
        first = min([first, *(minute_of(incident.started_at) for known in incidents.values() for incident in known)])
    over = Span(min(whole.first, horizon - 1), horizon - 1)
    days = days_of(Span(first, span.end), rules.zone) if len(span) else ()
    before = tally.minutes_untold(Span(whole.first, span.first).within(whole).within(over), rules.hours)
    return _Opened(whole, span, span.within(over), before, days, incidents)


def _add_up(history: ServiceHistory, rules: Rules, opened: _Opened, waiting: Span | None) -> _Sums:
    """Return what a window adds up to: whole days by what was kept of them, the others by their strips, a few at a time."""
    always = rules.hours.always
    sums = _Sums(
        {subject: np.zeros(len(MinuteClass), np.int64) for subject in opened.incidents},
        {
            subject: [(incident, tally.Charge(span_of(incident, opened.span.end), always=always)) for incident in known]
            for subject, known in opened.incidents.items()
        },
        {},
        dict.fromkeys(opened.incidents, 0),
    )
    if opened.days:
        kept = KeptDays.read(history, opened.days)
        spans = [charge.span for charges in sums.charges.values() for _, charge in charges]
        to_open = kept.to_open(opened.days, opened.passed, rules.hours, spans)
        added: list[dict[LoadKey, Load]] = []
        for days in _pieces(opened, to_open):
            added += _add_days(sums, history, rules, opened, kept, (days, to_open, waiting))
        sums.load_times = load_times.merge(*added)
    return sums


def _pieces(opened: _Opened, to_open: Collection[date]) -> Iterator[Sequence[CivilDay]]:
    """Yield the days of a window in pieces of which few strips are opened at once."""
    piece: list[CivilDay] = []
    room = days_at_once = max(1, STRIPS_AT_ONCE // len(opened.incidents))
    for day in opened.days:
        piece.append(day)
        room -= day.day in to_open
        if room == 0:
            yield piece
            piece, room = [], days_at_once
    if piece:
        yield piece


def _strips(history: ServiceHistory, days: Sequence[CivilDay], to_open: Collection[date]) -> dict[int, dict[date, DayStrip]]:
    """Return the strips of those of these days that are to be opened, by subject."""
    opened = [history.strips(day.day, day.day + timedelta(days=1)) for day in days if day.day in to_open]
    return tally.by_subject(strip for strips in opened for strip in strips)


def _add_days(
    sums: _Sums,
    history: ServiceHistory,
    rules: Rules,
    opened: _Opened,
    kept: KeptDays,
    piece: tuple[Sequence[CivilDay], Collection[date], Span | None],
) -> list[dict[LoadKey, Load]]:
    """Add some days, in order, with what waits for the judge; return what they add to the load times."""
    days, to_open, waiting = piece
    by_subject = _strips(history, days, to_open)
    part = opened.passed.within(Span(days[0].span.first, days[-1].span.end))
    for subject, charges in sums.charges.items():
        strips, accounts = by_subject.get(subject, {}), kept.accounts.get(subject, {})
        sums.minutes[subject] += tally.minutes_by_class(strips, part, rules.hours, accounts)
        sums.partial_shares[subject] += tally.failing_share(strips, part, rules.zone, accounts)
        for _, charge in charges:
            charge.look(days, strips)
    spoken_of = [day for day in days if len(day.span.within(opened.span))]
    return _load_times(history, rules, opened, kept, spoken_of, by_subject, waiting)


def _account(opened: _Opened, sums: _Sums, subject: int, rules: Rules) -> Account:
    charged = [(incident, charge.first) for incident, charge in sums.charges[subject]]
    account = open_account(sums.minutes[subject], opened.before, opened.window, charged, rules.method)
    return replace(account, partial_share=sums.partial_shares[subject])


def _load_times(
    history: ServiceHistory,
    rules: Rules,
    opened: _Opened,
    kept: KeptDays,
    days: Sequence[CivilDay],
    by_subject: Mapping[int, Mapping[date, DayStrip]],
    waiting: Span | None,
) -> list[dict[LoadKey, Load]]:
    """Return what each of these days adds by menu and source, of authoritative sources only."""
    parts = []
    for day in days:
        part, summed = day.span.within(opened.span), kept.load_times.get(day.day, ())
        strips = {subject: of_days[day.day] for subject, of_days in by_subject.items() if day.day in of_days}
        if summed and _is_told_whole(day.span, strips, opened.window):
            parts.append(load_times.of_day(load for load in summed if load.authoritative))
        elif any(strip.settled for strip in strips.values()):
            parts.append(_of_strips(strips, part))
        elif strips or part != day.span or (waiting is not None and len(waiting.within(part))):
            parts.append(_of_minutes(history, rules, day.day, strips.get(SERVICE), part))
    return parts


def _is_told_whole(day: Span, strips: Mapping[int, DayStrip], window: Span) -> bool:
    """Say whether all that is known of a day lies in the window, so that its sums are the window's too."""
    part = day.within(window)
    if part == day:
        return True
    outside = (slice(0, part.first - day.first), slice(part.end - day.first, len(day)))
    return not any(strip.count[where].any() or _votes_in(strip, where) for strip in strips.values() for where in outside)


def _votes_in(strip: DayStrip, where: slice) -> bool:
    return bool(((strip.votes[:, 0] >= where.start) & (strip.votes[:, 0] < where.stop)).any())


def _of_minutes(history: ServiceHistory, rules: Rules, day: date, strip: DayStrip | None, part: Span) -> dict[LoadKey, Load]:
    rows = history.minutes(part)
    source = strip.source if strip and strip.source else rules.source_of(day)
    if not rules.choices:  # Nothing of this service was judged yet: the judge will choose the same.
        source = rules.declared_source or load_times.most_trusted(present_sources(rows, part))
    return {key: load for key, load in load_times.of_rows(rows, part).items() if load_times.is_authoritative(key[1], source)}


def _of_strips(strips: Mapping[int, DayStrip], part: Span) -> dict[LoadKey, Load]:
    """Return the requests of a part of a settled day: its load times went with its minutes."""
    found = {}
    for subject, strip in strips.items():
        if subject != SERVICE and strip.source:
            where = slice(part.first - strip.first_minute, part.end - strip.first_minute)
            values = np.zeros(COUNTER_COUNT, np.int64)
            for counter, counts in zip(REQUEST_COUNTERS, strip.requests, strict=True):
                values[counter] = counts[where].sum()
            forgotten = int(values[Counter.COUNT] - values[Counter.BAD] - values[Counter.CLIENT_ERROR])
            found[subject, strip.source] = replace(load_times.NOTHING, values=values, forgotten=forgotten)
    return found
