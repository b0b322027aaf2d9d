"""Tell everybody why a minute was judged as it was: evidence, rule, verdict and class, without records, and few requests uncounted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from observatory.judge.evidence import DecidedBy
from observatory.judge.explaining import explain_minute
from observatory.judge.explanation import Explanation, SubjectExplanation, UsersRule, rule_of
from observatory.judge.method import Method
from observatory.model.catalogue import Service
from observatory.model.incident import Incident, MinuteClass, Verdict
from observatory.store.register import RegisterStore
from observatory.store.service_history import StoredHistory, rules_of
from observatory.store.telemetry import TelemetryReader

COUNT_SHOWN_MIN = 20
"""Of 1 to 19 requests of a minute it is not told how many there were, nor how they went."""


@dataclass(frozen=True, slots=True)
class ShownRequests:
    """Requests of a minute or block; all are None where there were 1 to 19."""

    count: int | None
    failed: int | None
    slow: int | None
    turned_away: int | None = None
    """None where there were 1 to 19 with them."""
    client_error: int | None = None


@dataclass(frozen=True, slots=True)
class PublicSubject:
    """Why a minute of a service, or of one of its menus, was judged as it was; verdicts in the order they are reached."""

    menu_id: str | None
    """None: the service as a whole."""
    critical: bool
    requests: ShownRequests
    block_minutes: int
    block: ShownRequests
    """Of the block of minutes that is counted as one."""
    usual_client_error: int | None
    """Client errors that are usual in the block; None if that is not known, or they are 1 to 19."""
    users_say: Verdict
    users_rule: UsersRule
    probes_ok: int
    probes_failed: int
    probes_say: Verdict
    expected: int | None
    """Requests to expect; None if that is not known, or they are few."""
    vanished: bool
    decided_by: DecidedBy
    own: Verdict
    bridged: Verdict
    verdict: Verdict
    stored: Verdict
    minute_class: MinuteClass
    incident: Incident | None


@dataclass(frozen=True, slots=True)
class PublicMinute:
    """What everybody may know of a minute of a service."""

    service: Service
    explained: Explanation
    subjects: tuple[PublicSubject, ...]
    """The service first, then the menus of the catalogue; none where there is nothing to explain."""


def public_minute(service: Service, minute: int, register: RegisterStore, telemetry: TelemetryReader, now: datetime) -> PublicMinute:
    """Return why a minute was judged as it was, as far as everybody may know."""
    explained = explain_minute(StoredHistory(service, register, telemetry), rules_of(service, register), minute, now)
    return PublicMinute(service, explained, tuple(_subjects(service, explained)))


def _subjects(service: Service, explained: Explanation) -> Iterator[PublicSubject]:
    menu_ids = {menu.id for menu in service.menus}
    for position, subject in enumerate(explained.subjects):
        if position == 0 or subject.menu_id in menu_ids:
            yield _subject(subject, explained.method)


def _subject(subject: SubjectExplanation, method: Method) -> PublicSubject:
    users = subject.users
    return PublicSubject(
        menu_id=subject.menu_id,
        critical=subject.critical,
        requests=_shown(subject.count, subject.bad, subject.slow),
        block_minutes=users.block.end - users.block.first,
        block=_shown(users.count, users.bad, users.slow, users.throttled, users.client_error),
        usual_client_error=None if 0 < (users.usual_client_error or 0) < COUNT_SHOWN_MIN else users.usual_client_error,
        users_say=users.says,
        users_rule=rule_of(users, method),
        probes_ok=subject.probes.ok,
        probes_failed=subject.probes.failed,
        probes_say=subject.probes.says,
        expected=subject.expected if subject.expected >= COUNT_SHOWN_MIN else None,
        vanished=subject.vanished,
        decided_by=subject.decided_by,
        own=subject.own,
        bridged=subject.bridged,
        verdict=subject.verdict,
        stored=subject.stored,
        minute_class=subject.minute_class,
        incident=subject.incident,
    )


def _shown(count: int, failed: int, slow: int, turned_away: int = 0, client_error: int = 0) -> ShownRequests:
    away = None if 0 < count + turned_away < COUNT_SHOWN_MIN else turned_away
    if 0 < count < COUNT_SHOWN_MIN:
        return ShownRequests(None, None, None, away)
    return ShownRequests(count, failed, slow, away, client_error)
