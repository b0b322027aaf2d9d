"""Let those who run a service say what they dispute of an incident, in public; no digit changes by it."""

from flask import Blueprint, Response, redirect, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as AnyResponse

from observatory.access.people.forgery import ProtectedForm
from observatory.access.rules import staff
from observatory.desk.frame import ADDRESS, frame, lead_to_the_door, page_with_form
from observatory.desk.operations.acting import done, mark
from observatory.desk.operations.duties import DisputedIncident, disputed_run_by
from observatory.desk.operations.forms import CancelForm, a_message
from observatory.errors import NotSignedIn
from observatory.flows.disputes import dispute, translate_dispute
from observatory.model.text import Text
from observatory.web.context import parts

SEE_OTHER = 303

bp = Blueprint("disputing", __name__, url_prefix=f"{ADDRESS}/operations")
frame(bp)
bp.register_error_handler(NotSignedIn, lead_to_the_door(("text_ko", "text_en", "translation")))


class DisputeForm(ProtectedForm):
    """What is disputed."""

    text_ko = a_message(_("What you dispute, in Korean"))
    text_en = a_message(_("What you dispute, in English"))


class DisputeTranslationForm(ProtectedForm):
    """The same in the language that is missing."""

    translation = a_message(_("Translation"))


@bp.get("/incidents/<incident_id>/dispute")
def ask_dispute(incident_id: str) -> Response:
    """Show the form, and what was disputed so far."""
    return _page(_found(incident_id), DisputeForm())


@bp.post("/incidents/<incident_id>/dispute")
def take_dispute(incident_id: str) -> AnyResponse:
    """Publish what is disputed, or say what is wrong with it."""
    found, form, now = _found(incident_id), DisputeForm(), parts().now()
    typed = Text(str(form.text_ko.data), str(form.text_en.data))
    if done(form, lambda register: dispute(register, found.incident.id, typed, mark(), now)):
        return redirect(url_for(".ask_dispute", incident_id=found.incident.id), SEE_OTHER)
    return _page(found, form)


@bp.post("/incidents/<incident_id>/disputes/<int:number>/translation")
def take_translation(incident_id: str, number: int) -> AnyResponse:
    """Publish a dispute in the language it lacked."""
    found, form, now = _found(incident_id), DisputeTranslationForm(), parts().now()
    both = Text(str(form.translation.data), str(form.translation.data))
    if done(form, lambda register: translate_dispute(register, incident_id, number, both, mark(), now)):
        return redirect(url_for(".ask_dispute", incident_id=incident_id), SEE_OTHER)
    return page_with_form("desk/operations/refused.html", form, service_id=found.service.id)


def _page(found: DisputedIncident, form: ProtectedForm) -> Response:
    return page_with_form("desk/operations/dispute.html", form, found=found, empty_form=CancelForm(formdata=None))


def _found(incident_id: str) -> DisputedIncident:
    return disputed_run_by(parts().register, staff().member, incident_id)
