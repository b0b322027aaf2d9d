"""Sign a release: what an executive decides is shown as it will be published, signed as shown, and stands in the log."""

import hashlib
from datetime import datetime

from observatory.errors import BadInput, Conflict, NotFound, phrase
from observatory.flows.signoffs import SIGNOFF_KIND, SignedEntry, local_day
from observatory.model.catalogue import Service
from observatory.model.signoff import NewEntry, SigningDraft, SignOff
from observatory.model.staff import StaffMember
from observatory.model.visible_text import refuse_hidden
from observatory.signoff.signers import check_may_sign
from observatory.signoff.statement import content_bytes, statement_bytes
from observatory.store.register import RegisterStore


def prepare(register: RegisterStore, member: StaffMember, draft: SigningDraft, assurance: str, now: datetime) -> SignOff:
    """Return the sign-off as it would be published if it were signed now.

    Raises what `service_to_sign` raises, and BadInput for conditions due in the past and for characters that cannot be seen.
    """
    service_to_sign(register, member, draft.release.service_id)
    _refuse_hidden(member, draft)
    today = local_day(register, now)
    if any(condition.due < today for condition in draft.conditions):
        raise BadInput(phrase("cannot set a condition that was due before today"), phrase("choose %(today)s or a later day"), today=today)
    return SignOff(
        release=draft.release,
        plan_reference=draft.plan_reference,
        decision=draft.decision,
        reasons=draft.reasons,
        conditions=draft.conditions,
        signer_id=member.id,
        signer_name=member.name,
        office=member.office,
        assurance=assurance,
        signed_at=now.replace(microsecond=0),
    )


def _refuse_hidden(member: StaffMember, draft: SigningDraft) -> None:
    """Raise BadInput if what would be published could be read as something else than it says."""
    texts = (
        ("release version", draft.release.version),
        ("plan reference", draft.plan_reference),
        ("reason", draft.reasons),
        *(("condition", condition.text) for condition in draft.conditions),
        *(("name of the signer", member.name), *(("office", written) for written in member.office)),
    )
    for noun, text in texts:
        refuse_hidden(noun, text)


def service_to_sign(register: RegisterStore, member: StaffMember, service_id: str) -> Service:
    """Return a service for which this member may sign. Raises NotFound if there is none of that id, NotAllowed if they may not."""
    service = register.catalogue().service(service_id)
    if service is None:
        raise NotFound(phrase("cannot find service %(id)r"), phrase("choose a service of the catalogue"), id=service_id)
    check_may_sign(member, service)
    return service


def shown_digest(signoff: SignOff) -> str:
    """Return what stands for everything the signer is shown, so that what is signed can be held against it."""
    return hashlib.sha256(content_bytes(signoff)).hexdigest()


def sign(register: RegisterStore, member: StaffMember, draft: SigningDraft, shown: str, assurance: str, now: datetime) -> SignedEntry:
    """Record a draft for ever; `assurance` is how the member has just proved who they are, `shown` the digest of what they saw.

    Raises what `prepare` raises, and Conflict if what would be recorded is not what was shown. Nothing is stored then.
    """
    signoff = prepare(register, member, draft, assurance, now)
    if shown_digest(signoff) != shown:
        raise Conflict(phrase("cannot sign: what would be published is not what you were shown"), phrase("read it again, then sign"))
    with register.change() as books:
        return SignedEntry(signoff, books.log.append(NewEntry(SIGNOFF_KIND, statement_bytes(signoff), now)))
