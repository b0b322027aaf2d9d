"""Let final minutes get better by a correction: an auditor's public decision, with its reason, and nothing else.

Evidence that came late and would make them better waits (`judge.finality`) until an auditor says that it holds.
"""

from dataclasses import replace
from datetime import datetime

from observatory.errors import BadInput, Conflict, NotFound, phrase
from observatory.flows.log_checking import moment_by_log
from observatory.judge.days import moment_of
from observatory.judge.finality import Withheld
from observatory.model.catalogue import Service
from observatory.model.correction import Correction
from observatory.model.incident import Incident
from observatory.model.signoff import NewEntry
from observatory.model.text import Text
from observatory.model.visible_text import refuse_longer
from observatory.signoff.canonical_json import Json, canonical
from observatory.store.register import Books, RegisterStore

CORRECTED = "service-corrected"
"""Kind of the log entry."""
REASON_LENGTH_MAX = 2000


def withhold(books: Books, service: Service, withheld: tuple[Withheld, ...], now: datetime) -> None:
    """Note what waits for an auditor; of menus the catalogue no longer has, nothing is published."""
    menu_ids = {menu.index: menu.id for menu in service.menus}
    approved = [correction for correction in books.corrections.corrections(service.id) if correction.approved_at]
    for each in withheld:
        if each.subject == 0 or each.subject in menu_ids:
            noted = Correction(service.id, menu_ids.get(each.subject), moment_of(each.span.first), moment_of(each.span.end), now)
            if not any(_covers(known, noted) for known in approved):
                books.corrections.withhold(noted)


def approve(register: RegisterStore, correction_id: str, reason: Text, auditor: str, now: datetime) -> Correction:
    """Let minutes be judged anew: the decision is an entry of the log, and the judge takes it up within a minute.

    Raises NotFound for one that does not wait, Conflict for one that was approved before, BadInput without a reason in both languages.
    """
    refuse_longer("reason", reason, REASON_LENGTH_MAX)
    if not reason.ko.strip() or not reason.en.strip():
        raise BadInput(
            phrase("cannot correct minutes without a reason"),
            phrase("give one in Korean and in English, up to %(max)d characters"),
            max=REASON_LENGTH_MAX,
        )
    with register.change() as books:
        found = _waiting(books, correction_id)
        approved = replace(found, approved_at=now, reason=reason, approved_by=auditor)
        books.corrections.approve(approved)
        books.corrections.judge_again(found.service_id, found.start, found.end)
        books.log.append(NewEntry(CORRECTED, canonical(_told(approved)), now))
    return approved


def correct(books: Books, incident: Incident, reason: Text, auditor: str, *, noted_at: datetime, now: datetime) -> None:
    """Let the minutes of an incident, and of the menus it touched, be judged anew, though nothing of them waited.

    Raises Conflict for an incident that goes on.
    """
    if incident.ended_at is None:
        raise Conflict(phrase("cannot correct incident %(id)s: it goes on"), phrase("wait until it is over"), id=incident.id)
    at, span = moment_by_log(books, now), (incident.started_at, incident.ended_at)
    for menu_id in dict.fromkeys((incident.menu_id, *incident.menu_ids)):
        decided = Correction(incident.service_id, menu_id, *span, noted_at, at, reason, auditor)
        books.corrections.decide(decided)
        books.log.append(NewEntry(CORRECTED, canonical(_told(decided)), at))
    books.corrections.judge_again(incident.service_id, *span)


def waiting_of(register: RegisterStore, correction_id: str) -> Correction:
    """Return a correction that waits for an auditor. Raises NotFound for none, Conflict for one that was approved before."""
    with register.look() as books:
        return _waiting(books, correction_id)


def _waiting(books: Books, correction_id: str) -> Correction:
    named = [each for each in books.corrections.corrections() if each.id == correction_id]
    found = min(named, key=lambda each: each.approved_at is not None, default=None)
    if found is None:
        raise NotFound(
            phrase("cannot find correction %(id)r"), phrase("list what waits: observatory correction list"), id=correction_id[:100]
        )
    if found.approved_at is not None:
        raise Conflict(phrase("cannot approve correction %(id)s: it was approved before"), phrase("nothing is left to do"), id=found.id)
    return found


def _covers(known: Correction, noted: Correction) -> bool:
    return known.menu_id == noted.menu_id and known.start <= noted.start and noted.end <= known.end


def _told(correction: Correction) -> dict[str, Json]:
    reason = correction.reason or Text("", "")
    return {
        "auditor": correction.approved_by,
        "from": f"{correction.start:%Y-%m-%dT%H:%MZ}",
        "menu": correction.menu_id,
        "reason_en": reason.en,
        "reason_ko": reason.ko,
        "service": correction.service_id,
        "to": f"{correction.end:%Y-%m-%dT%H:%MZ}",
    }
