"""Hold what is known of one minute of a service: what was counted, what each kind of evidence said, and what was decided."""

from dataclasses import dataclass
from typing import Literal

from observatory.judge.days import Span
from observatory.judge.evidence import DecidedBy
from observatory.judge.method import Method
from observatory.model.incident import Incident, MinuteClass, Verdict

MinuteState = Literal["to_come", "running", "judged", "settled", "unjudged", "nothing_kept"]
"""Of what there is to explain: settled minutes have no rows any more; of nothing_kept nothing is known at all."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What one source counted in the minute; fields as in `model.minute.Counter`."""

    menu: int
    source: int
    count: int
    bad: int
    slow: int
    throttled: int
    excluded: int
    timed: int
    duration_us: int
    capped: int
    abandoned: int


@dataclass(frozen=True, slots=True)
class Users:
    """u(k): the requests of the day's server source, in the block of minutes that is counted as one."""

    block: Span
    count: int
    bad: int
    slow: int
    throttled: int
    says: Verdict
    """UNKNOWN: too few."""


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
