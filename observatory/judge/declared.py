"""Lay declared failures over verdicts: a verdict is never better than what was declared (method section 4).

People can add downtime, never remove it: only an auditor's correction that came after a declaration takes it off some minutes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from observatory.judge.days import Span, mask_of, minute_of
from observatory.judge.evidence import Verdicts
from observatory.judge.timeline import SERVICE
from observatory.model.catalogue import Service
from observatory.model.correction import Correction
from observatory.model.declaration import Declaration, DeclaredSeverity
from observatory.model.incident import Verdict

GOES_ON = 1 << 40
"""In place of the minute at which a declaration ends that has no end yet."""
VERDICT_OF: Mapping[DeclaredSeverity, Verdict] = {"down": Verdict.DOWN, "partial": Verdict.PARTIAL}


@dataclass(frozen=True, slots=True)
class Declared:
    """Minutes that were declared bad, of a menu or of the service itself."""

    subject: int
    span: Span
    verdict: Verdict


def declared_minutes(service: Service, declarations: Iterable[Declaration], corrections: Iterable[Correction]) -> tuple[Declared, ...]:
    """Return what is declared of a service and its menus, without what an auditor corrected afterwards."""
    approved = [each for each in corrections if each.approved_at is not None]
    menus = [(menu.id, menu.index) for menu in service.menus]
    found: list[Declared] = []
    for each in declarations:
        subjects: list[tuple[str | None, int]] = [] if each.menu_ids else [(None, SERVICE)]
        subjects += [(menu_id, index) for menu_id, index in menus if each.touches(menu_id)]
        span = Span(minute_of(each.start), GOES_ON if each.end is None else minute_of(each.end))
        for menu_id, index in subjects:
            taken_off = [
                _span(known) for known in approved if known.menu_id == menu_id and known.approved_at and known.approved_at >= each.at
            ]
            found += [Declared(index, part, VERDICT_OF[each.severity]) for part in _without(span, taken_off)]
    return tuple(found)


def verdicts_declared(declared: Iterable[Declared], subject: int, span: Span) -> Verdicts:
    """Return what is declared of a subject in each minute of a span; UNKNOWN where nothing is."""
    verdict = np.zeros(len(span), np.uint8)
    for each in declared:
        if each.subject == subject:
            verdict[mask_of((each.span,), span)] = np.maximum(verdict[mask_of((each.span,), span)], each.verdict)
    return verdict


def _span(correction: Correction) -> Span:
    return Span(minute_of(correction.start), minute_of(correction.end))


def _without(span: Span, taken_off: Iterable[Span]) -> Iterator[Span]:
    """Yield what is left of a span."""
    first = span.first
    for each in sorted(taken_off, key=lambda part: part.first):
        part = each.within(Span(first, span.end)) if first < span.end else Span(first, first)
        if len(part):
            if first < part.first:
                yield Span(first, part.first)
            first = part.end
    if first < span.end:
        yield Span(first, span.end)
