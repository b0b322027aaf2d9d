"""Hold a rule with the days from which on it had another value, and tell which was in force when (method section 6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from observatory.judge.days import Span, civil_day

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Dated(Generic[Value]):
    """Values of a rule, each from a day on, the earliest first; before the first change, that of the first."""

    changes: tuple[tuple[date, Value], ...]

    @property
    def values(self) -> tuple[Value, ...]:
        """Every value it ever has."""
        return tuple(value for _, value in self.changes)

    def on(self, day: date) -> Value:
        """Return the value of a day."""
        return next((value for from_day, value in reversed(self.changes) if from_day <= day), self.changes[0][1])

    def since(self, day: date) -> date | None:
        """Return from which day on the value of a day is in force; None: it always was."""
        since, value = None, self.changes[0][1]
        for from_day, later in self.changes[1:]:
            if from_day <= day and later != value:
                since, value = from_day, later
        return since

    def pieces(self, span: Span, zone: ZoneInfo) -> Iterator[tuple[Span, Value]]:
        """Yield the pieces of a span that have one value, in order, each with it."""
        begins = [span.first, *(civil_day(from_day, zone).span.first for from_day, _ in self.changes[1:])]
        for (_, value), begin, end in zip(self.changes, begins, [*begins[1:], span.end], strict=True):
            piece = Span(begin, max(begin, end)).within(span)
            if len(piece):
                yield piece, value


def always(value: Value) -> Dated[Value]:
    """Return a rule that never had another value."""
    return Dated(((date.min, value),))
