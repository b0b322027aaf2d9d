"""Tell the judge of a service of which nothing is known but the minutes of one day."""

from dataclasses import dataclass
from datetime import date, datetime

from observatory.judge.days import Span
from observatory.model.day import DayAccount, DayLoad, DayStrip
from observatory.model.incident import Incident
from observatory.model.left_out import LeftOutCounts
from observatory.model.minute import MinuteCounters


@dataclass(frozen=True, slots=True)
class OneDay:
    """A `judge.history.ServiceHistory`: everything but the rows is unknown."""

    rows: MinuteCounters

    def minutes(self, span: Span) -> MinuteCounters:
        """Return its rows, all of which lie in the one day that is asked for."""
        return self.rows

    def strips(self, first_day: date, end_day: date) -> list[DayStrip]:
        """Return none."""
        return []

    def load_times(self, first_day: date, end_day: date) -> list[DayLoad]:
        """Return none."""
        return []

    def day_accounts(self, first_day: date, end_day: date) -> list[DayAccount]:
        """Return none."""
        return []

    def first_account(self) -> DayAccount | None:
        """Return none."""
        return None

    def first_day(self) -> date | None:
        """Return none: it has no strips yet."""
        return None

    def left_out(self, first_day: date, end_day: date) -> LeftOutCounts:
        """Return nothing."""
        assert first_day <= end_day
        return {}

    def left_out_from(self) -> int:
        """Return that it was always counted."""
        return 0

    def client_errors_from(self) -> int:
        """Return that they were always counted."""
        return 0

    def blind(self, span: Span) -> list[tuple[int, int]]:
        """Return that somebody was always awake."""
        return []

    def incidents(self, menu_id: str | None, span: Span) -> list[Incident]:
        """Return none."""
        return []

    def incident(self, incident_id: str) -> Incident | None:
        """Return none."""
        return None

    def registered_at(self) -> datetime | None:
        """Return none."""
        return None

    def revision(self) -> int:
        """Return that it was never judged."""
        return 0

    def unjudged(self) -> Span | None:
        """Return none."""
        return None
