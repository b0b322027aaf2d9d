"""Count the minutes of each class in a span of strips (method section 6)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from observatory.judge.classes import is_chargeable
from observatory.judge.days import CivilDay, Span, days_of
from observatory.judge.hours import Hours
from observatory.model.day import DayAccount, DayStrip
from observatory.model.incident import MinuteClass

MILLION = 1_000_000
NO_ACCOUNTS: Mapping[date, DayAccount] = {}


def minutes_by_class(
    strips: Mapping[date, DayStrip], span: Span, hours: Hours, accounts: Mapping[date, DayAccount] = NO_ACCOUNTS
) -> NDArray[np.int64]:
    """Return how many minutes of a span are of each `MinuteClass`, from the strips of one subject by day.

    A day whose strip is gone is told by its account. Minutes of which nothing tells are unknown, or closed outside service hours.
    """
    days = days_of(span, hours.zone)
    told = (_of_day(strips.get(day.day), accounts.get(day.day), day, span, hours) for day in days)
    return sum(told, np.zeros(len(MinuteClass), np.int64))


def minutes_untold(span: Span, hours: Hours) -> NDArray[np.int64]:
    """Return the same of a span of which nothing tells, which may be years long."""
    minutes, closed = np.zeros(len(MinuteClass), np.int64), hours.closed_minutes(span)
    minutes[MinuteClass.CLOSED], minutes[MinuteClass.UNKNOWN] = closed, len(span) - closed
    return minutes


def _of_account(account: DayAccount, day: CivilDay, span: Span) -> NDArray[np.int64] | None:
    """Return the minutes of a part of a day of which only the account is left; None if anything is known of the other part."""
    minutes, outside = account.minutes.copy(), len(account) - len(day.span.within(span))
    for nothing_known in (MinuteClass.UNKNOWN, MinuteClass.CLOSED):
        taken = min(outside, int(minutes[nothing_known]))
        minutes[nothing_known] -= taken
        outside -= taken
    return minutes if outside == 0 else None


def _of_day(strip: DayStrip | None, account: DayAccount | None, day: CivilDay, span: Span, hours: Hours) -> NDArray[np.int64]:
    kept = _of_account(account, day, span) if strip is None and account is not None else None
    if kept is not None:
        return kept
    part = day.span.within(span)
    where = slice(part.first - day.span.first, part.end - day.span.first)
    closed = hours.closed((day,))[where]
    known = np.zeros(len(part), np.uint8) if strip is None else strip.minute_class[where]
    return np.bincount(np.where((known == MinuteClass.UNKNOWN) & closed, MinuteClass.CLOSED, known), minlength=len(MinuteClass))


def failing_share(strips: Mapping[date, DayStrip], span: Span, zone: ZoneInfo, accounts: Mapping[date, DayAccount] = NO_ACCOUNTS) -> int:
    """Return the partial minutes of a span, each charged by the share that failed in it: in millionths of a minute, cut up.

    The share is that of requests, without any that of checks; a minute between two bad ones, of which neither tells, counts whole.
    """
    days = days_of(span, zone)
    kept = sum(accounts[day.day].partial_share for day in days if day.day in accounts and day.day not in strips)
    return kept + sum(share_of_day(strips[day.day], day, span) for day in days if day.day in strips)


def share_of_day(strip: DayStrip, day: CivilDay, span: Span) -> int:
    """Return the same of one day."""
    part = day.span.within(span)
    where = slice(part.first - day.span.first, part.end - day.span.first)
    partial = strip.minute_class[where] == MinuteClass.PARTIAL
    if not partial.any():
        return 0
    count, bad = strip.count[where][partial].astype(np.int64), strip.bad[where][partial].astype(np.int64)
    votes = (strip.probe_ok[where][partial].astype(np.int64) + strip.probe_failed[where][partial], strip.probe_failed[where][partial])
    whole = np.select([count > 0, votes[0] > 0], [count, votes[0]], 1)
    failed = np.select([count > 0, votes[0] > 0], [bad, votes[1]], 1)
    return int((-(-failed.astype(np.int64) * MILLION // whole)).sum())


@dataclass(slots=True)
class Charge:
    """From which minute an incident is charged as a failure: its first that is bad, in service hours and outside maintenance.

    Its days are looked at in order. Where none of them is told of, it is the minute it began.
    """

    span: Span
    always: bool
    """Whether the service has no closing hours: then every minute is charged."""
    _found: int | None = None
    _told: bool = False

    def look(self, days: Sequence[CivilDay], strips: Mapping[date, DayStrip]) -> None:
        """Take note of the next days, some of which these strips tell of."""
        if self.always or self._found is not None:
            return
        for day in days:
            strip, part = strips.get(day.day), day.span.within(self.span)
            if strip is None or not len(part):
                continue
            self._told = True
            where = slice(part.first - day.span.first, part.end - day.span.first)
            found = np.flatnonzero(is_chargeable(strip.verdict[where], strip.minute_class[where]))
            if len(found):
                self._found = part.first + int(found[0])
                return

    @property
    def first(self) -> int | None:
        """The minute, None if there is none."""
        return self._found if self._found is not None or (self._told and not self.always) else self.span.first


def evident(strip: DayStrip) -> NDArray[np.bool_]:
    """Return in which minutes anything is known of what a strip tells of."""
    told: NDArray[np.bool_] = np.any([strip.count > 0, strip.throttled > 0, strip.probe_ok > 0, strip.probe_failed > 0], axis=0)
    return told


def first_evidence(strips: Sequence[DayStrip]) -> int | None:
    """Return the first minute of which these strips, all of one day, know anything; None without strips."""
    found = [np.flatnonzero(evident(strip)) for strip in strips]
    found = found if any(map(len, found)) else [np.flatnonzero(strip.verdict) for strip in strips]  # Declared, and never measured.
    positions = [int(position[0]) for position in found if len(position)]
    return strips[0].first_minute + (min(positions) if positions else 0) if strips else None


def by_subject(strips: Iterable[DayStrip]) -> dict[int, dict[date, DayStrip]]:
    """Return strips by subject (menu index, 0 for the service) and day."""
    subjects: dict[int, dict[date, DayStrip]] = {}
    for strip in strips:
        subjects.setdefault(strip.menu, {})[strip.day] = strip
    return subjects


def accounts_by_subject(accounts: Iterable[DayAccount]) -> dict[int, dict[date, DayAccount]]:
    """Return accounts by subject and day."""
    subjects: dict[int, dict[date, DayAccount]] = {}
    for account in accounts:
        subjects.setdefault(account.menu, {})[account.day] = account
    return subjects
