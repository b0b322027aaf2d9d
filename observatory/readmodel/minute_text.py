"""Write what is known of a minute as text for a terminal. Times are UTC."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from observatory.flows.figures import MinuteAccount
from observatory.judge.evidence import DecidedBy
from observatory.judge.explaining import name_of
from observatory.judge.explanation import Counted, MinuteState, SubjectExplanation, Users
from observatory.judge.method import Method
from observatory.model.columns import Source
from observatory.model.exemplar import Exemplar
from observatory.model.incident import Verdict
from observatory.model.minute import Counter

STATES: Mapping[MinuteState, str] = {
    "to_come": "This minute is still to come.",
    "running": "This minute is not over yet: what stands here may still change.",
    "judged": "",
    "settled": "What each source counted is no longer kept; what the verdict was made of is.",
    "unjudged": "This minute has not been judged yet.",
    "nothing_kept": "Nothing is known of this minute: nothing came in on that day, or it was too long ago.",
}
WAITING = "More came in since this minute was judged; it will be judged again within a minute or so."
DECIDED: Mapping[DecidedBy, str] = {
    DecidedBy.NOBODY: "there is no evidence",
    DecidedBy.USERS: "requests decide",
    DecidedBy.PROBES: "too few requests: probes decide",
    DecidedBy.PROBES_OVER_USERS: "traffic vanished: probes overrule the survivors",
    DecidedBy.BLIND: "the observatory was not running",
}
SERVER_SOURCES: Mapping[int, str] = {
    Source.ACCESS_LOG: "access log",
    Source.OTLP_METRIC: "OTLP metrics",
    Source.OTLP_SPAN: "OTLP spans",
    Source.OTLP_LOG: "OTLP logs",
    Source.BROWSER: "browsers",
}
TOLD_COUNTERS = (Counter.COUNT, Counter.BAD, Counter.SLOW, Counter.THROTTLED, Counter.CLIENT_ERROR, Counter.EXCLUDED)
COUNTED_HEAD = ("menu", "source", "count", "bad", "slow", "throttled", "client error", "excluded", "mean ms")
EXEMPLARS_HEAD = ("end", "menu", "kind", "status", "ms", "route", "source", "trace")


def as_text(account: MinuteAccount) -> str:
    """Return all of it, one fact a line."""
    return "\n".join(_lines(account))


def _lines(account: MinuteAccount) -> Iterator[str]:
    explained = account.explanation
    yield f"{explained.service_id}, {name_of(explained.minute)}, {explained.method.version}"
    yield from (text for text in (STATES[explained.state], WAITING if explained.waiting else "") if text)
    if explained.subjects:
        yield f"Requests are read from: {_source(explained.source, account) if explained.source else 'no server reported on that day'}"
    for subject in explained.subjects:
        yield ""
        yield from _subject(subject, account)
    if explained.counted:
        yield ""
        yield from _table(COUNTED_HEAD, [_counted(row, account) for row in explained.counted])
    if account.exemplars:
        yield ""
        yield from _table(EXEMPLARS_HEAD, [_exemplar(exemplar, account) for exemplar in account.exemplars])


def _subject(subject: SubjectExplanation, account: MinuteAccount) -> Iterator[str]:
    name = "the service as a whole" if subject.menu == 0 else f"menu {_menu(subject.menu, account)}"
    yield f"{name}{' (critical)' if subject.critical else ''}: {subject.stored.name}, {subject.minute_class.name.lower()}" + (
        f", incident {subject.incident.id}" if subject.incident else ""
    )
    yield f"  requests  {subject.count}, {subject.bad} bad, {subject.slow} slow"
    yield f"  users     {subject.users.says.name}: {rule(subject.users, account.explanation.method)}"
    yield f"  probes    {subject.probes.says.name}: {subject.probes.ok} ok, {subject.probes.failed} failed"
    for vote in subject.probes.votes if subject.menu else ():
        result, cast, end = "failed" if vote.failed else "ok", name_of(vote.cast_minute), name_of(vote.end_minute)
        yield f"              {_source(vote.source, account)} {result} at {cast}, holds before {end}"
    if subject.expected:
        yield f"  expected  {subject.expected} requests{', vanished' if subject.vanished else ''}"
    yield f"  decision  {DECIDED[subject.decided_by]}: {subject.own.name}" + "".join(_steps(subject))


def _steps(subject: SubjectExplanation) -> Iterator[str]:
    if subject.bridged != subject.own:
        yield f"; between two bad minutes: {subject.bridged.name}"
    if subject.verdict != subject.bridged:
        yield f"; with its critical menus: {subject.verdict.name}"


def rule(users: Users, method: Method) -> str:
    """Return which rule spoke, with its numbers."""
    length = users.block.end - users.block.first
    seen = f"{users.count} requests" + (f" in {length} minutes" if length > 1 else "")
    turned_away = f"{users.throttled} of {users.count + users.throttled} requests turned away, {method.throttled_permille / 10:g} % or more"
    usual = f"{method.client_error_permille / 10:g} % or more; usual are {users.usual_client_error}"
    refused = f"{users.client_error} of {seen} client errors, {usual}"
    partial = {"bad": _bad_rule(users, seen, method.partial_permille, method), "throttled": turned_away, "client_error": refused}
    rules = {
        Verdict.UNKNOWN: f"{seen}, fewer than {method.users_count_min}",
        Verdict.DOWN: _bad_rule(users, seen, method.down_permille, method),
        Verdict.PARTIAL: partial[users.partial_by(method)],
        Verdict.DEGRADED: f"{users.slow} of {seen} slow, {method.slow_permille / 10:g} % or more",
        Verdict.UP: f"{users.bad} of {seen} bad, {users.slow} slow: neither often enough",
    }
    return rules[users.says]


def _bad_rule(users: Users, seen: str, permille: int, method: Method) -> str:
    return f"{users.bad} of {seen} bad, at least {method.users_bad_count_min} and {permille / 10:g} % or more"


def _counted(row: Counted, account: MinuteAccount) -> tuple[object, ...]:
    timed, spent_us = row.of(Counter.TIMED), row.of(Counter.DURATION_US)
    mean_ms = f"{spent_us / timed / 1000:.1f}" if timed else "-"
    return (_menu(row.menu, account), _source(row.source, account), *map(row.of, TOLD_COUNTERS), mean_ms)


def _exemplar(exemplar: Exemplar, account: MinuteAccount) -> tuple[object, ...]:
    return (
        f"{datetime.fromtimestamp(exemplar.end_ms / 1000, UTC):%H:%M:%S}",
        _menu(exemplar.menu, account),
        exemplar.kind.name.lower(),
        exemplar.status or "-",
        f"{exemplar.duration_us / 1000:.1f}" if exemplar.duration_us >= 0 else "-",
        exemplar.template or "-",
        _source(exemplar.source, account),
        exemplar.trace_id or "-",
    )


def _menu(index: int, account: MinuteAccount) -> str:
    return next((menu.id for menu in account.service.menus if menu.index == index), f"#{index}" if index else "-")


def _source(source: int, account: MinuteAccount) -> str:
    kind = "agency probe" if source >= Source.AGENCY_PROBE else "probe"
    return SERVER_SOURCES.get(source) or f"{kind} {account.vantages.get(source, source)}"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    texts = [tuple(head), *(tuple(str(cell) for cell in row) for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(head))]
    for row in texts:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
