"""STORY 5. An executive decides: what may be signed is shown, signed as shown, and stands in the log."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from observatory.errors import BadInput, Conflict, NotFound
from observatory.model.catalogue import Service
from observatory.model.signoff import Judgement, LogEntry, NewEntry, SignOff, SignOffState
from observatory.model.staff import StaffMember
from observatory.model.visible_text import refuse_hidden
from observatory.signoff.signers import check_may_sign, refusal_to_sign
from observatory.signoff.state import signoff_state
from observatory.signoff.statement import content_bytes, read_statement, statement_bytes
from observatory.store.register import RegisterStore
from observatory.transparency.chain import is_unchanged

SIGNOFF_KIND = "sign-off"


@dataclass(frozen=True, slots=True)
class SignedEntry:
    """A sign-off and the log entry that holds it."""

    signoff: SignOff
    entry: LogEntry


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A service for which somebody may sign, and where it stands."""

    service: Service
    state: SignOffState
    newest: SignOff | None


def desk_rows(register: RegisterStore, member: StaffMember, now: datetime) -> list[DeskRow]:
    """Return the services for which a member may sign, in catalogue order."""
    signoffs, today = signoffs_by_service(register), local_day(register, now)
    return [
        DeskRow(service, signoff_state(signoffs.get(service.id, []), today), next(iter(signoffs.get(service.id, [])), None))
        for service in register.catalogue().services
        if refusal_to_sign(member, service) is None
    ]


def prepare(register: RegisterStore, member: StaffMember, judgement: Judgement, assurance: str, now: datetime) -> SignOff:
    """Return the sign-off as it would be published if it were signed now.

    Raises what `service_to_sign` raises, and BadInput for conditions due in the past and for characters that cannot be seen.
    """
    service_to_sign(register, member, judgement.release.service_id)
    _refuse_hidden(member, judgement)
    today = local_day(register, now)
    if any(condition.due < today for condition in judgement.conditions):
        raise BadInput("cannot set a condition that was due before today", f"choose {today} or a later day")
    return SignOff(
        release=judgement.release,
        plan_reference=judgement.plan_reference,
        decision=judgement.decision,
        reasons=judgement.reasons,
        conditions=judgement.conditions,
        signer_id=member.id,
        signer_name=member.name,
        office_ko=member.office_ko,
        office_en=member.office_en,
        assurance=assurance,
        signed_at=now.replace(microsecond=0),
    )


def _refuse_hidden(member: StaffMember, judgement: Judgement) -> None:
    """Raise BadInput if what would be published could be read as something else than it says."""
    texts = (
        ("release version", judgement.release.version),
        ("plan reference", judgement.plan_reference),
        ("reason", judgement.reasons),
        *(("condition", condition.text) for condition in judgement.conditions),
        *(("name of the signer", member.name), ("office", member.office_ko), ("office", member.office_en)),
    )
    for noun, text in texts:
        refuse_hidden(noun, text)


def service_to_sign(register: RegisterStore, member: StaffMember, service_id: str) -> Service:
    """Return a service for which this member may sign. Raises NotFound if there is none of that id, NotAllowed if they may not."""
    service = register.catalogue().service(service_id)
    if service is None:
        raise NotFound(f"cannot find service {service_id!r}", "choose a service of the catalogue")
    check_may_sign(member, service)
    return service


def local_day(register: RegisterStore, now: datetime) -> date:
    """Return the civil day it is where the services are."""
    return now.astimezone(register.catalogue().site.zone).date()


def shown_digest(signoff: SignOff) -> str:
    """Return what stands for everything the signer is shown, so that what is signed can be held against it."""
    return hashlib.sha256(content_bytes(signoff)).hexdigest()


def sign(register: RegisterStore, member: StaffMember, judgement: Judgement, shown: str, assurance: str, now: datetime) -> SignedEntry:
    """Record a judgement for ever; `assurance` is how the member has just proved who they are, `shown` the digest of what they saw.

    Raises what `prepare` raises, and Conflict if what would be recorded is not what was shown. Nothing is stored then.
    """
    signoff = prepare(register, member, judgement, assurance, now)
    if shown_digest(signoff) != shown:
        raise Conflict("cannot sign: what would be published is not what you were shown", "read it again, then sign")
    with register.change() as books:
        return SignedEntry(signoff, books.log.append(NewEntry(SIGNOFF_KIND, statement_bytes(signoff), now)))


def signoffs_of(register: RegisterStore, service_id: str) -> list[SignOff]:
    """Return the sign-offs of a service, newest first."""
    return signoffs_by_service(register).get(service_id, [])


def signoffs_by_service(register: RegisterStore) -> dict[str, list[SignOff]]:
    """Return the sign-offs of every service that has any, newest first.

    An entry that was changed after it was signed is no sign-off any more and left out; `check_log` names it.
    """
    found: defaultdict[str, list[SignOff]] = defaultdict(list)
    with register.look() as books:
        entries = books.log.entries_of_kind(SIGNOFF_KIND)
    for entry in reversed(entries):
        if is_unchanged(entry):
            signoff = read_statement(entry.body)
            found[signoff.release.service_id].append(signoff)
    return dict(found)


def signed_entry(register: RegisterStore, index: int) -> SignedEntry:
    """Return the sign-off at an index of the log. Raises NotFound if there is none."""
    with register.look() as books:
        entry = next((entry for entry in books.log.entries(first=index, limit=1) if entry.index == index), None)
    if entry is None or entry.kind != SIGNOFF_KIND or not is_unchanged(entry):
        raise NotFound(f"cannot find a sign-off as entry {index} of the log", "follow a link from the sign-off desk")
    return SignedEntry(read_statement(entry.body), entry)
