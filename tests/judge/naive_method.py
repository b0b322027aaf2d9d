"""The method once more, minute by minute and without any cleverness: what the judge must agree with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

UNKNOWN, UP, DEGRADED, PARTIAL, DOWN = range(5)

Requests = tuple[int, int, int, int, int]
"""count, bad, slow, throttled, client errors"""


@dataclass(frozen=True)
class NaiveMenu:
    """What happened to a menu: requests by minute, and votes (True: passed) by vantage and minute."""

    requests: Mapping[int, Requests] = field(default_factory=dict)
    votes: Mapping[int, Mapping[int, bool]] = field(default_factory=dict)
    hold_minutes: Mapping[int, int] = field(default_factory=dict)
    usual_client_errors: Mapping[int, int] = field(default_factory=dict)
    """By minute, where it is known how many are usual."""
    expected: Mapping[int, int] = field(default_factory=dict)
    """By minute, requests to expect where that is known."""
    critical: bool = False


@dataclass(frozen=True)
class NaiveIncident:
    """First minute, end (None: open), minutes down, minutes of the rest that were measured."""

    first: int
    end: int | None
    reason: str | None
    down: int
    partial: int


def verdicts_of_service(menus: Sequence[NaiveMenu], end: int, block: int, blind: frozenset[int]) -> tuple[list[int], list[list[int]]]:
    """Return the verdicts of minutes 0 to end, of the service and of each menu."""
    own = _bridged([_verdict(menus, minute, block, blind) for minute in range(end)])
    of_menus = [_bridged([_verdict([menu], minute, block, blind) for minute in range(end)]) for menu in menus]
    critical = [verdicts for menu, verdicts in zip(menus, of_menus, strict=True) if menu.critical]
    for minute in range(end):
        now = [verdicts[minute] for verdicts in critical]
        own[minute] = max([own[minute], *(verdict for verdict in now if verdict >= PARTIAL)])
    return own, of_menus


def evident_to_service(menus: Sequence[NaiveMenu], end: int, block: int, blind: frozenset[int]) -> tuple[list[bool], list[list[bool]]]:
    """Return in which minutes there is evidence, of the service and of each menu."""
    own = [_verdict(menus, minute, block, blind) != UNKNOWN for minute in range(end)]
    return own, [[_verdict([menu], minute, block, blind) != UNKNOWN for minute in range(end)] for menu in menus]


def held(before: Sequence[int], evident: Sequence[bool], now: Sequence[int], minute: int) -> list[int]:
    """Return what is published in a minute: a bad one that evidence made so gets no better once ten minutes have passed."""
    kept = list(now)
    for each, (old, known) in enumerate(zip(before, evident, strict=True)):
        if each < minute - 10 and old >= PARTIAL and known:
            kept[each] = max(old, kept[each])
    return kept


def quiet(menus: Sequence[NaiveMenu], minute: int) -> bool:
    """Return whether nothing failed in a minute that was measured; of few requests nobody knows."""
    count, bad, _, throttled, client_error = (
        sum(menu.requests.get(minute, (0, 0, 0, 0, 0))[position] for menu in menus) for position in range(5)
    )
    checks = [_vote(of_vantage, menu.hold_minutes[vantage], minute) for menu in menus for vantage, of_vantage in menu.votes.items()]
    return False not in checks and (count + throttled == 0 or (count >= 20 and not (bad or throttled or client_error)))


def incidents(verdicts: Sequence[int], quiets: Sequence[bool] = ()) -> list[NaiveIncident]:
    """Return the incidents in these verdicts, where in some minutes nothing failed that was measured."""
    found: list[NaiveIncident] = []
    recent: list[int] = []
    good: list[int] = []
    first: int | None = None
    unknown = last_bad = 0
    for minute, verdict in enumerate(verdicts):
        if verdict == UNKNOWN:
            unknown += 1
            if unknown > 60:
                if first is not None:
                    found.append(_incident(verdicts, first, last_bad + 1, "evidence_lost"))
                first, recent, good = None, [], []
            continue
        unknown = 0
        if first is None:
            recent = [*recent, minute][-30:]
            if opened := _opened(verdicts, recent, minute):
                first, last_bad, good = min(opened), minute, []
        elif verdict >= PARTIAL:
            last_bad, good = minute, []
        else:
            good = [*good, minute]
        closed = first is not None and len(good) == 5
        if first is not None and (closed or _is_over(verdicts, quiets, first, minute)):
            found.append(_incident(verdicts, first, good[0] if closed else minute + 1, "recovered"))
            first, recent = None, []
    if first is not None:
        found.append(_incident(verdicts, first, None, None))
    return found


def _opened(verdicts: Sequence[int], recent: Sequence[int], minute: int) -> list[int]:
    """Return the first bad minutes of what opens an incident in a minute."""
    return [
        bad[0]
        for bad_min, known_max, minutes_max in ((3, 5, 15), (6, 30, 60))
        if len(bad := [each for each in recent[-known_max:] if each > minute - minutes_max and verdicts[each] >= PARTIAL]) >= bad_min
    ]


def _is_over(verdicts: Sequence[int], quiets: Sequence[bool], first: int, minute: int) -> bool:
    """Return whether an incident that is only declared is over behind a minute."""
    if not quiets or minute + 1 == len(verdicts) or verdicts[minute] < PARTIAL or verdicts[minute + 1] >= PARTIAL:
        return False
    return all(quiets[each] for each in range(first, minute + 1) if verdicts[each] >= PARTIAL)


def expected(counts: Mapping[int, int], minute: int, history_first: int, left_out: frozenset[int]) -> int:
    """Return the median count of the same ten minutes of the week over the last four weeks, 0 under two weeks of history."""
    if minute - history_first < 14 * 1440:
        return 0
    slot = minute - minute % 10
    past = sorted(
        counts.get(each, 0)
        for week in range(1, 5)
        for each in range(slot - week * 10080, slot - week * 10080 + 10)
        if each >= history_first and each not in left_out
    )
    return (past[(len(past) - 1) // 2] + past[len(past) // 2]) // 2 if past else 0


def _verdict(menus: Sequence[NaiveMenu], minute: int, block: int, blind: frozenset[int]) -> int:
    by_users, by_probes = users(menus, minute, block), UNKNOWN if minute in blind else _probes(menus, minute)
    if by_users in (UP, DEGRADED) and by_probes != UNKNOWN and _vanished(menus, minute):
        return by_probes
    return by_users or by_probes


def _vanished(menus: Sequence[NaiveMenu], minute: int) -> bool:
    """Return whether traffic vanished; the menus of a service are so steady that its median is the sum of theirs."""
    to_expect = sum(menu.expected.get(minute, 0) for menu in menus)
    count = sum(menu.requests.get(minute, (0,))[0] for menu in menus)
    return to_expect >= 100 and count * 1000 < 200 * to_expect


def users(menus: Sequence[NaiveMenu], minute: int, block: int) -> int:
    first = minute - minute % block
    requests = [menu.requests.get(each, (0, 0, 0, 0, 0)) for menu in menus for each in range(first, first + block)]
    count, bad, slow, throttled, client_error = (sum(each[position] for each in requests) for position in range(5))
    usual = [menu.usual_client_errors.get(each) for menu in menus for each in range(first, first + block)]
    if (count >= 20 or block == 60) and bad >= 5 and bad * 1000 >= 500 * count:
        return DOWN
    if count >= 20 and bad >= 5 and bad * 1000 >= 100 * count:
        return PARTIAL
    if count + throttled >= 20 and throttled * 1000 >= 500 * (count + throttled):
        return PARTIAL
    if count < 20:
        return UNKNOWN
    if client_error * 1000 >= 500 * count and None not in usual and client_error >= 3 * sum(each or 0 for each in usual):
        return PARTIAL
    return DEGRADED if slow * 1000 >= 500 * count else UP


def _probes(menus: Sequence[NaiveMenu], minute: int) -> int:
    votes = [_vote(of_vantage, menu.hold_minutes[vantage], minute) for menu in menus for vantage, of_vantage in menu.votes.items()]
    ok, failed = votes.count(True), votes.count(False)
    if ok + failed == 0:
        return UNKNOWN
    return DOWN if failed > ok else PARTIAL if failed == ok else UP


def _vote(votes: Mapping[int, bool], hold: int, minute: int) -> bool | None:
    last = max((each for each in votes if each <= minute), default=None)
    return votes[last] if last is not None and minute < last + hold else None


def _bridged(verdicts: list[int]) -> list[int]:
    bridged = list(verdicts)
    minute = 0
    while minute < len(verdicts):
        end = minute
        while end < len(verdicts) and verdicts[end] == UNKNOWN:
            end += 1
        if 0 < end - minute <= 15 and minute > 0 and end < len(verdicts):
            sides = verdicts[minute - 1], verdicts[end]
            if min(sides) >= PARTIAL:
                bridged[minute:end] = [min(sides)] * (end - minute)
        minute = max(end, minute + 1)
    return bridged


def _incident(verdicts: Sequence[int], first: int, end: int | None, reason: str | None) -> NaiveIncident:
    inside = verdicts[first:end]
    down = sum(verdict == DOWN for verdict in inside)
    return NaiveIncident(first, end, reason, down, sum(verdict != UNKNOWN for verdict in inside) - down)
