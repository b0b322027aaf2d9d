"""Let executives and auditors of a service say what became of a sign-off: that it is revoked, or that a condition was met."""

from dataclasses import dataclass

from flask import Blueprint, Response, redirect, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as AnyResponse
from wtforms import TextAreaField
from wtforms.validators import Length

from observatory.access.people.forgery import ProtectedForm
from observatory.access.rules import staff
from observatory.desk.frame import ADDRESS, frame, lead_to_the_door, page_with_form
from observatory.desk.operations.acting import done, mark
from observatory.desk.signing.forms import required, trimmed
from observatory.errors import NotAllowed, NotFound, NotSignedIn, phrase
from observatory.flows.release_history import KnownHistory
from observatory.flows.revoking import meet_condition, revoke_signoff
from observatory.model.catalogue import Service
from observatory.model.release import ConditionMet, SignOffRevoked
from observatory.model.signoff import CONDITION_LENGTH_MAX, REASONS_LENGTH_MAX, REASONS_LENGTH_MIN, SignOff
from observatory.signoff.auditors import check_may_audit
from observatory.signoff.signers import refusal_to_sign
from observatory.signoff.state import SignOffNote, notes_of, signoffs_of
from observatory.web.context import part, parts

SEE_OTHER = 303
INDEX = "int(max=9007199254740991):index"

bp = Blueprint("after_signing", __name__, url_prefix=f"{ADDRESS}/services/<service_id>/signoffs")
frame(bp)
bp.register_error_handler(NotSignedIn, lead_to_the_door(("reasons", "note")))


class RevokeForm(ProtectedForm):
    """Why a sign-off no longer counts."""

    reasons = TextAreaField(
        _("Reasons"),
        [
            *required(_("Write your reasons in your own words.")),
            Length(REASONS_LENGTH_MIN, REASONS_LENGTH_MAX, _("Write %(min)d to %(max)d characters in your own words.")),
        ],
        [trimmed],
    )


class MetForm(ProtectedForm):
    """How a condition was met."""

    note = TextAreaField(
        _("How it was met"),
        [
            *required(_("Say how the condition was met.")),
            Length(max=CONDITION_LENGTH_MAX, message=_("Shorten the note to %(max)d characters.")),
        ],
        [trimmed],
    )


@dataclass(frozen=True, slots=True)
class SignedRow:
    """A sign-off with what became of it."""

    signoff: SignOff
    note: SignOffNote


@bp.get("")
def signoffs(service_id: str) -> Response:
    """Show every sign-off, newest first, with what can be said of it."""
    return page_with_form("desk/releases/signoffs.html", ProtectedForm(formdata=None), service=_service(service_id), rows=_rows(service_id))


@bp.get(f"/<{INDEX}>/revoke")
def ask_revocation(service_id: str, index: int) -> Response:
    """Show the form that ends a sign-off."""
    return _revocation_page(service_id, index, RevokeForm())


@bp.post(f"/<{INDEX}>/revoke")
def take_revocation(service_id: str, index: int) -> AnyResponse:
    """End it for ever, or say what is wrong with the reasons."""
    service, form, now = _service(service_id), RevokeForm(), parts().now()
    if done(form, lambda register: revoke_signoff(register, SignOffRevoked(service.id, index, str(form.reasons.data), mark()), now)):
        return redirect(url_for(".signoffs", service_id=service.id), SEE_OTHER)
    return _revocation_page(service_id, index, form)


@bp.get(f"/<{INDEX}>/conditions/<int(max=99):number>")
def ask_note(service_id: str, index: int, number: int) -> Response:
    """Show the form that says that a condition was met."""
    return _condition_page(service_id, index, number, MetForm())


@bp.post(f"/<{INDEX}>/conditions/<int(max=99):number>")
def take_note(service_id: str, index: int, number: int) -> AnyResponse:
    """Note that it was met, or say what is wrong with the note."""
    service, form, now = _service(service_id), MetForm(), parts().now()
    if done(
        form, lambda register: meet_condition(register, ConditionMet(service.id, index, str(number), str(form.note.data), mark()), now)
    ):
        return redirect(url_for(".signoffs", service_id=service.id), SEE_OTHER)
    return _condition_page(service_id, index, number, form)


def _revocation_page(service_id: str, index: int, form: RevokeForm) -> Response:
    return page_with_form("desk/releases/revoke.html", form, service=_service(service_id), row=_row(service_id, index))


def _condition_page(service_id: str, index: int, number: int, form: MetForm) -> Response:
    service, row = _service(service_id), _row(service_id, index)
    if not 1 <= number <= len(row.signoff.conditions):
        raise NotFound(phrase("cannot find this condition"), phrase("name it by its number in the sign-off, from 1"))
    return page_with_form("desk/releases/met.html", form, service=service, row=row, number=number)


def _rows(service_id: str) -> list[SignedRow]:
    history = part(KnownHistory).look()
    return [SignedRow(*each) for each in zip(signoffs_of(service_id, history), notes_of(service_id, history), strict=True)]


def _row(service_id: str, index: int) -> SignedRow:
    found = next((row for row in _rows(service_id) if row.note.index == index), None)
    if found is None:
        raise NotFound(
            phrase("cannot find a sign-off as entry %(index)d of the log"), phrase("follow a link from the sign-off desk"), index=index
        )
    return found


def _service(service_id: str) -> Service:
    """Return a service whose executive or auditor this member is. Raises NotFound or NotAllowed."""
    service = parts().register.catalogue().service(service_id)
    if service is None:
        raise NotFound(phrase("cannot find service %(id)r"), phrase("choose a service of the catalogue"), id=service_id[:64])
    if refusal_to_sign(staff().member, service) is not None:
        try:
            check_may_audit(staff().member, service)
        except NotAllowed:
            raise NotAllowed(
                phrase("cannot change a sign-off of service %(id)r: only its executive and its auditor do"),
                phrase("ask one of them"),
                id=service.id,
            ) from None
    return service
