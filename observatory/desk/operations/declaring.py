"""Let those who run a service declare that it fails, and that it is over."""

from datetime import datetime

from flask import Blueprint, Response, redirect, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as AnyResponse
from wtforms import StringField
from wtforms.validators import AnyOf

from observatory.access.rules import staff
from observatory.desk.frame import ADDRESS, frame, lead_to_the_door, page_with_form
from observatory.desk.operations.acting import done, mark
from observatory.desk.operations.duties import declaration_run_by, service_run_by
from observatory.desk.operations.forms import CancelForm, TimedForm, a_choice_of_menus, a_time, a_time_or_nothing, a_title
from observatory.desk.signing.forms import trimmed
from observatory.errors import NotSignedIn
from observatory.flows.declarations import declare, end, translate
from observatory.judge.method import IN_FORCE
from observatory.model.catalogue import Service
from observatory.model.declaration import DECLARED_SEVERITIES, Declaration
from observatory.model.text import Text
from observatory.web.context import parts
from observatory.web.language import in_language, site

SEE_OTHER = 303

bp = Blueprint("declaring", __name__, url_prefix=f"{ADDRESS}/operations")
frame(bp)
bp.register_error_handler(NotSignedIn, lead_to_the_door(("title_ko", "title_en")))


class DeclarationForm(TimedForm):
    """What fails, since when, and how badly."""

    title_ko = a_title(_("Title in Korean"))
    title_en = a_title(_("Title in English"))
    severity = StringField(_("How bad it is"), [AnyOf(DECLARED_SEVERITIES, _("Choose how bad it is."))])
    start = StringField(_("Start"), [a_time], [trimmed])
    end = StringField(_("End"), [a_time_or_nothing], [trimmed])
    menus = a_choice_of_menus(_("Menus that fail"))

    def __init__(self, service: Service) -> None:
        super().__init__(site().zone)
        self._service = service
        self.menus.choices = [(menu.id, in_language(menu.name)) for menu in service.menus]

    def declaration(self, now: datetime) -> Declaration:
        """Return what was typed, once the form is valid; raises BadInput for what cannot be declared."""
        title, last = Text(str(self.title_ko.data), str(self.title_en.data)), self.moment(self.end) if self.end.data else None
        menus, severity = tuple(self.menus.data or ()), next(each for each in DECLARED_SEVERITIES if each == self.severity.data)
        return Declaration("", self._service.id, menus, severity, self.moment(self.start), last, title, now)


class TitleForm(CancelForm):
    """A title in the language that is missing."""

    title = a_title(_("Translation"))


@bp.get("/services/<service_id>/declare")
def ask_declaration(service_id: str) -> Response:
    """Show the empty form."""
    service = service_run_by(parts().register, staff().member, service_id)
    return _page(DeclarationForm(service), service)


@bp.post("/services/<service_id>/declare")
def take_declaration(service_id: str) -> AnyResponse:
    """Declare what was typed, or say what is wrong with it."""
    service, now = service_run_by(parts().register, staff().member, service_id), parts().now()
    form = DeclarationForm(service)
    if done(form, lambda register: declare(register, form.declaration(now), mark(), now, parts().telemetry)):
        return redirect(url_for("operations.service", service_id=service.id), SEE_OTHER)
    return _page(form, service)


def _page(form: DeclarationForm, service: Service) -> Response:
    return page_with_form("desk/operations/declare.html", form, service=service, open_minutes=IN_FORCE.open_bad_minutes)


@bp.post("/declarations/<declaration_id>/end")
def take_end(declaration_id: str) -> AnyResponse:
    """Say that it is over."""
    found, form = declaration_run_by(parts().register, staff().member, declaration_id), CancelForm()
    if done(form, lambda register: end(register, found.id, mark(), parts().now())):
        return redirect(url_for("operations.service", service_id=found.service_id), SEE_OTHER)
    return page_with_form("desk/operations/refused.html", form, service_id=found.service_id)


@bp.post("/declarations/<declaration_id>/title")
def take_title(declaration_id: str) -> AnyResponse:
    """Publish the title in the language it lacked."""
    found, form = declaration_run_by(parts().register, staff().member, declaration_id), TitleForm()
    typed = Text("", str(form.title.data)) if found.title.ko else Text(str(form.title.data), "")
    if done(form, lambda register: translate(register, found.id, typed, mark(), parts().now())):
        return redirect(url_for("operations.service", service_id=found.service_id), SEE_OTHER)
    return page_with_form("desk/operations/refused.html", form, service_id=found.service_id)
