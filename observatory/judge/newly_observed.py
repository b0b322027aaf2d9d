"""Say which days count as observed from now on, because records came of before all that was known (method section 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from observatory.judge import tally
from observatory.judge.accounting import observed_from
from observatory.judge.days import CivilDay, Span, day_of, days_of, minute_of
from observatory.judge.history import ServiceHistory
from observatory.judge.service_rules import Rules
from observatory.model.day import DayStrip
from observatory.model.incident import MinuteClass

SEEN_MIN = timedelta(hours=1)
"""For how long what is told of a service has to have stood there, before what comes is a change."""


@dataclass(frozen=True, slots=True)
class NewlyObserved:
    """A day of which some minutes counted as not observed yet, and do no longer."""

    day: date
    end_minute: int
    """Of the day."""
    open_minutes: int
    unobserved_before: int
    """How many of these were not observed yet; figures do not count them among the unknown ones."""
    unobserved: int
    """How many still are not."""


def newly_observed(history: ServiceHistory, rules: Rules, strips: Sequence[DayStrip], now: datetime) -> tuple[NewlyObserved, ...]:
    """Return the days that the strips about to be stored, which nobody knew of so far, let count as observed.

    None while it is so new that nobody can have read what it was taken for, and none that is older than doors take: history that is
    imported has lines of its own.
    """
    today = day_of(minute_of(now), rules.zone)
    found = [tally.first_evidence([strip]) for strip in strips if strip.day < today and tally.evident(strip).any()]
    first = min((minute for minute in found if minute is not None), default=None)
    registered_at = history.registered_at() if first is not None else None
    if first is None or registered_at is None or first >= minute_of(registered_at) or now - registered_at < SEEN_MIN:
        return ()
    begun = observed_from(history)
    oldest = minute_of(now - timedelta(hours=rules.method.final_hours))
    span = Span(max(first, oldest), begun if begun is not None else first)
    return tuple(_newly_observed(day, first, span.end, rules) for day in days_of(span, rules.zone))


def _newly_observed(day: CivilDay, first: int, begun: int, rules: Rules) -> NewlyObserved:
    """Return a day that is observed from its first minute on instead of from `begun` on."""
    parts = (day.span, *(Span(day.span.first, max(day.span.first, each)).within(day.span) for each in (begun, first)))
    return NewlyObserved(day.day, day.span.end, *(int(tally.minutes_untold(part, rules.hours)[MinuteClass.UNKNOWN]) for part in parts))
