"""Read every minute of a month of a service, so that anybody can make its figures again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from observatory.errors import NotFound, phrase
from observatory.judge import tally
from observatory.judge.accounting import STRIPS_AT_ONCE, observed_from
from observatory.judge.days import Span, days_of, minute_of
from observatory.judge.known_minutes import KnownMinutes, joined, known_minutes
from observatory.model.catalogue import OTHER_MENU_INDEX, Service
from observatory.model.figure import Window
from observatory.store.register import RegisterStore
from observatory.store.service_history import StoredHistory, rules_of
from observatory.store.telemetry import TelemetryReader


@dataclass(frozen=True, slots=True)
class MonthOfMinutes:
    """The minutes of a month that are over."""

    minutes: KnownMinutes
    observed_from: int
    """What lies before this minute was not observed yet."""


def minutes_of(
    service: Service, menu_index: int | None, month: Window, register: RegisterStore, telemetry: TelemetryReader, now: datetime
) -> MonthOfMinutes:
    """Return the minutes of a month, of the service as a whole or of a menu: those by which its figures are made.

    Raises NotFound for a month that has not begun, of which nothing was observed, or whose minutes are kept no more.
    """
    history, rules = StoredHistory(service, register, telemetry), rules_of(service, register)
    whole = Span(minute_of(month.start), minute_of(month.end)).within(Span(0, minute_of(now)))
    if not len(whole):
        raise NotFound(
            phrase("cannot list the minutes of %(month)s: it has not begun"), phrase("ask for a month that has"), month=month.name
        )
    begun = observed_from(history)
    if begun is None or begun >= whole.end:
        raise NotFound(
            phrase("cannot list the minutes of %(month)s: the service was not observed yet"),
            phrase("ask for a later month"),
            month=month.name,
        )
    subject = OTHER_MENU_INDEX if menu_index is None else menu_index
    parts, days = [], days_of(whole, rules.zone)
    days_at_once = max(1, STRIPS_AT_ONCE // (len(service.menus) + 1))
    for start in range(0, len(days), days_at_once):
        some = days[start : start + days_at_once]
        first_day, end_day = some[0].day, some[-1].day + timedelta(days=1)
        strips = tally.by_subject(history.strips(first_day, end_day)).get(subject, {})
        if tally.accounts_by_subject(history.day_accounts(first_day, end_day)).get(subject, {}).keys() - strips.keys():
            raise NotFound(
                phrase("cannot list the minutes of %(month)s: they are kept no more"),
                phrase("its figures stay for ever: ask for figures of the same month"),
                month=month.name,
            )
        parts += [known_minutes(strips.get(day.day), day, whole, rules.hours) for day in some]
    return MonthOfMinutes(joined(parts), begun)
