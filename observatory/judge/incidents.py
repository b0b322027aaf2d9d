"""Give outages a lasting identity, as incidents (method section 5)."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from observatory.judge.days import Span, minute_of, moment_of
from observatory.judge.outages import Outage
from observatory.model.incident import DetectedBy, Incident, WithdrawnReason


@dataclass(frozen=True, slots=True)
class Finding:
    """An outage with what was measured in it."""

    outage: Outage
    down_minutes: int
    partial_minutes: int
    major: bool
    detected_by: DetectedBy
    menu_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What the register has to do so that its incidents are the ones found."""

    keep: tuple[Incident, ...]
    """New or different from what is stored; withdrawn ones too, so that their pages stay."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose incidents they are."""

    service_id: str
    menu_id: str | None

    def new_id(self, first_minute: int) -> str:
        """Return the id of an incident that begins in a minute; a dot keeps a menu's apart from another service's."""
        name = self.service_id if self.menu_id is None else f"{self.service_id}.{self.menu_id}"
        return f"{name}-{moment_of(first_minute):%Y%m%dT%H%M}"


@dataclass(frozen=True, slots=True)
class Seen:
    """When the judge looks, and what auditors said of the minutes it looks at."""

    now: datetime
    provisional_minutes: int
    corrections: Sequence[Span] = ()

    def at(self, outage: Outage) -> datetime | None:
        """Return when a new outage was first seen; None if it was long over by then: imported history, or evidence that came late."""
        over = outage.end is not None and minute_of(self.now) - outage.end > self.provisional_minutes
        return None if over else self.now

    def reason_to_withdraw(self, span: Span) -> WithdrawnReason:
        """Return why what lasted these minutes is no incident any more."""
        return "correction" if any(len(span.within(each)) for each in self.corrections) else "judged_anew"


def span_of(incident: Incident, horizon: int) -> Span:
    """Return the minutes of an incident, an open one as far as the horizon."""
    return Span(minute_of(incident.started_at), horizon if incident.ended_at is None else minute_of(incident.ended_at))


def reconcile(
    subject: Subject,
    findings: Sequence[Finding],
    stored: Sequence[Incident],
    horizon: int,
    seen: "Seen",
    look_up: Callable[[str], Incident | None],
) -> Changes:
    """Return how to get from the stored incidents of a subject to those found in the same minutes, which end at `horizon`.

    An outage is the stored incident it overlaps most; ties go to the earliest. A stored one whose outage went to another is
    superseded by the one it overlaps most; one that overlaps none is withdrawn, unless it goes on behind the horizon.
    When and by whom it was detected is never edited: one that comes back under its old id keeps what it had.
    """
    olds = sorted(stored, key=lambda incident: (incident.started_at, incident.id))
    overlaps = _overlaps(findings, olds, horizon)
    old_of = _pair(overlaps)
    ids = {incident.id for incident in olds}
    incidents = []
    for index, finding in enumerate(findings):
        known = olds[old_of[index]] if index in old_of else _returning(subject, finding, ids, look_up)
        incidents.append(_incident(subject, finding, known, seen, ids))
        ids.add(incidents[-1].id)
    left = [index for index in range(len(olds)) if index not in old_of.values()]
    heirs = {index: next((incidents[new].id for _, old, new in overlaps if old == index), None) for index in left}
    superseded = [replace(olds[index], superseded_by=heir) for index, heir in heirs.items() if heir is not None]
    gone = [olds[index] for index, heir in heirs.items() if heir is None and span_of(olds[index], horizon).end <= horizon]
    withdrawn = [replace(incident, withdrawn=seen.reason_to_withdraw(span_of(incident, horizon))) for incident in gone]
    return Changes(tuple(incident for incident in (*incidents, *superseded, *withdrawn) if incident not in olds))


def _overlaps(findings: Sequence[Finding], olds: Sequence[Incident], horizon: int) -> list[tuple[int, int, int]]:
    """Return (-minutes, old, new) of everything that overlaps: the greatest overlap first, then the earliest."""
    spans = [finding.outage.span(horizon) for finding in findings]
    return sorted(
        (-len(span_of(incident, horizon).within(span)), old, new)
        for old, incident in enumerate(olds)
        for new, span in enumerate(spans)
        if len(span_of(incident, horizon).within(span))
    )


def _pair(overlaps: Sequence[tuple[int, int, int]]) -> dict[int, int]:
    """Return which old incident each new one is; each is given away once."""
    old_of: dict[int, int] = {}
    for _, old, new in overlaps:
        if new not in old_of and old not in old_of.values():
            old_of[new] = old
    return old_of


def _returning(subject: Subject, finding: Finding, taken: Collection[str], look_up: Callable[[str], Incident | None]) -> Incident | None:
    """Return the incident that was merged into another, or withdrawn, and now stands on its own again."""
    incident_id = subject.new_id(finding.outage.first)
    found = None if incident_id in taken else look_up(incident_id)
    return found if found is not None and (found.superseded_by or found.withdrawn) else None


def _incident(subject: Subject, finding: Finding, known: Incident | None, seen: "Seen", taken: Collection[str]) -> Incident:
    outage = finding.outage
    return Incident(
        id=known.id if known else _free_id(subject.new_id(outage.first), taken),
        service_id=subject.service_id,
        menu_id=subject.menu_id,
        menu_ids=finding.menu_ids,
        severity="major" if finding.major else "partial",
        started_at=moment_of(outage.first),
        ended_at=None if outage.end is None else moment_of(outage.end),
        detected_at=known.detected_at if known else seen.at(outage),
        end_reason=outage.reason,
        detected_by=known.detected_by if known else finding.detected_by,
        down_minutes=finding.down_minutes,
        partial_minutes=finding.partial_minutes,
    )


def _free_id(wanted: str, taken: Collection[str]) -> str:
    if wanted not in taken:
        return wanted
    return next(numbered for number in count(2) if (numbered := f"{wanted}-{number}") not in taken)
