"""Weigh the evidence of some minutes and decide, with all that decided: the one way to a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from observatory.judge import expectation, verdicts
from observatory.judge.days import Span, civil_day, mask_of
from observatory.judge.evidence import Counts, Mask, contested
from observatory.judge.history import HistoryCache, ServiceHistory
from observatory.judge.incidents import span_of
from observatory.judge.timeline import SERVICE, Timelines
from observatory.judge.verdicts import Decision, SubjectEvidence


@dataclass(frozen=True, slots=True)
class Weighed:
    """The minutes looked at, and what was found of every subject; arrays have one entry for each of these minutes."""

    span: Span
    blind: Mask
    readings: Mapping[int, SubjectEvidence]
    expected: Mapping[int, Counts]
    """0 where it does not matter how many requests to expect."""
    decisions: Mapping[int, Decision]


def weigh(cache: HistoryCache, timelines: Timelines, minutes: Span, horizon: int, *, tell_expected: bool = False) -> Weighed:
    """Return the verdicts of some minutes, all before the horizon, and of as many around them as those depend on.

    With `tell_expected` it is found out what to expect of these minutes even where that decides nothing. Votes in force
    are put into the timelines.
    """
    around = verdicts.surroundings(minutes, cache.rules.method)
    around = around.within(Span(around.first, horizon))
    verdicts.hold_votes(timelines, cache.rules, around)
    readings = verdicts.read(timelines, cache.rules, around)
    wanted = np.zeros(len(around), np.bool_)
    wanted[minutes.first - around.first : minutes.end - around.first] = tell_expected
    expected = {
        subject: _expected(cache, subject, around, wanted | contested(read.users, read.probes)) for subject, read in readings.items()
    }
    blind = blind_in(cache.history, around)
    return Weighed(around, blind, readings, expected, verdicts.decide(readings, cache.rules, expected, blind, around))


def blind_in(history: ServiceHistory, span: Span) -> Mask:
    """Return in which minutes of a span the observatory itself was not there."""
    return mask_of((Span(first, end) for first, end in history.blind(span)), span)


def _expected(cache: HistoryCache, subject: int, span: Span, wanted: Mask) -> Counts:
    """Return how many requests to expect of a subject in the wanted minutes of a span, 0 in the others."""
    expected = np.zeros(len(span), np.int64)
    positions = np.flatnonzero(wanted)
    if not len(positions):
        return expected
    asked = Span(span.first + int(positions[0]), span.first + int(positions[-1]) + 1)
    zone, method = cache.rules.zone, cache.rules.method
    begun = cache.history.first_day()
    history_first = min(span.first if begun is None else civil_day(begun, zone).span.first, asked.first)
    menu = cache.rules.menu(subject)
    past = []
    for week in expectation.weeks_before(asked, method):
        timelines = cache.timelines(week)
        known = [] if subject != SERVICE and menu is None else cache.history.incidents(menu.id if menu else None, week)
        counts = timelines.subject(subject).count[timelines.at(week)]
        past.append(expectation.leave_out(counts, week, [span_of(incident, week.end) for incident in known], history_first))
    expected[asked.first - span.first : asked.end - span.first] = expectation.expected(asked, past, history_first, method)
    return expected * wanted
