"""Weigh the evidence of some minutes and decide, with all that decided: the one way to a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from observatory.judge import evidence, expectation, maintenance, verdicts
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
    usual_client_errors: Mapping[int, Counts]
    """Of the block each minute lies in; ABSENT where it does not matter or is not known."""
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
    client_errors = {subject: _usual_client_errors(cache, subject, around, read, wanted) for subject, read in readings.items()}
    readings = {subject: verdicts.with_client_errors(read, client_errors[subject], cache.rules) for subject, read in readings.items()}
    expected = {
        subject: _expected(cache, subject, around, wanted | contested(read.users, read.probes)) for subject, read in readings.items()
    }
    blind = blind_in(cache.history, around)
    return Weighed(around, blind, readings, expected, client_errors, verdicts.decide(readings, cache.rules, around, expected, blind))


def blind_in(history: ServiceHistory, span: Span) -> Mask:
    """Return in which minutes of a span the observatory itself was not there."""
    return mask_of((Span(first, end) for first, end in history.blind(span)), span)


def _expected(cache: HistoryCache, subject: int, span: Span, wanted: Mask) -> Counts:
    """Return how many requests to expect of a subject in the wanted minutes of a span, 0 in the others."""
    return np.maximum(_usual(cache, subject, "count", span, wanted), 0) * wanted


def _usual_client_errors(cache: HistoryCache, subject: int, span: Span, reading: SubjectEvidence, wanted: Mask) -> Counts:
    """Return how many client errors are usual in the block of each minute where it matters or is wanted, else ABSENT."""
    rules, first = cache.rules, span.first
    asked = wanted | (evidence.many_client_errors(reading.block, rules.method) & np.isin(reading.users, evidence.SERVED))
    whole_blocks = rules.by_block(span, partial(evidence.in_blocks, asked.astype(np.int64), first)) > 0
    usual = _usual(cache, subject, "client_error", span, whole_blocks)
    known = rules.by_block(span, partial(evidence.in_blocks, (usual == expectation.ABSENT).astype(np.int64), first)) == 0
    of_block = rules.by_block(span, partial(maintenance.in_blocks, usual, reading.maintained, first))
    return np.where(whole_blocks & known, of_block, expectation.ABSENT)


def _usual(cache: HistoryCache, subject: int, name: Literal["count", "client_error"], span: Span, wanted: Mask) -> Counts:
    """Return what a subject usually has in each minute between the first and the last wanted one, ABSENT where that is not known."""
    usual = np.full(len(span), expectation.ABSENT, np.int64)
    positions = np.flatnonzero(wanted)
    if not len(positions):
        return usual
    asked = Span(span.first + int(positions[0]), span.first + int(positions[-1]) + 1)
    history_first, method = min(_history_first(cache, span, name), asked.first), cache.rules.method
    menu = cache.rules.menu(subject)
    past = []
    for week in expectation.weeks_before(asked, method):
        timelines = cache.timelines(week)
        known = [] if subject != SERVICE and menu is None else cache.history.incidents(menu.id if menu else None, week)
        counts = getattr(timelines.subject(subject), name)[timelines.at(week)]
        past.append(expectation.leave_out(counts, week, [span_of(incident, week.end) for incident in known], history_first))
    usual[asked.first - span.first : asked.end - span.first] = expectation.usual(asked, past, history_first, method)
    return usual


def _history_first(cache: HistoryCache, span: Span, name: Literal["count", "client_error"]) -> int:
    """Return the first minute that is known of what is counted."""
    begun = cache.history.first_day()
    first = span.first if begun is None else civil_day(begun, cache.rules.zone).span.first
    return max(first, cache.history.client_errors_from()) if name == "client_error" else first
