"""Hold what was published: later evidence may make a final minute worse at once, but better only by a correction (method section 8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from observatory.judge import verdicts
from observatory.judge.days import Span
from observatory.judge.evidence import Mask, Verdicts
from observatory.judge.history import HistoryCache
from observatory.judge.timeline import Timelines
from observatory.judge.weighing import blind_in
from observatory.model.incident import Verdict


@dataclass(frozen=True, slots=True)
class Published:
    """What stands of some minutes of a subject."""

    verdict: Verdicts
    held: Mask
    """Final bad minutes that evidence of their own made bad; a gap between two bad ones is filled anew each time."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """Minutes that evidence which came late would make better than what was published."""

    subject: int
    span: Span


def published(cache: HistoryCache, timelines: Timelines, minutes: Span, horizon: int) -> Mapping[int, Published]:
    """Return what stands of these minutes in timelines as they were stored, before new evidence is put into them."""
    rules = cache.rules
    around = verdicts.surroundings(minutes, rules.method).within(timelines.span)
    watching = ~blind_in(cache.history, around)
    where = slice(minutes.first - around.first, minutes.end - around.first)
    final = np.arange(minutes.first, minutes.end) < horizon - 1 - rules.method.provisional_minutes
    found = {}
    for subject, reading in verdicts.read(timelines, rules, around).items():
        verdict = timelines.subjects[subject].verdict[timelines.at(minutes)].copy()
        evident = np.maximum(reading.users, reading.probes * watching)[where] != Verdict.UNKNOWN
        found[subject] = Published(verdict, final & evident & (verdict >= Verdict.PARTIAL))
    return found


def hold(known: Published, verdict: Verdicts, minutes: Span, corrected: Sequence[Span]) -> tuple[Verdicts, list[Span]]:
    """Return the verdicts with those kept that may not get better, and the spans of minutes in which they would."""
    better = known.held & (verdict < known.verdict)
    for each in corrected:
        part = each.within(minutes)
        better[part.first - minutes.first : part.end - minutes.first] = False
    edges = np.flatnonzero(np.diff(np.concatenate(([0], better.astype(np.int8), [0])))) + minutes.first
    spans = [Span(first, end) for first, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)]
    return np.where(better, known.verdict, verdict), spans
