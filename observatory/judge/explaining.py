"""Explain why a minute was judged as it was: by the judge's own functions, from what is stored of it."""

import re
from datetime import UTC, datetime
from functools import partial

from observatory.errors import BadInput, phrase
from observatory.judge import votes
from observatory.judge.days import Span, civil_day, day_of, minute_of, moment_of
from observatory.judge.evidence import DecidedBy
from observatory.judge.expectation import ABSENT
from observatory.judge.explanation import Counted, Explanation, HeldVote, MinuteState, Probes, SubjectExplanation, Users
from observatory.judge.history import HistoryCache, ServiceHistory
from observatory.judge.service_rules import Rules
from observatory.judge.timeline import SERVICE, Timelines
from observatory.judge.verdicts import surroundings
from observatory.judge.weighing import Weighed, weigh
from observatory.model.day import DayStrip
from observatory.model.incident import MinuteClass, Verdict
from observatory.model.minute import MinuteCounters

MINUTE_PATTERN = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(?::\d{2})?Z", re.ASCII)
MINUTE_FORMAT = "%Y-%m-%dT%H:%MZ"
END = datetime(9999, 12, 30, tzinfo=UTC)
"""Behind it days do not exist in every zone."""


def minute_named(text: str) -> int:
    """Return the minute written as 2026-11-20T09:04Z, or with its seconds, which do not matter. Raises BadInput."""
    match = MINUTE_PATTERN.fullmatch(text)
    try:
        moment = datetime.fromisoformat(f"{match[1]}+00:00") if match else None
    except ValueError:
        moment = None
    if moment is None or moment.timestamp() < 0 or moment >= END:
        raise BadInput(phrase("cannot read minute %(text)r"), phrase("write it in UTC, as 2026-11-20T09:04Z"), text=text[:40])
    return minute_of(moment)


def name_of(minute: int) -> str:
    """Return how a minute is written."""
    return moment_of(minute).strftime(MINUTE_FORMAT)


def explain_minute(history: ServiceHistory, rules: Rules, minute: int, now: datetime) -> Explanation:
    """Return why a minute was judged as it was.

    It is judged again from what was stored of it, by what is known around it now: the same verdict comes out unless the
    minute is `waiting`.
    """
    span, horizon = Span(minute, minute + 1), minute_of(now) + 1
    counted, unjudged = _counted(history.minutes(span)), history.unjudged()
    day = civil_day(day_of(minute, rules.zone), rules.zone)
    cache = HistoryCache(history, rules)
    strips = {strip.menu: strip for strip in cache.strips((day,))}
    state = _state(minute, horizon, strips.get(SERVICE), counted)
    waiting = unjudged is not None and len(span.within(unjudged)) > 0
    if state not in ("running", "judged", "settled") or SERVICE not in strips:
        return Explanation(rules.service.id, minute, rules.method, state, waiting, 0, blind=False, counted=counted, subjects=())
    around, held_minutes = surroundings(span, rules.method), rules.method.vote_hold_minutes_max
    timelines = cache.timelines(Span(around.first - held_minutes, around.end + held_minutes))
    for menu in rules.service.menus:
        timelines.subject(menu.index)
    weighed = weigh(cache, timelines, span, horizon, tell_expected=True)
    return Explanation(
        service_id=rules.service.id,
        minute=minute,
        method=rules.method,
        state=state,
        waiting=waiting,
        source=timelines.sources.get(day.day, 0),
        blind=bool(weighed.blind[minute - weighed.span.first]),
        counted=counted,
        subjects=tuple(_subject(cache, timelines, weighed, subject, minute) for subject in _order(timelines, rules)),
    )


def _state(minute: int, horizon: int, strip: DayStrip | None, counted: tuple[Counted, ...]) -> MinuteState:
    if minute >= horizon:
        return "to_come"
    if minute == horizon - 1:
        return "running"
    if strip is None:
        return "unjudged" if counted else "nothing_kept"
    return "settled" if strip.settled else "judged"


def _counted(rows: MinuteCounters) -> tuple[Counted, ...]:
    table = zip(rows.menu.tolist(), rows.source.tolist(), rows.values.tolist(), strict=True)
    return tuple(Counted(menu, source, tuple(values)) for menu, source, values in table)


def _order(timelines: Timelines, rules: Rules) -> list[int]:
    """Return the service, its menus as in the catalogue, and after those the ones the catalogue no longer has."""
    listed = [SERVICE, *(menu.index for menu in rules.service.menus)]
    return listed + sorted(timelines.subjects.keys() - set(listed))


def _subject(cache: HistoryCache, timelines: Timelines, weighed: Weighed, subject: int, minute: int) -> SubjectExplanation:
    rules, timeline = cache.rules, timelines.subjects[subject]
    here, at = minute - timelines.span.first, minute - weighed.span.first
    reading, decision = weighed.readings[subject], weighed.decisions[subject]
    menu = rules.menu(subject)
    known = cache.history.incidents(menu.id if menu else None, Span(minute, minute + 1)) if menu or subject == SERVICE else []
    day = day_of(minute, rules.zone)
    return SubjectExplanation(
        menu=subject,
        menu_id=menu.id if menu else None,
        critical=subject in rules.critical.on(day),
        count=int(timeline.count[here]),
        bad=int(timeline.bad[here]),
        slow=int(timeline.slow[here]),
        users=_users(weighed, subject, minute, rules.blocks.on(day)),
        probes=Probes(
            int(timeline.probe_ok[here]),
            int(timeline.probe_failed[here]),
            _votes(timelines, rules, subject, minute),
            Verdict(int(reading.probes[at])),
        ),
        expected=int(weighed.expected[subject][at]),
        vanished=bool(decision.vanished[at]),
        decided_by=DecidedBy(int(decision.by[at])),
        own=Verdict(int(decision.own[at])),
        bridged=Verdict(int(decision.bridged[at])),
        measured=Verdict(int(decision.measured[at])),
        verdict=Verdict(int(decision.verdict[at])),
        stored=Verdict(int(timeline.verdict[here])),
        minute_class=MinuteClass(int(timeline.minute_class[here])),
        incident=known[0] if known else None,
    )


def _users(weighed: Weighed, subject: int, minute: int, block_minutes: int) -> Users:
    """Return what users say of a subject in the block a minute lies in."""
    reading, at = weighed.readings[subject], minute - weighed.span.first
    first, usual = minute // block_minutes * block_minutes, int(weighed.usual_client_errors[subject][at])
    return Users(
        block=Span(first, first + block_minutes),
        count=int(reading.block.counted[at]),
        bad=int(reading.block.bad[at]),
        slow=int(reading.block.slow[at]),
        throttled=int(reading.block.throttled[at]),
        client_error=int(reading.block.client_error[at]),
        usual_client_error=usual if usual != ABSENT else None,
        says=Verdict(int(reading.users[at])),
    )


def _votes(timelines: Timelines, rules: Rules, subject: int, minute: int) -> tuple[HeldVote, ...]:
    """Return the votes in force of a menu, or of all menus of the service."""
    found = []
    for menu, timeline in timelines.menus.items():
        if subject in (SERVICE, menu):
            held_minutes = rules.method.vote_hold_minutes_max
            whole = Span(minute - held_minutes, minute + held_minutes + 1)
            near = timeline.votes[(timeline.votes[:, 0] >= whole.first) & (timeline.votes[:, 0] < whole.end)]
            maintained = rules.maintained(menu, whole)
            if not maintained[held_minutes]:
                near = near[~maintained[near[:, 0] - whole.first]]
            held = votes.held_in(near, partial(rules.hold_minutes, menu), minute)
            found += [HeldVote(menu, source, cast, end, bool(failed)) for cast, source, failed, end in held.tolist()]
    return tuple(found)
