"""Lay the minutes of a service or menu side by side as figures count them: evidence, verdict and class of each."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from observatory.judge.days import CivilDay, Span
from observatory.judge.hours import Hours
from observatory.model.day import DayStrip
from observatory.model.incident import MinuteClass

Column = NDArray[np.int64]


CLASSES_AT = 6


@dataclass(frozen=True, slots=True)
class KnownMinutes:
    """Minutes one behind the other; every array has an entry for each."""

    minute: Column
    count: Column
    bad: Column
    slow: Column
    votes_ok: Column
    votes_failed: Column
    verdict: Column
    minute_class: Column
    """As it enters figures: a minute of which nothing is known is closed outside service hours."""
    throttled: Column
    client_error: Column

    def __len__(self) -> int:
        return len(self.minute)


def known_minutes(strip: DayStrip | None, day: CivilDay, span: Span, hours: Hours) -> KnownMinutes:
    """Return the minutes of a day that lie in a span; without a strip nothing is known of them."""
    part = day.span.within(span)
    where = slice(part.first - day.span.first, part.end - day.span.first)
    known = np.zeros((9, len(day.span)), np.int64)
    if strip is not None:
        evidence = (strip.count, strip.bad, strip.slow, strip.probe_ok, strip.probe_failed)
        known[:] = (*evidence, strip.verdict, strip.minute_class, strip.throttled, strip.client_error)
    classes = known[CLASSES_AT]
    classes[(classes == MinuteClass.UNKNOWN) & hours.closed((day,))] = MinuteClass.CLOSED
    return KnownMinutes(np.arange(part.first, part.end), *known[:, where])


def joined(parts: Sequence[KnownMinutes]) -> KnownMinutes:
    """Return minutes that follow each other as one."""
    return KnownMinutes(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(KnownMinutes)))
