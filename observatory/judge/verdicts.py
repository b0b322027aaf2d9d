"""Apply the method to one service: timelines get verdicts and classes, and findings are returned.

What changes in a span of minutes reaches a little farther than the span: votes are held, blocks are counted as one, and
runs of unknown minutes are bridged. `reach` says how far.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from observatory.judge import classes, evidence, maintenance
from observatory.judge.days import Span, day_of, days_of, mask_of
from observatory.judge.declared import verdicts_declared
from observatory.judge.evidence import Counts, Mask, Requests, Verdicts
from observatory.judge.hours import Hours
from observatory.judge.incidents import Finding
from observatory.judge.method import Method
from observatory.judge.outages import Course, Outage, detect
from observatory.judge.service_rules import Rules
from observatory.judge.timeline import SERVICE, Timeline, Timelines
from observatory.model.incident import DetectedBy, MinuteClass, Verdict

BLOCK_MINUTES_MAX = 60


@dataclass(frozen=True, slots=True)
class SubjectEvidence:
    """What users and probes say of a subject, minute by minute, and its requests."""

    users: Verdicts
    probes: Verdicts
    count: Counts
    block: Requests
    """What users were read from: the requests of the block each minute lies in."""
    maintained: Mask
    """Where maintenance of the subject is left out of what is measured."""


@dataclass(frozen=True, slots=True)
class Decision:
    """How the verdicts of a subject come about, step by step, minute by minute."""

    vanished: Mask
    by: NDArray[np.uint8]
    """`DecidedBy`."""
    own: Verdicts
    """By users and probes of the minute itself."""
    bridged: Verdicts
    """With unknown minutes between bad ones filled."""
    measured: Verdicts
    """With the critical menus, if the subject is the service."""
    verdict: Verdicts
    """No better than what was declared."""


def reach(span: Span, rules: Rules) -> Span:
    """Return the minutes whose verdict may depend on what happened in a span."""
    block, method = max(rules.blocks.values), rules.method
    return Span(
        span.first - (block - 1) - method.bridge_minutes_max,
        span.end + max(block - 1, method.vote_hold_minutes_max) + method.bridge_minutes_max,
    )


def surroundings(span: Span, method: Method) -> Span:
    """Return the minutes that must be looked at to judge a span: whole blocks, and farther than a bridge is long."""
    margin = method.bridge_minutes_max + 1
    first = (span.first - margin) // BLOCK_MINUTES_MAX * BLOCK_MINUTES_MAX
    return Span(first, -(-(span.end + margin) // BLOCK_MINUTES_MAX) * BLOCK_MINUTES_MAX)


def hold_votes(timelines: Timelines, rules: Rules, span: Span) -> None:
    """Put the votes in force in every minute of a span into the timelines; a service has those of all its menus."""
    where = timelines.at(span)
    service = timelines.subject(SERVICE)
    service.probe_ok[where] = service.probe_failed[where] = 0
    for index, menu in timelines.menus.items():
        near = menu.votes[(menu.votes[:, 0] >= span.first - rules.method.vote_hold_minutes_max) & (menu.votes[:, 0] < span.end)]
        ok, failed = maintenance.votes_in_force(near, partial(rules.hold_minutes, index), span, partial(rules.maintained, index))
        menu.probe_ok[where], menu.probe_failed[where] = ok, failed
        service.probe_ok[where] += ok
        service.probe_failed[where] += failed


def read(timelines: Timelines, rules: Rules, span: Span) -> dict[int, SubjectEvidence]:
    """Return the evidence of every subject in a span of whole blocks."""
    return {subject: _read(timelines, subject, span, rules) for subject in timelines.subjects}


def _read(timelines: Timelines, subject: int, span: Span, rules: Rules) -> SubjectEvidence:
    maintained = rules.maintained(subject, span)
    *counted, ok, failed = maintenance.counted(timelines, subject, span, rules.maintained)
    requests = Requests(*(rules.by_block(span, partial(maintenance.in_blocks, counts, maintained, span.first)) for counts in counted))
    users = rules.by_block(span, partial(evidence.of_users, requests, method=rules.method))
    told = timelines.subjects[subject].count[timelines.at(span)]
    return SubjectEvidence(users, evidence.of_probes(ok, failed), told, requests, maintained)


def with_client_errors(reading: SubjectEvidence, usual: Counts, rules: Rules) -> SubjectEvidence:
    """Return the evidence of a subject with what client errors say, of which so many are `usual` in the block of each minute."""
    return replace(reading, users=evidence.with_client_errors(reading.users, reading.block, usual, rules.method))


def decide(
    readings: Mapping[int, SubjectEvidence], rules: Rules, span: Span, expected: Mapping[int, Counts], blind: Mask
) -> dict[int, Decision]:
    """Return how every subject is decided in a span; a service with its critical menus. No `expected`: nothing vanished."""
    nothing, declared = np.zeros(len(blind), np.int64), partial(verdicts_declared, rules.declared, span=span)
    decisions = {}
    for subject, reading in readings.items():
        vanished = evidence.vanished(reading.count, expected.get(subject, nothing), rules.method)
        by = evidence.decided_by(reading.users, reading.probes, vanished, blind)
        own = evidence.decide(reading.users, reading.probes, by)
        bridged = evidence.bridge(own, rules.method.bridge_minutes_max)
        decisions[subject] = Decision(vanished, by, own, bridged, bridged, np.maximum(bridged, declared(subject)))
    critical = [
        np.where(
            is_critical & ~(readings[menu].maintained & ~readings[SERVICE].maintained), decisions[menu].verdict, np.uint8(Verdict.UNKNOWN)
        )
        for menu, is_critical in rules.critical_in(span).items()
        if menu in decisions
    ]
    service = decisions[SERVICE]
    measured = evidence.with_critical_menus(service.bridged, critical)
    decisions[SERVICE] = replace(service, measured=measured, verdict=np.maximum(measured, declared(SERVICE)))
    return decisions


def find(timelines: Timelines, rules: Rules, subject: int, span: Span) -> list[Finding]:
    """Return what was found wrong with a subject in a span at whose start nothing was, and class its minutes."""
    timeline, where = timelines.subjects[subject], timelines.at(span)
    closed, excluded = rules.hours.closed(timelines.days)[where], rules.maintenance_of(subject)
    excused = (timeline.verdict[where] >= Verdict.PARTIAL) & mask_of(excluded, span)
    course = Course.of(timeline.verdict[where], span.first, closed | excused, _quiet(timeline, where, rules.method))
    outages = detect(course, rules.method)
    spans = [outage.span(span.end) for outage in outages]
    timeline.minute_class[where] = classes.classify(timeline.verdict[where], span.first, spans, closed, excluded)
    return [_finding(timelines, rules, subject, outage, span.end) for outage in outages]


def close(timelines: Timelines, hours: Hours, span: Span) -> None:
    """Class as closed what is outside service hours on all days a span touches, also where nothing is known of it yet.

    So a day's account, which does not say when its unknown minutes were, counts none that were closed.
    """
    for day in days_of(span, hours.zone):
        where, closed = timelines.at(day.span), hours.closed((day,))
        for subject in timelines.subjects.values() if closed.any() else ():
            of_day = subject.minute_class[where]
            of_day[closed & (of_day == MinuteClass.UNKNOWN)] = MinuteClass.CLOSED


def _quiet(timeline: Timeline, where: slice, method: Method) -> Mask:
    """Return in which minutes nothing that was measured failed, as the open data tell it: of few requests nobody knows."""
    count, bad, _, throttled, client_error = (counts[where] for counts in timeline.requests)
    good = (count >= method.users_count_min) & (bad + throttled + client_error == 0)
    quiet: Mask = ((count + throttled == 0) | good) & (timeline.probe_failed[where] == 0)
    return quiet


def _finding(timelines: Timelines, rules: Rules, subject: int, outage: Outage, horizon: int) -> Finding:
    timeline, where = timelines.subjects[subject], timelines.at(outage.span(horizon))
    minute_class = timeline.minute_class[where]
    return Finding(
        outage=outage,
        down_minutes=int((minute_class == MinuteClass.DOWN).sum()),
        partial_minutes=int((minute_class == MinuteClass.PARTIAL).sum()),
        major=bool(((timeline.verdict[where] == Verdict.DOWN) & (minute_class != MinuteClass.MAINTENANCE)).any()),
        detected_by=_detected_by(timelines, rules, subject, outage.first),
    )


def _detected_by(timelines: Timelines, rules: Rules, subject: int, minute: int) -> DetectedBy:
    """Return who saw the failure in a minute: of the subject itself, or of a critical menu that made it bad; else who declared it.

    Where neither users nor probes are bad by themselves, and nobody declared it, users were: refused more often than is usual.
    """
    block = Span(minute // BLOCK_MINUTES_MAX * BLOCK_MINUTES_MAX, minute // BLOCK_MINUTES_MAX * BLOCK_MINUTES_MAX + BLOCK_MINUTES_MAX)
    critical = rules.critical.on(day_of(minute, rules.zone)) if subject == SERVICE else frozenset[int]()
    subjects = (subject, *sorted(critical & timelines.subjects.keys()))
    seen = [_read(timelines, index, block, rules) for index in subjects]
    if max(each.users[minute - block.first] for each in seen) >= Verdict.PARTIAL:
        return "users"
    if max(each.probes[minute - block.first] for each in seen) >= Verdict.PARTIAL:
        return "probes"
    said = any(verdicts_declared(rules.declared, index, Span(minute, minute + 1)).any() for index in subjects)
    return "declared" if said else "users"
