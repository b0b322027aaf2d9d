"""Dispute an incident, and answer as an auditor: entries of the log. Digits change only by the correction of an accepted dispute."""

from dataclasses import replace
from datetime import datetime

from observatory.errors import Conflict, NotFound, phrase
from observatory.flows.corrections import correct
from observatory.flows.incident_updates import heir_of, unmerged_incident
from observatory.flows.log_checking import moment_by_log
from observatory.model.dispute import Dispute, DisputeAnswer
from observatory.model.incident import Incident
from observatory.model.signoff import NewEntry
from observatory.model.text import Text
from observatory.model.visible_text import refuse_hidden
from observatory.signoff.published_stories import dispute_answer_body, dispute_body
from observatory.store.register import Books, RegisterStore

DISPUTED, TRANSLATED, ANSWERED = "service-incident-disputed", "service-incident-dispute-translated", "service-incident-dispute-answered"
"""Kinds of log entries."""
DISPUTES_MAX = 20
"""Of one incident."""


def dispute(register: RegisterStore, incident_id: str, text: Text, by: str, now: datetime) -> Dispute:
    """Publish what is said against an incident; one language may follow later.

    Raises NotFound for an unknown incident, BadInput without a text, Conflict for one that was merged into another, of which a dispute
    waits for its answer, or that has DISPUTES_MAX.
    """
    for written in text:
        refuse_hidden("text", written)
    with register.change() as books:
        found = unmerged_incident(books, incident_id)
        known = [each for each in books.disputes.disputes([found.id]).get(found.id, ()) if each.incident_id == found.id]
        if any(each.answer is None for each in known):
            raise Conflict(phrase("cannot dispute this incident: an auditor has not answered the dispute before"), phrase("wait for it"))
        if len(known) >= DISPUTES_MAX:
            raise Conflict(phrase("cannot dispute an incident more than %(max)d times"), phrase("write to the auditor"), max=DISPUTES_MAX)
        number = max((each.number for each in known), default=0) + 1
        said = Dispute(found.id, number, text, moment_by_log(books, now).replace(microsecond=0))
        books.disputes.add(said)
        books.log.append(NewEntry(DISPUTED, dispute_body(found.service_id, said, by), now))
    return said


def translate_dispute(register: RegisterStore, incident_id: str, number: int, text: Text, by: str, now: datetime) -> Dispute:
    """Publish a dispute in the language it lacked; of `text` only that one is taken. Raises NotFound, or Conflict if none is missing."""
    for written in text:
        refuse_hidden("text", written)
    with register.change() as books:
        found, known = _known(books, incident_id, number)
        translated = replace(known, text=Text(known.text.ko or text.ko, known.text.en or text.en))
        if translated == known:
            raise Conflict(phrase("cannot translate this dispute: nothing of it is missing"), phrase("what was published stays"))
        books.disputes.change(translated)
        books.log.append(NewEntry(TRANSLATED, dispute_body(found.service_id, translated, by), now))
    return translated


def answer_dispute(register: RegisterStore, known: Dispute, reason: Text, by: str, now: datetime, *, accepted: bool) -> Dispute:
    """Answer as an auditor: what is accepted corrects the minutes of the incident, and of the menus it touched, in the same transaction.

    Raises NotFound, BadInput without a reason in both languages, Conflict for what was answered before; an incident that goes on can be
    declined alone, since a correction needs its end.
    """
    for written in reason:
        refuse_hidden("text", written)
    with register.change() as books:
        found, known = _known(books, known.incident_id, known.number)
        if known.answer is not None:
            raise Conflict(phrase("cannot answer dispute %(id)s: it was answered before"), phrase("nothing is left to do"), id=known.id)
        answered = replace(known, answer=DisputeAnswer(accepted, reason, moment_by_log(books, now), by))
        books.disputes.change(answered)
        books.log.append(NewEntry(ANSWERED, dispute_answer_body(found.service_id, answered), now))
        if accepted:
            heir = heir_of(books, found.id) or found
            found = replace(found, ended_at=found.ended_at or heir.ended_at)  # One that was merged may have no end of its own.
            correct(books, found, reason, by, noted_at=known.at, now=now)
    return answered


def dispute_of(books: Books, dispute_id: str) -> Dispute:
    """Return a dispute by its name. Raises NotFound."""
    incident_id, separator, number = dispute_id.rpartition("-dispute-")
    if not separator or not (number.isascii() and number.isdigit()) or len(number) > len(str(DISPUTES_MAX)):
        raise _unknown(dispute_id)
    return _known(books, incident_id, int(number))[1]


def _known(books: Books, incident_id: str, number: int) -> tuple[Incident, Dispute]:
    incident = books.incidents.incident(incident_id)
    known = books.disputes.disputes([incident_id]).get(incident_id, ())
    found = next((each for each in known if (each.incident_id, each.number) == (incident_id, number)), None)
    if incident is None or found is None:
        raise _unknown(f"{incident_id}-dispute-{number}")
    return incident, found


def _unknown(dispute_id: str) -> NotFound:
    return NotFound(phrase("cannot find dispute %(id)r"), phrase("choose one of the list"), id=dispute_id[:200])
