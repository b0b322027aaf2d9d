"""Write updates to an incident, and their translation later: each is one entry of the log, and stays as it was written."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from observatory.errors import Conflict, NotFound, phrase
from observatory.judge.method import IN_FORCE
from observatory.model.incident import Incident
from observatory.model.incident_update import IncidentUpdate, Stage
from observatory.model.signoff import NewEntry
from observatory.model.text import Text
from observatory.model.visible_text import refuse_hidden
from observatory.signoff.published_maintenance import update_body
from observatory.store.register import Books, RegisterStore

UPDATED = "service-incident-update"
"""Kind of the log entry."""
UPDATES_MAX = 200
"""Of one incident."""
MERGED_MAX = 100
"""How many merges in a row are followed."""


def write_update(register: RegisterStore, incident_id: str, stage: Stage, text: Text, by: str, now: datetime) -> IncidentUpdate:
    """Publish an update of an incident; one language may follow later.

    Raises NotFound for an unknown incident, Conflict for one that was merged into another or has UPDATES_MAX, or that still fails and is
    said to be solved, BadInput without a text.
    """
    _refuse_hidden(text)
    with register.change() as books:
        return add_update(books, unmerged_incident(books, incident_id), stage, text, by, now)


def add_update(books: Books, found: Incident, stage: Stage, text: Text, by: str, now: datetime) -> IncidentUpdate:
    """Publish an update of an incident that was not merged into another. Raises Conflict and BadInput as `write_update`."""
    if stage == "resolved" and found.ended_at is None and not found.withdrawn:
        raise Conflict(
            phrase("cannot say that it is solved: it is still measured to fail"),
            phrase("choose that you watch whether it holds; it is over once it has worked for %(minutes)d minutes"),
            minutes=IN_FORCE.close_minutes,
        )
    written = own_updates(books, found)
    if len(written) >= UPDATES_MAX:
        raise Conflict(phrase("cannot write more than %(max)d updates of an incident"), phrase("sum up in the last one"), max=UPDATES_MAX)
    update = IncidentUpdate(found.id, max(written, default=0) + 1, stage, text, now.replace(microsecond=0))
    books.updates.add(update)
    books.log.append(NewEntry(UPDATED, update_body(found.service_id, update, by), now))
    return update


def translate_update(register: RegisterStore, incident_id: str, number: int, text: Text, by: str, now: datetime) -> IncidentUpdate:
    """Publish an update in the language it lacked; of `text` only that one is taken. Raises NotFound, or Conflict if none is missing."""
    _refuse_hidden(text)
    with register.change() as books:
        found = unmerged_incident(books, incident_id)
        update = own_updates(books, found).get(number)
        if update is None:
            raise NotFound(phrase("cannot find update %(number)d of this incident"), phrase("reload the page"), number=number)
        translated = replace(update, text=Text(update.text.ko or text.ko, update.text.en or text.en))
        if translated == update:
            raise Conflict(
                phrase("cannot translate this update: nothing of it is missing"), phrase("what was published stays; write another")
            )
        books.updates.translate(translated)
        books.log.append(NewEntry(UPDATED, update_body(found.service_id, translated, by), now))
    return translated


def unmerged_incident(books: Books, incident_id: str) -> Incident:
    """Return an incident that something may be written about. Raises NotFound, or Conflict for one that was merged into another."""
    found = books.incidents.incident(incident_id)
    if found is None:
        raise NotFound(
            phrase("cannot find incident %(id)r"), phrase("incidents are listed on the page of their service"), id=incident_id[:200]
        )
    if found.superseded_by is not None:
        raise Conflict(
            phrase("cannot write about incident %(id)s: it is a part of %(heir)s"),
            phrase("write there"),
            id=found.id,
            heir=found.superseded_by,
        )
    return found


def heir_of(books: Books, incident_id: str) -> Incident | None:
    """Return an incident, or the one it was merged into; None if there is none."""
    found = books.incidents.incident(incident_id)
    for _ in range(MERGED_MAX):
        if found is None or found.superseded_by is None:
            break
        found = books.incidents.incident(found.superseded_by)
    return found


def own_updates(books: Books, incident: Incident) -> Mapping[int, IncidentUpdate]:
    """Return the updates of an incident by number, without those of others that were merged into it."""
    written = books.updates.updates([incident.id]).get(incident.id, ())
    return {update.number: update for update in written if update.incident_id == incident.id}


def _refuse_hidden(text: Text) -> None:
    for written in text:
        refuse_hidden("text", written)
