"""Check what an executive wrote before it is shown as it will be published."""

from datetime import date

from observatory.errors import BadInput, phrase
from observatory.model.signoff import SigningDraft
from observatory.model.staff import StaffMember
from observatory.model.visible_text import refuse_hidden


def check_draft(member: StaffMember, draft: SigningDraft, today: date, last: date) -> None:
    """Raise BadInput for a condition due before today or after the last day of the sign-off, and for what cannot be seen."""
    _refuse_hidden(member, draft)
    if any(condition.due < today for condition in draft.conditions):
        raise BadInput(phrase("cannot set a condition that was due before today"), phrase("choose %(today)s or a later day"), today=today)
    if any(condition.due > last for condition in draft.conditions):
        raise BadInput(
            phrase("cannot set a condition that is due after the sign-off has ended"),
            phrase("choose %(last)s or an earlier day"),
            last=last,
        )


def _refuse_hidden(member: StaffMember, draft: SigningDraft) -> None:
    """Raise BadInput if what would be published could be read as something else than it says."""
    texts = (
        ("plan reference", draft.plan_reference),
        ("reason", draft.reasons),
        *(("condition", condition.text) for condition in draft.conditions),
        *(("name of the signer", member.name), *(("office", written) for written in member.office)),
    )
    for noun, text in texts:
        refuse_hidden(noun, text)
