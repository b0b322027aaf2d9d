"""Promise how the register keeps from which day on a rule of the catalogue is in force, and read what it keeps."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from observatory.judge.dated import Dated, always
from observatory.model.changed_rule import RuleName


@dataclass(frozen=True, slots=True)
class RuleChange:
    """From which day on a rule has a value. Hours are changed by `HoursChange`, as they always were."""

    service_id: str
    """`ALL_SERVICES`: of all."""
    rule: RuleName
    from_day: date
    value: str
    """JSON: a grade or minutes, indexes of menus, holidays."""


def number_of(rule: RuleName, changes: Sequence[RuleChange], today: int) -> Dated[int]:
    """Return a rule that is a number; without changes it always was what the catalogue says."""
    kept = tuple((each.from_day, int(each.value)) for each in changes if each.rule == rule)
    return Dated(kept) if kept else always(today)


def critical_of(changes: Sequence[RuleChange], today: frozenset[int]) -> Dated[frozenset[int]]:
    """Return which menus are critical, by their indexes."""
    kept = tuple((each.from_day, frozenset(map(int, json.loads(each.value)))) for each in changes if each.rule == "critical")
    return Dated(kept) if kept else always(today)


def holidays_of(changes: Sequence[RuleChange], today: Sequence[date]) -> frozenset[date]:
    """Return the public holidays: a day is one if the list that was in force on that day names it."""
    kept = [(each.from_day, frozenset(map(date.fromisoformat, json.loads(each.value)))) for each in changes if each.rule == "holidays"]
    lists = Dated(tuple(kept)) if kept else always(frozenset(today))
    return frozenset(day for _, named in lists.changes for day in named if day in lists.on(day))
