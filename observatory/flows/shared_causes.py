"""Tie incidents of several services to the cause they share, and untie them: entries of the log; what was tied stays readable."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from observatory.errors import BadInput, Conflict, NotFound, phrase
from observatory.flows.incident_updates import unmerged_incident
from observatory.flows.log_checking import moment_by_log
from observatory.model.shared_cause import SharedCause, Tie, cause_id
from observatory.model.signoff import NewEntry
from observatory.model.text import Text
from observatory.signoff.published_stories import tied_body
from observatory.store.register import Books, RegisterStore

TIED, UNTIED = "service-incidents-tied", "service-incidents-untied"
"""Kinds of log entries."""
TIES_MAX = 500
"""Of one cause, those that were undone too."""


def share(register: RegisterStore, title: Text, incident_ids: Sequence[str], by: str, now: datetime) -> SharedCause:
    """Name a cause that incidents of at least two services share.

    Raises NotFound for an unknown incident, Conflict for one that was merged into another or has another cause, BadInput for a title in
    one language alone or incidents of one service.
    """
    with register.change() as books:
        at = moment_by_log(books, now).replace(microsecond=0)
        ties = _new_ties(books, (), incident_ids, at)
        if len({unmerged_incident(books, tie.incident_id).service_id for tie in ties}) < 2:
            raise BadInput(phrase("cannot share a cause among incidents of one service"), phrase("tie incidents of two or more services"))
        taken = {each.id for each in books.causes.causes()}
        made = SharedCause(cause_id(at, taken), title, at, ties)
        books.causes.name(made)
        _keep(books, TIED, made, ties, by, now)
        return known_cause(books, made.id)


def tie(register: RegisterStore, found_id: str, incident_ids: Sequence[str], by: str, now: datetime) -> SharedCause:
    """Tie more incidents to a cause. Raises as `share`, and Conflict for more than TIES_MAX."""
    with register.change() as books:
        found = known_cause(books, found_id)
        ties = _new_ties(books, found.ties, incident_ids, moment_by_log(books, now).replace(microsecond=0))
        _keep(books, TIED, found, ties, by, now)
        return known_cause(books, found_id)


def untie(register: RegisterStore, found_id: str, incident_ids: Sequence[str], by: str, now: datetime) -> SharedCause:
    """Say that incidents, or all of them if none is named, do not come from this cause.

    Raises NotFound for an unknown cause, Conflict for an incident that is not tied to it.
    """
    with register.change() as books:
        found, at = known_cause(books, found_id), moment_by_log(books, now).replace(microsecond=0)
        wanted = tuple(dict.fromkeys(incident_ids)) or found.tied
        strange = next((each for each in wanted if each not in found.tied), None)
        if strange is not None or not wanted:
            raise Conflict(
                phrase("cannot untie %(id)r: it is not tied to this cause"), phrase("choose one that is"), id=(strange or "")[:200]
            )
        undone = [replace(each, undone_at=at) for each in found.ties if each.undone_at is None and each.incident_id in wanted]
        _keep(books, UNTIED, found, undone, by, now)
        return known_cause(books, found_id)


def known_cause(books: Books, found_id: str) -> SharedCause:
    """Return a cause. Raises NotFound."""
    found = books.causes.cause(found_id)
    if found is None:
        raise NotFound(phrase("cannot find shared cause %(id)r"), phrase("choose one of the list"), id=found_id[:100])
    return found


def _new_ties(books: Books, before: Sequence[Tie], incident_ids: Sequence[str], at: datetime) -> tuple[Tie, ...]:
    if not incident_ids or len(before) + len(incident_ids) > TIES_MAX:
        raise BadInput(phrase("cannot tie so many incidents"), phrase("name 1 to %(max)d of them"), max=TIES_MAX)
    for incident_id in incident_ids:
        unmerged_incident(books, incident_id)
        if (known := books.causes.of_incidents([incident_id]).get(incident_id)) is not None:
            raise Conflict(
                phrase("cannot tie incident %(id)s: it is tied to %(cause)s"), phrase("untie it there first"), id=incident_id, cause=known
            )
    return tuple(Tie(incident_id, at) for incident_id in dict.fromkeys(incident_ids))


def _keep(books: Books, kind: str, cause: SharedCause, ties: Sequence[Tie], by: str, now: datetime) -> None:
    books.causes.keep_ties(cause.id, ties)
    books.log.append(NewEntry(kind, tied_body(cause, [each.incident_id for each in ties], by), now))
