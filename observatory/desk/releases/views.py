"""Show those who run a service what was frozen of it and what it says it runs, and let them freeze a release."""

from flask import Blueprint, Response, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from observatory.access.rules import staff
from observatory.desk.frame import ADDRESS, frame, lead_to_the_door, page_with_form
from observatory.desk.operations.acting import done, mark
from observatory.desk.operations.duties import service_run_by
from observatory.desk.releases.forms import FreezeForm
from observatory.errors import NotSignedIn
from observatory.flows.release_history import KnownHistory
from observatory.flows.releases import freeze_release, frozen_releases, running_release
from observatory.model.catalogue import Service
from observatory.signoff.gate import GateQuestion, decide
from observatory.signoff.gate_reasons import REASONS
from observatory.web.context import part, parts

SEE_OTHER = 303
PRODUCTION = "production"

bp = Blueprint("releases", __name__, url_prefix=f"{ADDRESS}/services/<service_id>/releases")
frame(bp)
bp.register_error_handler(NotSignedIn, lead_to_the_door(("version", "digest", "url")))


@bp.get("")
def releases(service_id: str) -> Response:
    """Show what was frozen, and the form; what runs and is not frozen yet is filled in."""
    service, form = _service(service_id), FreezeForm()
    running = running_release(part(KnownHistory).look(), service.id, PRODUCTION)
    if running is not None and running.digest not in {each.digest for each in frozen_releases(part(KnownHistory).look(), service.id)}:
        form.version.data, form.digest.data = running.version, running.digest
    return _page(service, form)


@bp.post("")
def freeze(service_id: str) -> AnyResponse:
    """Freeze what was typed, or say what is wrong with it."""
    service, form, now = _service(service_id), FreezeForm(), parts().now()
    if done(form, lambda register: freeze_release(register, form.release(service.id, mark()), now)):
        return redirect(url_for(".releases", service_id=service.id), SEE_OTHER)
    return _page(service, form)


def _page(service: Service, form: FreezeForm) -> Response:
    history, now = part(KnownHistory).look(), parts().now()
    running = running_release(history, service.id, PRODUCTION)
    rows = [
        (each, decide(GateQuestion(service.id, each.digest, each.environment), history, now))
        for each in frozen_releases(history, service.id)
    ]
    return page_with_form("desk/releases/releases.html", form, service=service, rows=rows, running=running, words=REASONS)


def _service(service_id: str) -> Service:
    return service_run_by(parts().register, staff().member, service_id)
