"""Hold what was kept of days that are over, and tell of which of them that is not enough: their strips have to be opened."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from observatory.judge import tally
from observatory.judge.days import CivilDay, Span
from observatory.judge.history import ServiceHistory
from observatory.judge.hours import Hours
from observatory.judge.timeline import SERVICE
from observatory.model.day import DayAccount, DayLoad
from observatory.model.incident import MinuteClass


@dataclass(frozen=True, slots=True)
class KeptDays:
    """Accounts and load times of consecutive days of a service."""

    accounts: Mapping[int, Mapping[date, DayAccount]]
    """By subject."""
    load_times: Mapping[date, Sequence[DayLoad]]

    @classmethod
    def read(cls, history: ServiceHistory, days: Sequence[CivilDay]) -> "KeptDays":
        """Return what was kept of consecutive days."""
        first, end = days[0].day, days[-1].day + timedelta(days=1)
        summed: dict[date, list[DayLoad]] = {}
        for load in history.load_times(first, end):
            summed.setdefault(load.day, []).append(load)
        return cls(tally.accounts_by_subject(history.day_accounts(first, end)), summed)

    def tell_minutes(self, day: CivilDay, passed: Span, hours: Hours) -> bool:
        """Return whether the accounts tell the classes of all minutes of a day, all of which lie in what has passed."""
        if day.day not in self.accounts.get(SERVICE, {}) or day.span.within(passed) != day.span:
            return False
        # An account does not say which of its minutes nobody knows: outside service hours they are closed.
        unknown = any(of_days[day.day].minutes[MinuteClass.UNKNOWN] for of_days in self.accounts.values() if day.day in of_days)
        return not (unknown and hours.closed((day,)).any())

    def to_open(self, days: Iterable[CivilDay], passed: Span, hours: Hours, incidents: Sequence[Span]) -> frozenset[date]:
        """Return of which days the strips have to be opened, also where load times are not summed or not all of an incident is charged."""
        charged = () if hours.always else incidents
        return frozenset(
            day.day
            for day in days
            if day.day not in self.load_times
            or not self.tell_minutes(day, passed, hours)
            or any(len(day.span.within(incident)) for incident in charged)
        )
