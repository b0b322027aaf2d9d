"""Show an executive's decision as it will be published, take the signature, and show the public record."""

from datetime import date

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from observatory.access.people.forgery import ProtectedForm
from observatory.access.people.staff_sessions import close_session
from observatory.access.rules import staff
from observatory.desk.frame import ADDRESS, frame, lead_to_the_door, page_with_form
from observatory.desk.signing.forms import KeyProofForm, PasswordProofForm, SignOffForm
from observatory.desk.signing.signature import ask_for_signature, sign_as_shown
from observatory.errors import BadInput, NotSignedIn, phrase
from observatory.flows.preparing import service_to_sign
from observatory.flows.release_history import KnownHistory
from observatory.flows.releases import frozen_releases, running_release
from observatory.flows.signoffs import desk_rows, local_day, signed_entry
from observatory.readmodel.summary import Summary
from observatory.signoff.certificate import number_of
from observatory.web.context import part, parts

SEE_OTHER = 303
KEPT_FIELDS = ("reasons", "condition_1", "condition_2", "condition_3", "plan_reference")
"""What somebody would have to type again."""

bp = Blueprint("desk", __name__, url_prefix=ADDRESS)
frame(bp)
bp.register_error_handler(NotSignedIn, lead_to_the_door(KEPT_FIELDS))


@bp.get("/")
def services() -> str:
    """Show for which services this member may sign."""
    return render_template("desk/services.html", rows=desk_rows(parts().register, staff().member, parts().now()))


@bp.get("/services/<service_id>/sign")
def write(service_id: str) -> Response:
    """Show the empty form, the release that runs chosen."""
    form = _form(service_id)
    running = running_release(part(KnownHistory).look(), service_id, "production")
    matching = [each.index for each in frozen_releases(part(KnownHistory).look(), service_id) if running and each.digest == running.digest]
    form.release.data = matching[0] if matching else None
    return _form_page(service_id, form)


@bp.post("/services/<service_id>/sign")
def read(service_id: str) -> Response:
    """Show what would be published, or the form again: with what is wrong, or because there is more to write."""
    form = _form(service_id)
    if "edit" in request.form or not form.validate():
        return _form_page(service_id, form)
    return ask_for_signature(service_id, form)


@bp.post("/services/<service_id>/confirm")
def confirm(service_id: str) -> AnyResponse:
    """Sign what was shown, if the signer proves again who they are; this proof is good for nothing else."""
    form = _form(service_id)
    if not form.validate():
        return _form_page(service_id, form)
    proof_form = KeyProofForm() if "assertion" in request.form else PasswordProofForm()
    signed_now = sign_as_shown(service_id, form, proof_form) if proof_form.validate() else None
    if signed_now is None:
        return ask_for_signature(service_id, form, proof_form)
    return redirect(url_for(".signed", index=signed_now.entry.index), SEE_OTHER)


@bp.get("/signed/<int(max=9007199254740991):index>")
def signed(index: int) -> str:
    """Show what was signed, and its place in the log."""
    found = signed_entry(parts().register, index)
    service = parts().register.catalogue().service(found.signoff.release.service_id)
    number = number_of(found.entry.index, found.entry.leaf_hash)
    return render_template("desk/signed.html", signoff=found.signoff, entry=found.entry, service=service, number=number)


@bp.post("/sign-out")
def sign_out() -> AnyResponse:
    """End this session."""
    if not ProtectedForm().validate():
        raise BadInput(phrase("cannot sign out: this button is from an earlier session"), phrase("reload the page and press it again"))
    close_session()
    return redirect(url_for("door.ask"), SEE_OTHER)


def _form(service_id: str) -> SignOffForm:
    service_to_sign(parts().register, staff().member, service_id)
    return SignOffForm(_today(), frozen_releases(part(KnownHistory).look(), service_id))


def _form_page(service_id: str, form: SignOffForm) -> Response:
    service = service_to_sign(parts().register, staff().member, service_id)
    return page_with_form(
        "desk/write.html",
        form,
        service=service,
        today=_today(),
        releases=frozen_releases(part(KnownHistory).look(), service_id),
        running=running_release(part(KnownHistory).look(), service_id, "production"),
        shown=part(Summary).service(service_id),
    )


def _today() -> date:
    return local_day(parts().register, parts().now())
