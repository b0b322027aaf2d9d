"""Judge a span of changed minutes of one service: its strips, load times and incidents are returned, to be stored.

It reads what it needs through `ServiceHistory` and stores nothing. Judging the same span twice gives the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from observatory.judge import expectation, finality, load_times, timeline, verdicts
from observatory.judge.days import CivilDay, Span, civil_day, day_of, days_of, minute_of
from observatory.judge.finality import Published, Withheld
from observatory.judge.history import HistoryCache, ServiceHistory
from observatory.judge.incidents import Changes, Finding, Seen, Subject, reconcile, span_of
from observatory.judge.method import Method
from observatory.judge.outages import Course, all_quiet_before, quiet_after
from observatory.judge.service_rules import Rules
from observatory.judge.timeline import SERVICE, Timelines
from observatory.judge.weighing import weigh
from observatory.model.day import DayLoad, DayStrip
from observatory.model.minute import MinuteCounters

PORTION_DAYS = 7
"""Longer spans are judged in portions: what to expect of a minute is known a week before it, not earlier."""
TICK_MINUTES = 30
"""How far back time that passed in silence is judged again; the observatory slept through longer gaps, and was blind."""
MARGINS_DAYS = (0, 1, 8, 64, 400)
"""How far around a span the judge looks for a quiet minute to start and end at, a little first."""


@dataclass(frozen=True, slots=True)
class JudgedPortion:
    """What is to be stored, incidents first: after a crash between the two, judging again does the rest."""

    incidents: Changes
    strips: tuple[DayStrip, ...]
    load_times: tuple[DayLoad, ...]
    withheld: tuple[Withheld, ...] = ()


@dataclass(frozen=True, slots=True)
class Portion:
    """Changed minutes that are judged at once."""

    span: Span
    whole: bool
    """Nothing follows: incidents are followed to where they end. Else what comes after is judged next."""


def portions(span: Span, rules: Rules) -> Iterator[Portion]:
    """Yield a span in portions of at most a week, cut at midnight."""
    days = days_of(span, rules.zone)
    for first in range(0, len(days), PORTION_DAYS):
        week = days[first : first + PORTION_DAYS]
        yield Portion(Span(week[0].span.first, week[-1].span.end).within(span), first + PORTION_DAYS >= len(days))


def dependent_on(span: Span, horizon: int, method: Method) -> Span:
    """Return the minutes, later ones by at least a week, of which what is expected depends on a span."""
    week = expectation.WEEK_MINUTES
    return Span(max(span.end, span.first + week), span.end + method.expected_weeks * week).within(Span(span.end, max(span.end, horizon)))


def judge_portion(history: ServiceHistory, rules: Rules, portion: Portion, now: datetime) -> JudgedPortion:
    """Return the judgement of a portion whose rows may have changed; minutes after `now` keep no verdict."""
    horizon = minute_of(now) + 1
    cache = HistoryCache(history, rules)
    summing = _days_to_sum(cache, portion.span, horizon)
    rows, span, sources = _read_rows(cache, portion.span, summing)
    affected = verdicts.reach(span, rules)
    affected = affected.within(Span(affected.first, horizon if portion.whole else min(horizon, portion.span.end)))
    timelines, start = _load(cache, span, affected, horizon)
    timelines.sources.update(sources)
    for each in rules.declared:
        if len(each.span.within(affected)):
            timelines.subject(each.subject)  # Declared bad although nothing was ever heard of it.
    published = finality.published(cache, timelines, affected, horizon) if len(affected) else {}
    timeline.replace_rows(timelines, rows, span)
    changes, withheld = Changes(()), tuple[Withheld, ...]()
    if len(affected):
        withheld = _decide(cache, timelines, affected, horizon, published)
        changes = _find(cache, timelines, start, affected, horizon if portion.whole else affected.end, now)
        verdicts.close(timelines, rules.hours, affected)
    summed = [day for day in summing if day.day not in timelines.settled]
    return JudgedPortion(changes, tuple(timeline.to_strips(timelines, cache.known)), tuple(_sum(rows, rules, timelines, summed)), withheld)


def _days_to_sum(cache: HistoryCache, span: Span, horizon: int) -> list[CivilDay]:
    """Return the days of a span that are over, and those that were summed already: a clock that leapt ahead thought them over."""
    days, method = days_of(span, cache.rules.zone), cache.rules.method
    lasting = [day for day in days if not is_over(day, horizon, method)]
    load_times_of = cache.history.load_times(lasting[0].day, lasting[-1].day + timedelta(days=1)) if lasting else []
    early = {load.day for load in load_times_of}
    return [day for day in days if is_over(day, horizon, method) or day.day in early]


def is_over(day: CivilDay, horizon: int, method: Method) -> bool:
    """Return whether a day has ended, and its last minute is no longer provisional: its load times are summed then."""
    return day.span.end + method.provisional_minutes < horizon


def sum_days(history: ServiceHistory, rules: Rules, days: Sequence[CivilDay]) -> list[DayLoad]:
    """Return the load times of those of these days that were judged but not summed yet: they ended since."""
    load_times_of: list[DayLoad] = []
    for day in days:
        strips = history.strips(day.day, day.day + timedelta(days=1))
        if strips:
            timelines = timeline.from_strips(rules.service.index, (day,), strips)
            load_times_of.extend(_sum(history.minutes(day.span), rules, timelines, [day]))
    return load_times_of


def fold(rules: Rules, day: CivilDay, rows: MinuteCounters, strips: Sequence[DayStrip], sums: Sequence[DayLoad]) -> JudgedPortion:
    """Return the strips and load times of a settled day with the rows added that arrived since; the verdicts are still the old ones."""
    timelines = timeline.from_strips(rules.service.index, (day,), strips)
    timelines.sources.update(_sources(rules, timelines, rows, [day]))
    timeline.add_rows(timelines, rows)
    merged = load_times.merge(load_times.of_day(sums), load_times.of_rows(rows, day.span))
    folded = load_times.to_day(merged, rules.service.index, day.day, timelines.sources.get(day.day, 0))
    return JudgedPortion(Changes(()), tuple(timeline.to_strips(timelines, {})), tuple(folded))


def _read_rows(cache: HistoryCache, span: Span, summing: Sequence[CivilDay]) -> tuple[MinuteCounters, Span, dict[date, int]]:
    """Return the minute rows of a span, widened to whole days where those are summed."""
    rules = cache.rules
    known, days = cache.timelines(span), days_of(span, rules.zone)
    span = _widen(span, summing)
    rows = cache.history.minutes(span)
    return rows, span, _sources(rules, known, rows, days)


def _sources(rules: Rules, known: Timelines, rows: MinuteCounters, days: Iterable[CivilDay]) -> dict[date, int]:
    """Return the server source of each day that has one: the one it had so far, else the one that was chosen, once it reports."""
    sources = {}
    for day in days:
        chosen = known.sources.get(day.day) or rules.source_of(day.day)
        if day.day in known.sources or chosen in timeline.present_sources(rows, day.span):
            sources[day.day] = chosen
    return sources


def _widen(span: Span, days: Iterable[CivilDay]) -> Span:
    days = [day for day in days if len(day.span.within(span))]
    return Span(min([span.first, *(day.span.first for day in days)]), max([span.end, *(day.span.end for day in days)]))


def _load(cache: HistoryCache, span: Span, affected: Span, horizon: int) -> tuple[Timelines, int]:
    """Return timelines around a span, and the minute in them before which nothing was wrong."""
    first_day, method = cache.history.first_day(), cache.rules.method
    around = verdicts.surroundings(affected, method)
    last_minute = min(around.end + method.evidence_lost_minutes, horizon)
    least = Span(min(around.first - method.vote_hold_minutes_max, span.first), max(span.end, last_minute))
    for margin_days in MARGINS_DAYS:
        margin = timedelta(days=margin_days)
        first, last = day_of(least.first, cache.rules.zone) - margin, day_of(least.end - 1, cache.rules.zone) + margin
        last = min(last, max(day_of(least.end - 1, cache.rules.zone), day_of(horizon - 1, cache.rules.zone)))
        loaded = Span(civil_day(first, cache.rules.zone).span.first, civil_day(last, cache.rules.zone).span.end)
        timelines = cache.timelines(loaded)
        closed = cache.rules.hours.closed(timelines.days)
        courses = [Course.of(subject.verdict, loaded.first, closed) for subject in timelines.subjects.values()]
        start = all_quiet_before(courses, affected.first, method)
        if start is None and (first_day is None or first <= first_day):
            start = loaded.first
        settled = all(quiet_after(course, affected.end, method) is not None for course in courses)
        if start is not None and (settled or loaded.end >= horizon):
            break
    return timelines, loaded.first if start is None else start


def _decide(
    cache: HistoryCache, timelines: Timelines, affected: Span, horizon: int, published: Mapping[int, Published]
) -> tuple[Withheld, ...]:
    """Put the verdicts of the affected minutes into the timelines; return what would be better than what is final."""
    weighed = weigh(cache, timelines, affected, horizon)
    where = slice(affected.first - weighed.span.first, affected.end - weighed.span.first)
    withheld: list[Withheld] = []
    for subject, decision in weighed.decisions.items():
        verdict = decision.verdict[where]
        if subject in published:
            verdict, better = finality.hold(published[subject], verdict, affected, cache.rules.corrected(subject))
            withheld += [Withheld(subject, span) for span in better]
        timelines.subjects[subject].verdict[timelines.at(affected)] = verdict
    return tuple(withheld)


def _find(cache: HistoryCache, timelines: Timelines, start: int, affected: Span, horizon: int, now: datetime) -> Changes:
    """Return what changes among the incidents of the service and its menus."""
    known_menus = [menu for menu in cache.rules.service.menus if menu.index in timelines.subjects]
    others = [subject for subject in timelines.menus if cache.rules.menu(subject) is None]
    for subject in others:
        verdicts.find(timelines, cache.rules, subject, _extent(cache, timelines, subject, start, affected, horizon))
    menu_spans: dict[str, list[Span]] = {}
    changes = []
    for menu in known_menus:
        extent = _extent(cache, timelines, menu.index, start, affected, horizon)
        findings = verdicts.find(timelines, cache.rules, menu.index, extent)
        later = cache.history.incidents(menu.id, Span(extent.end, horizon)) if extent.end < horizon else []
        menu_spans[menu.id] = [finding.outage.span(extent.end) for finding in findings] + [span_of(incident, horizon) for incident in later]
        changes.append(_reconcile(cache, menu.id, findings, extent, now))
    extent = _extent(cache, timelines, SERVICE, start, affected, horizon)
    found = verdicts.find(timelines, cache.rules, SERVICE, extent)
    findings = [_with_menus(finding, menu_spans, extent.end) for finding in found]
    changes.append(_reconcile(cache, None, findings, extent, now))
    return Changes(tuple(incident for change in changes for incident in change.keep))


def _extent(cache: HistoryCache, timelines: Timelines, subject: int, start: int, affected: Span, horizon: int) -> Span:
    """Return the minutes of a subject in which incidents are looked for: until verdicts that did not change take over."""
    known = slice(0, horizon - timelines.span.first)
    course = Course.of(timelines.subjects[subject].verdict[known], timelines.span.first, cache.rules.hours.closed(timelines.days)[known])
    quiet = quiet_after(course, affected.end, cache.rules.method) if affected.end < horizon else None
    return Span(start, min(horizon, timelines.span.end) if quiet is None else quiet)


def _reconcile(cache: HistoryCache, menu_id: str | None, findings: Sequence[Finding], extent: Span, now: datetime) -> Changes:
    stored = cache.history.incidents(menu_id, extent)
    subject = Subject(cache.rules.service.id, menu_id)
    menu = cache.rules.service.menu(menu_id) if menu_id is not None else None
    corrected = cache.rules.corrected(menu.index if menu else SERVICE)
    seen = Seen(now, cache.rules.method.provisional_minutes, corrected)
    return reconcile(subject, findings, stored, extent.end, seen, cache.history.incident)


def _with_menus(finding: Finding, menu_spans: dict[str, list[Span]], horizon: int) -> Finding:
    whole = finding.outage.span(horizon)
    menu_ids = tuple(menu_id for menu_id, spans in menu_spans.items() if any(len(span.within(whole)) for span in spans))
    return Finding(finding.outage, finding.down_minutes, finding.partial_minutes, finding.major, finding.detected_by, menu_ids)


def _sum(rows: MinuteCounters, rules: Rules, timelines: Timelines, days: Iterable[CivilDay]) -> list[DayLoad]:
    index = rules.service.index
    return [
        load
        for day in days
        for load in load_times.to_day(load_times.of_rows(rows, day.span), index, day.day, timelines.sources.get(day.day, 0))
    ]
