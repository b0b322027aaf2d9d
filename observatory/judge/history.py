"""Promise what the judge can read of one service, and read every strip of it once."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from observatory.judge import timeline
from observatory.judge.days import CivilDay, Span, days_of
from observatory.judge.service_rules import Rules
from observatory.judge.timeline import Timelines
from observatory.model.day import DayAccount, DayLoad, DayStrip
from observatory.model.incident import Incident
from observatory.model.left_out import LeftOutCounts
from observatory.model.minute import MinuteCounters


class ServiceHistory(Protocol):
    """All that is known of one service. `store.service_history.StoredHistory` is what the stores say of it."""

    def minutes(self, span: Span) -> MinuteCounters:
        """Return its minute rows."""

    def strips(self, first_day: date, end_day: date) -> list[DayStrip]:
        """Return its strips with first_day <= day < end_day."""

    def load_times(self, first_day: date, end_day: date) -> list[DayLoad]:
        """Return its load times with first_day <= day < end_day."""

    def day_accounts(self, first_day: date, end_day: date) -> list[DayAccount]:
        """Return what is kept for ever of its minutes, first_day <= day < end_day."""

    def first_account(self) -> DayAccount | None:
        """Return the earliest account of the service as a whole."""

    def first_day(self) -> date | None:
        """Return the first day it has a strip of."""

    def client_errors_from(self) -> int:
        """Return from which minute on client errors were counted: 0 if always."""

    def left_out(self, first_day: date, end_day: date) -> LeftOutCounts:
        """Return how many of its records that came on days with first_day <= day < end_day were left out, or late, by reason."""

    def left_out_from(self) -> int:
        """Return from which minute on that was counted: 0 if always."""

    def blind(self, span: Span) -> list[tuple[int, int]]:
        """Return half-open spans of minutes in which no observatory was awake."""

    def incidents(self, menu_id: str | None, span: Span) -> list[Incident]:
        """Return its incidents, or those of a menu, that overlap a span, superseded ones left out."""

    def incident(self, incident_id: str) -> Incident | None:
        """Return an incident, superseded or not."""

    def registered_at(self) -> datetime | None:
        """Return when it was first registered."""

    def revision(self) -> int:
        """Return how often it was judged."""

    def unjudged(self) -> Span | None:
        """Return the minutes that wait for the judge."""


class HistoryCache:
    """The history of a service during one judgement, each strip read once."""

    def __init__(self, history: ServiceHistory, rules: Rules) -> None:
        self.history = history
        self.rules = rules
        self.known: dict[tuple[date, int], DayStrip] = {}
        self._read: set[date] = set()

    def strips(self, days: Sequence[CivilDay]) -> list[DayStrip]:
        """Return the strips of consecutive days."""
        wanted = {day.day for day in days}
        if missing := sorted(wanted - self._read):
            found = self.history.strips(missing[0], missing[-1] + timedelta(days=1))
            self.known.update({(strip.day, strip.menu): strip for strip in found})
            self._read.update(missing)
        return [strip for (day, _), strip in self.known.items() if day in wanted]

    def timelines(self, span: Span) -> Timelines:
        """Return the timelines of the days a span touches."""
        days = days_of(span, self.rules.zone)
        return timeline.from_strips(self.rules.service.index, days, self.strips(days))
