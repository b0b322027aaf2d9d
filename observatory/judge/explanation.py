"""Hold what is known of one minute of a service: what was counted, what each kind of evidence said, and what was decided."""

from dataclasses import dataclass
from typing import Literal

from observatory.judge.days import Span
from observatory.judge.evidence import DecidedBy
from observatory.judge.method import Method
from observatory.model.incident import Incident, MinuteClass, Verdict
from observatory.model.minute import Counter

MinuteState = Literal["to_come", "running", "judged", "settled", "unjudged", "nothing_kept"]
"""Of what there is to explain: settled minutes have no rows any more; of nothing_kept nothing is known at all."""
UsersRule = Literal["too_few", "half_failed", "many_failed", "turned_away", "refused", "slow", "fine"]
"""The row of the method's table (section 3) by which requests say what they say."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What one source counted in the minute."""

    menu: int
    source: int
    values: tuple[int, ...]
    """One number for each `Counter`."""

    def of(self, counter: Counter) -> int:
        """Return one of the counters."""
        return self.values[counter]


@dataclass(frozen=True, slots=True)
class Users:
    """u(k): the requests of the day's server source, in the block of minutes that is counted as one."""

    block: Span
    count: int
    bad: int
    slow: int
    throttled: int
    client_error: int
    usual_client_error: int | None
    """None: not known."""
    says: Verdict
    """UNKNOWN: too few."""

    def partial_by(self, method: Method) -> Literal["bad", "throttled", "client_error"]:
        """Return which of the counts makes them say PARTIAL, if they do."""
        if self.bad >= method.users_bad_count_min and self.bad * 1000 >= method.partial_permille * self.count:
            return "bad"
        asked = self.count + self.throttled
        return "throttled" if self.throttled * 1000 >= method.throttled_permille * asked else "client_error"


@dataclass(frozen=True, slots=True)
class HeldVote:
    """A vote of a probe that is in force."""

    menu: int
    source: int
    cast_minute: int
    end_minute: int
    """It holds before this minute."""
    failed: bool


@dataclass(frozen=True, slots=True)
class Probes:
    """p(k): the votes in force."""

    ok: int
    failed: int
    votes: tuple[HeldVote, ...]
    says: Verdict
    """UNKNOWN: nobody votes."""


@dataclass(frozen=True, slots=True)
class SubjectExplanation:
    """Why a minute of a service, or of one of its menus, was judged as it was; the verdicts in the order they are reached."""

    menu: int
    """0: the service as a whole."""
    menu_id: str | None
    """None: the service, or a menu the catalogue no longer has."""
    critical: bool
    count: int
    bad: int
    slow: int
    users: Users
    probes: Probes
    expected: int
    """Requests to expect in this minute, 0 if that is not known."""
    vanished: bool
    decided_by: DecidedBy
    own: Verdict
    """By users and probes of the minute itself."""
    bridged: Verdict
    """With unknown minutes between bad ones filled."""
    measured: Verdict
    """With the critical menus, of a service."""
    verdict: Verdict
    """No better than was declared."""
    stored: Verdict
    """What was published; differs only while the judge is about to judge the minute again."""
    minute_class: MinuteClass
    incident: Incident | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of one minute of a service."""

    service_id: str
    minute: int
    method: Method
    """By which it was judged."""
    state: MinuteState
    waiting: bool
    """Rows arrived since, and the judge has not seen them yet."""
    source: int
    """The day's server source, 0 for none: users are read from it alone."""
    blind: bool
    counted: tuple[Counted, ...]
    """By menu and source; 0 is requests of no menu, which are no evidence."""
    subjects: tuple[SubjectExplanation, ...]
    """The service first; none where there is nothing to explain."""


def rule_of(users: Users, method: Method) -> UsersRule:
    """Return which rule made requests say what they say."""
    if users.says == Verdict.PARTIAL:
        partial: dict[str, UsersRule] = {"bad": "many_failed", "throttled": "turned_away", "client_error": "refused"}
        return partial[users.partial_by(method)]
    rules: dict[Verdict, UsersRule] = {Verdict.UNKNOWN: "too_few", Verdict.DOWN: "half_failed", Verdict.DEGRADED: "slow"}
    return rules.get(users.says, "fine")
