"""Show those who run a service what they can announce and write, and take it from them."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from observatory.access.rules import staff
from observatory.desk.frame import ADDRESS, frame, lead_to_the_door, page_with_form
from observatory.desk.operations.acting import done, mark
from observatory.desk.operations.duties import (
    WrittenIncident,
    duties_of,
    incident_run_by,
    maintenance_run_by,
    service_run_by,
    services_of,
)
from observatory.desk.operations.forms import CancelForm, MaintenanceForm, TranslationForm, UpdateForm
from observatory.errors import NotSignedIn
from observatory.flows.incident_updates import translate_update, write_update
from observatory.flows.maintenance import announce, cancel, change
from observatory.flows.scheduling import schedule_update
from observatory.judge.method import IN_FORCE
from observatory.model.catalogue import Service
from observatory.model.maintenance import Maintenance
from observatory.model.ready_texts import READY_TEXTS
from observatory.store.register import RegisterStore
from observatory.web.context import parts
from observatory.web.language import site

SEE_OTHER = 303
KEPT_FIELDS = ("text_ko", "text_en", "translation", "title_ko", "title_en")

bp = Blueprint("operations", __name__, url_prefix=f"{ADDRESS}/operations")
frame(bp)
bp.register_error_handler(NotSignedIn, lead_to_the_door(KEPT_FIELDS))


@bp.get("/")
def services() -> str:
    """Show which services this member runs."""
    return render_template("desk/operations/services.html", rows=services_of(parts().register, staff().member, parts().now()))


@bp.get("/services/<service_id>")
def service(service_id: str) -> str:
    """Show what can be said of one of them."""
    duties = duties_of(parts().register, staff().member, service_id, parts().now())
    return render_template("desk/operations/service.html", duties=duties, now=parts().now(), cancel_form=CancelForm(formdata=None))


@bp.get("/services/<service_id>/announce")
def ask_announcement(service_id: str) -> Response:
    """Show the empty form."""
    service = _service(service_id)
    return _announcement_page(MaintenanceForm(service.menus, site().zone), service, None)


@bp.post("/services/<service_id>/announce")
def take_announcement(service_id: str) -> AnyResponse:
    """Announce what was typed, or say what is wrong with it."""
    service, now = _service(service_id), parts().now()
    form = MaintenanceForm(service.menus, site().zone)
    if done(form, lambda register: announce(register, service.id, form.announcement(now), form.recurrence, mark(), now)):
        return redirect(url_for(".service", service_id=service.id), SEE_OTHER)
    return _announcement_page(form, service, None)


@bp.get("/maintenance/<maintenance_id>")
def ask_change(maintenance_id: str) -> Response:
    """Show the form with what was announced, and the button that cancels it."""
    found = _maintenance(maintenance_id)
    service = _service(found.service_id)
    form = MaintenanceForm(service.menus, site().zone)
    form.show(found)
    return _announcement_page(form, service, found)


@bp.post("/maintenance/<maintenance_id>")
def take_change(maintenance_id: str) -> AnyResponse:
    """Announce it anew."""
    found, now = _maintenance(maintenance_id), parts().now()
    service = _service(found.service_id)
    form = MaintenanceForm(service.menus, site().zone)
    if done(form, lambda register: change(register, found.id, form.announcement(now), mark(), now)):
        return redirect(url_for(".service", service_id=service.id), SEE_OTHER)
    return _announcement_page(form, service, found)


@bp.post("/maintenance/<maintenance_id>/cancel")
def take_cancellation(maintenance_id: str) -> AnyResponse:
    """Cancel it."""
    found, form, now = _maintenance(maintenance_id), CancelForm(), parts().now()
    if done(form, lambda register: cancel(register, found.id, mark(), now)):
        return redirect(url_for(".service", service_id=found.service_id), SEE_OTHER)
    return page_with_form("desk/operations/cancel.html", form, maintenance=found)


@bp.get("/incidents/<incident_id>")
def ask_update(incident_id: str) -> Response:
    """Show an incident, what was written about it, and the form to write more."""
    found, form = _incident(incident_id), UpdateForm(site().zone)
    form.offer(request.args.get("ready", ""), found.service.name)
    return _update_page(found, form)


@bp.post("/incidents/<incident_id>")
def take_update(incident_id: str) -> AnyResponse:
    """Publish what was written, or say what is wrong with it."""
    found, form = _incident(incident_id), UpdateForm(site().zone)
    if done(form, lambda register: _write_now_or_later(register, found, form)):
        return redirect(url_for(".ask_update", incident_id=found.incident.id), SEE_OTHER)
    return _update_page(found, form)


@bp.post("/incidents/<incident_id>/updates/<int(max=9999):number>")
def take_translation(incident_id: str, number: int) -> AnyResponse:
    """Publish an update in the language it lacked."""
    found, form, now = _incident(incident_id), TranslationForm(), parts().now()
    update = next((each for each in found.updates if (each.incident_id, each.number) == (incident_id, number)), None)
    if update is None or done(form, lambda register: translate_update(register, incident_id, number, form.text(update), mark(), now)):
        return redirect(url_for(".ask_update", incident_id=incident_id), SEE_OTHER)
    return page_with_form("desk/operations/translation.html", form, found=found, update=update)


def _announcement_page(form: MaintenanceForm, service: Service, maintenance: Maintenance | None) -> Response:
    cancel_form = CancelForm(formdata=None)
    return page_with_form(
        "desk/operations/announce.html", form, service=service, maintenance=maintenance, cancel_form=cancel_form, method=IN_FORCE
    )


def _update_page(found: WrittenIncident, form: UpdateForm) -> Response:
    empty = TranslationForm(formdata=None)
    return page_with_form("desk/operations/update.html", form, found=found, translation_form=empty, ready_stages=tuple(READY_TEXTS))


def _write_now_or_later(register: RegisterStore, found: WrittenIncident, form: UpdateForm) -> object:
    told = register, found.incident.id, form.stage.data, form.text
    if form.publish_at.data:
        return schedule_update(*told, form.moment(form.publish_at), mark(), parts().now())
    return write_update(*told, mark(), parts().now())


def _service(service_id: str) -> Service:
    return service_run_by(parts().register, staff().member, service_id)


def _maintenance(maintenance_id: str) -> Maintenance:
    return maintenance_run_by(parts().register, staff().member, maintenance_id)


def _incident(incident_id: str) -> WrittenIncident:
    return incident_run_by(parts().register, staff().member, incident_id)
