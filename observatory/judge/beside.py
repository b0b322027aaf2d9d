"""Tell what measuring alone says of minutes that were declared bad, so that both stand beside each other."""

from dataclasses import dataclass, replace

import numpy as np

from observatory.judge.days import Span, days_of
from observatory.judge.declared import verdicts_declared
from observatory.judge.evidence import Verdicts
from observatory.judge.history import HistoryCache, ServiceHistory
from observatory.judge.service_rules import Rules
from observatory.judge.verdicts import surroundings
from observatory.judge.weighing import weigh
from observatory.model.incident import Verdict

DAYS_MAX = 31
"""Of longer spans it is not told: each reader would wait for it."""


@dataclass(frozen=True, slots=True)
class MeasuredBeside:
    """How many declared minutes there are, and what measuring alone says of them."""

    declared: int
    down: int
    partial: int
    working: int

    @property
    def unknown(self) -> int:
        """Minutes of which measuring says nothing."""
        return self.declared - self.down - self.partial - self.working


def measured_beside(history: ServiceHistory, rules: Rules, subject: int, span: Span) -> MeasuredBeside | None:
    """Return that of a subject in a span that is over; None if none of it was declared, or it is too long."""
    days = days_of(span, rules.zone)
    if len(days) > DAYS_MAX or not verdicts_declared(rules.declared, subject, span).any():
        return None
    counts = np.zeros(len(Verdict), np.int64)
    alone = replace(rules, declared=())
    for day in days:
        part = day.span.within(span)
        said = verdicts_declared(rules.declared, subject, part) != Verdict.UNKNOWN
        if said.any():
            counts += np.bincount(_measured(history, alone, subject, part)[said], minlength=len(Verdict))
    working = int(counts[Verdict.UP] + counts[Verdict.DEGRADED])
    return MeasuredBeside(int(counts.sum()), int(counts[Verdict.DOWN]), int(counts[Verdict.PARTIAL]), working)


def _measured(history: ServiceHistory, rules: Rules, subject: int, part: Span) -> Verdicts:
    around, held = surroundings(part, rules.method), rules.method.vote_hold_minutes_max
    cache = HistoryCache(history, rules)
    timelines = cache.timelines(Span(around.first - held, around.end + held))
    timelines.subject(subject)
    weighed = weigh(cache, timelines, part, around.end)
    first = part.first - weighed.span.first
    return weighed.decisions[subject].measured[first : first + len(part)]
