"""Make verdicts of counts and votes, minute by minute (method sections 3 and 4).

Arrays hold one `Verdict` (uint8) a minute; as evidence of users or probes, UNKNOWN means there is none.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from observatory.judge.method import Method
from observatory.model.incident import Verdict

Verdicts = NDArray[np.uint8]
Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]


SERVED = (Verdict.UP, Verdict.DEGRADED)


class Requests(NamedTuple):
    """Requests of every minute, or of the block it lies in."""

    counted: Counts
    """Answered or failed."""
    bad: Counts
    slow: Counts
    throttled: Counts
    """Turned away; not in `counted`."""
    client_error: Counts
    """Of those answered."""


class DecidedBy(IntEnum):
    """Who says what a minute was."""

    NOBODY = 0
    USERS = 1
    PROBES = 2
    PROBES_OVER_USERS = 3
    """Traffic vanished: those who still get through are survivors."""
    BLIND = 4
    """The observatory itself was not there."""


def in_blocks(counts: Counts, first_minute: int, block_minutes: int) -> Counts:
    """Return for every minute the sum over the aligned block of minutes that contains it, as far as the array reaches."""
    if block_minutes == 1:
        return counts
    block = (first_minute + np.arange(len(counts))) // block_minutes
    sums = np.zeros(int(block[-1] - block[0]) + 1 if len(block) else 0, np.int64)
    np.add.at(sums, block - block[:1], counts)
    spread: Counts = sums[block - block[:1]]
    return spread


def of_users(requests: Requests, block_minutes: int, method: Method) -> Verdicts:
    """Return u(k) from the requests of every minute, or of its block; a long block is down by a few requests, if they fail."""
    count, bad, slow, throttled, _ = requests
    enough = count >= method.users_count_min
    failing = bad >= method.users_bad_count_min
    if block_minutes < method.sparse_block_minutes:
        failing = failing & enough
    asked = count + throttled
    cases = [
        failing & (bad * 1000 >= method.down_permille * count),
        failing & enough & (bad * 1000 >= method.partial_permille * count),
        (asked >= method.users_count_min) & (throttled * 1000 >= method.throttled_permille * asked),
        ~enough,
        slow * 1000 >= method.slow_permille * count,
    ]
    return _choose(cases, [Verdict.DOWN, Verdict.PARTIAL, Verdict.PARTIAL, Verdict.UNKNOWN, Verdict.DEGRADED], Verdict.UP)


def many_client_errors(requests: Requests, method: Method) -> Mask:
    """Return in which minutes client errors are so many that it matters whether that is usual."""
    count, client_error = requests.counted, requests.client_error
    return (count >= method.users_count_min) & (client_error * 1000 >= method.client_error_permille * count)


def with_client_errors(users: Verdicts, requests: Requests, usual: Counts, method: Method) -> Verdicts:
    """Return what users say when so many more than usual are refused that some of them are: `usual` is negative where it is not known."""
    rose = (usual >= 0) & (requests.client_error >= method.client_error_times_usual * usual)
    refused = many_client_errors(requests, method) & rose & np.isin(users, SERVED)
    return np.where(refused, np.uint8(Verdict.PARTIAL), users)


def of_probes(ok: Counts, failed: Counts) -> Verdicts:
    """Return p(k) from the votes in force."""
    cases = [ok + failed == 0, failed > ok, failed == ok]
    return _choose(cases, [Verdict.UNKNOWN, Verdict.DOWN, Verdict.PARTIAL], Verdict.UP)


def vanished(count: Counts, expected: Counts, method: Method) -> Mask:
    """Return in which minutes traffic has vanished."""
    return (expected >= method.vanished_expected_min) & (count * 1000 < method.vanished_permille * expected)


def contested(users: Verdicts, probes: Verdicts) -> Mask:
    """Return in which minutes it matters whether traffic has vanished: probes contradict users who are served."""
    served = np.isin(users, SERVED)
    answer: Mask = served & (probes != Verdict.UNKNOWN) & (probes != users)
    return answer


def disagreement(users: Verdicts, probes: Verdicts) -> Mask:
    """Return in which minutes only one of users and probes saw a failure: a blocked prober, or a service that singles it out."""
    both = np.minimum(users, probes) != Verdict.UNKNOWN
    answer: Mask = both & ((users >= Verdict.PARTIAL) != (probes >= Verdict.PARTIAL))
    return answer


def decided_by(users: Verdicts, probes: Verdicts, traffic_vanished: Mask, blind: Mask) -> NDArray[np.uint8]:
    """Return whose word counts in every minute, as `DecidedBy`: users decide, else probes; probes overrule survivors.

    Where the observatory itself was not there, probes are silent; requests it learns of later are evidence all the same.
    """
    cases = [
        (traffic_vanished & contested(users, probes) & ~blind, DecidedBy.PROBES_OVER_USERS),
        (users != Verdict.UNKNOWN, DecidedBy.USERS),
        (blind, DecidedBy.BLIND),
        (probes != Verdict.UNKNOWN, DecidedBy.PROBES),
    ]
    return np.select([case for case, _ in cases], [np.uint8(by) for _, by in cases], np.uint8(DecidedBy.NOBODY))


def decide(users: Verdicts, probes: Verdicts, by: NDArray[np.uint8]) -> Verdicts:
    """Return the verdict of every minute before bridging, from who decides it."""
    said_by_probes = (by == DecidedBy.PROBES) | (by == DecidedBy.PROBES_OVER_USERS)
    verdict: Verdicts = np.select([by == DecidedBy.USERS, said_by_probes], [users, probes], np.uint8(Verdict.UNKNOWN))
    return verdict


def bridge(verdicts: Verdicts, minutes_max: int) -> Verdicts:
    """Return the verdicts with unknown runs of at most so many minutes between two bad ones filled: DOWN if both are DOWN, else PARTIAL.

    A run at either end of the array is left alone: what lies beyond is not known.
    """
    known = np.flatnonzero(verdicts != Verdict.UNKNOWN)
    bridged = verdicts.copy()
    for position in np.flatnonzero((np.diff(known) > 1) & (np.diff(known) <= minutes_max + 1)):
        left, right = int(known[position]), int(known[position + 1])
        weaker = min(verdicts[left], verdicts[right])
        if weaker >= Verdict.PARTIAL:
            bridged[left + 1 : right] = weaker
    return bridged


def with_critical_menus(own: Verdicts, critical: Sequence[Verdicts]) -> Verdicts:
    """Return a service's verdict: as bad as its worst critical menu where that is bad."""
    if not critical:
        return own
    worst = np.stack(critical).max(axis=0)
    return np.maximum(own, np.where(worst >= Verdict.PARTIAL, worst, Verdict.UNKNOWN).astype(np.uint8))


def _choose(cases: list[Mask], verdicts: list[Verdict], otherwise: Verdict) -> Verdicts:
    return np.select(cases, [np.uint8(verdict) for verdict in verdicts], np.uint8(otherwise))
