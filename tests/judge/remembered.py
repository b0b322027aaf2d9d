"""A history of one service that only remembers: what the judge reads and leaves behind, without a store."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np

from observatory.judge.days import Span, minute_of, moment_of
from observatory.judge.judging import TICK_MINUTES, Portion, judge_portion
from observatory.judge.service_rules import Rules
from observatory.judge.timeline import SERVICE
from observatory.model.day import DayAccount, DayLoad, DayStrip
from observatory.model.incident import Incident
from observatory.model.left_out import LeftOutCounts
from observatory.model.minute import COUNTER_COUNT, MinuteCounters


@dataclass
class Remembered:
    """A `ServiceHistory` that is judged in place."""

    rules: Rules
    blind_spans: Sequence[tuple[int, int]] = ()
    rows: list[MinuteCounters] = field(default_factory=list)
    known: dict[tuple[date, int], DayStrip] = field(default_factory=dict)
    found: dict[str, Incident] = field(default_factory=dict)

    def judge(self, changed: Span | None, now: datetime) -> None:
        """Judge changed minutes, or (None) those that may have passed in silence."""
        horizon = minute_of(now) + 1
        judged = judge_portion(self, self.rules, Portion(changed or Span(horizon - TICK_MINUTES, horizon), whole=True), now)
        self.found.update({incident.id: incident for incident in judged.incidents.keep})
        self.known.update({(strip.day, strip.menu): strip for strip in judged.strips})

    def verdicts(self, span: Span, menu: int) -> list[int]:
        """Return what stands of these minutes of a menu, or of the service (0)."""
        told = np.zeros(len(span), np.int64)
        for (_, subject), strip in self.known.items():
            part = Span(strip.first_minute, strip.first_minute + len(strip)).within(span)
            if subject == menu and len(part):
                where = slice(part.first - strip.first_minute, part.end - strip.first_minute)
                told[part.first - span.first : part.end - span.first] = strip.verdict[where]
        return [int(verdict) for verdict in told]

    def minutes(self, span: Span) -> MinuteCounters:
        """Return the rows of a span, one for each key, in their order."""
        keys = np.concatenate(
            [np.stack([each.minute, each.menu, each.source], axis=1) for each in self.rows] or [np.empty((0, 3), np.int64)]
        )
        values = np.concatenate([each.values for each in self.rows]) if self.rows else np.empty((0, COUNTER_COUNT), np.int64)
        inside = (keys[:, 0] >= span.first) & (keys[:, 0] < span.end)
        kept, group = np.unique(keys[inside], axis=0, return_inverse=True)
        sums = np.zeros((len(kept), values.shape[1]), np.int64)
        np.add.at(sums, group.reshape(-1), values[inside])
        service = np.full(len(kept), self.rules.service.index, np.int32)
        nothing = np.empty(0, np.int64)
        menu, source = kept[:, 1].astype(np.int32), kept[:, 2].astype(np.int16)
        return MinuteCounters(kept[:, 0], service, menu, source, sums, nothing.astype(np.int32), nothing.astype(np.int16), nothing)

    def strips(self, first_day: date, end_day: date) -> list[DayStrip]:
        """Return its strips."""
        return [strip for (day, _), strip in sorted(self.known.items(), key=lambda item: item[0]) if first_day <= day < end_day]

    def load_times(self, first_day: date, end_day: date) -> list[DayLoad]:
        """Return none: no figure is made."""
        assert first_day <= end_day
        return []

    def day_accounts(self, first_day: date, end_day: date) -> list[DayAccount]:
        """Return none: nothing is forgotten."""
        assert first_day <= end_day
        return []

    def first_account(self) -> DayAccount | None:
        """Return none."""
        return None

    def first_day(self) -> date | None:
        """Return the first day it has a strip of."""
        return min((day for day, _ in self.known), default=None)

    def client_errors_from(self) -> int:
        """Return that they were always counted."""
        return 0

    def left_out(self, first_day: date, end_day: date) -> LeftOutCounts:
        """Return nothing."""
        assert first_day <= end_day
        return {}

    def left_out_from(self) -> int:
        """Return that it was always counted."""
        return 0

    def blind(self, span: Span) -> list[tuple[int, int]]:
        """Return the blind spans, cut to a span."""
        parts = [Span(*each).within(span) for each in self.blind_spans]
        return [(part.first, part.end) for part in parts if len(part)]

    def incidents(self, menu_id: str | None, span: Span) -> list[Incident]:
        """Return its incidents, or those of a menu, that overlap a span."""
        return [
            each
            for each in self.standing(menu_id)
            if minute_of(each.started_at) < span.end and (each.ended_at is None or minute_of(each.ended_at) > span.first)
        ]

    def standing(self, menu_id: str | None) -> list[Incident]:
        """Return all of them, by their start; those that turned out to be none are left out."""
        kept = [each for each in self.found.values() if each.menu_id == menu_id and each.superseded_by is None]
        return sorted((each for each in kept if not each.withdrawn), key=lambda each: each.started_at)

    def incident(self, incident_id: str) -> Incident | None:
        """Return an incident, superseded or not."""
        return self.found.get(incident_id)

    def registered_at(self) -> datetime | None:
        """Return the begin of time."""
        return moment_of(SERVICE)

    def revision(self) -> int:
        """Return that nobody counts."""
        return 0

    def unjudged(self) -> Span | None:
        """Return nothing."""
        return None
