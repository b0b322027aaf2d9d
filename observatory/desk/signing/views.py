"""Show an executive's decision as it will be published, take the signature, and show the public record."""

from datetime import date

import structlog
from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from observatory.access.people.forgery import ProtectedForm
from observatory.access.people.sign_in import prove_here
from observatory.access.people.staff_sessions import close_session, rotate_session
from observatory.access.rules import staff
from observatory.desk.frame import ADDRESS, frame, lead_to_the_door, page_with_form
from observatory.desk.signing.forms import ProofForm, SignOffForm
from observatory.errors import BadInput, NotSignedIn, phrase
from observatory.flows.signing import prepare, service_to_sign, shown_digest, sign
from observatory.flows.signoffs import SignedEntry, desk_rows, local_day, signed_entry
from observatory.signoff.statement import content_bytes
from observatory.web.context import parts

log = structlog.get_logger(__name__)

SEE_OTHER = 303
KEPT_FIELDS = ("reasons", "condition_1", "condition_2", "condition_3", "plan_reference", "version", "digest")
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
    """Show the empty form."""
    return _form_page(service_id, SignOffForm(_today()))


@bp.post("/services/<service_id>/sign")
def read(service_id: str) -> Response:
    """Show what would be published, or the form again: with what is wrong, or because there is more to write."""
    form = SignOffForm(_today())
    if "edit" in request.form or not form.validate():
        return _form_page(service_id, form)
    return _statement_page(service_id, form, ProofForm(formdata=None))


@bp.post("/services/<service_id>/confirm")
def confirm(service_id: str) -> AnyResponse:
    """Sign what was shown, if the signer proves again who they are; this proof is good for nothing else."""
    form, proof_form = SignOffForm(_today()), ProofForm()
    if not form.validate():
        return _form_page(service_id, form)
    signed_now = _sign(service_id, form, proof_form) if proof_form.validate() else None
    if signed_now is None:
        return _statement_page(service_id, form, proof_form)
    return redirect(url_for(".signed", index=signed_now.entry.index), SEE_OTHER)


@bp.get("/signed/<int(max=9007199254740991):index>")
def signed(index: int) -> str:
    """Show what was signed, and its place in the log."""
    found = signed_entry(parts().register, index)
    service = parts().register.catalogue().service(found.signoff.release.service_id)
    return render_template("desk/signed.html", signoff=found.signoff, entry=found.entry, service=service)


@bp.post("/sign-out")
def sign_out() -> AnyResponse:
    """End this session."""
    if not ProtectedForm().validate():
        raise BadInput(phrase("cannot sign out: this button is from an earlier session"), phrase("reload the page and press it again"))
    close_session()
    return redirect(url_for("door.ask"), SEE_OTHER)


def _sign(service_id: str, form: SignOffForm, proof_form: ProofForm) -> SignedEntry | None:
    """Return what was signed, None after saying in the form why it was not."""
    register, member, now, draft = parts().register, staff().member, parts().now(), form.draft(service_id)
    if shown_digest(prepare(register, member, draft, "", now)) != proof_form.shown.data:
        proof_form.form_errors.append(gettext("What would be published has changed since you read it. Read it again, then sign."))
        return None
    proof = prove_here(member.id, proof_form.password.data, proof_form.code.data)
    if proof is None:
        proof_form.form_errors.append(
            gettext("Password or code is wrong or was used before, or there were too many attempts. Nothing was signed.")
        )
        return None
    rotate_session(staff().session, now)
    signed_now = sign(register, proof.member, draft, proof_form.shown.data, proof.assurance, now)
    log.info("signed", service=service_id, decision=draft.decision, index=signed_now.entry.index)
    return signed_now


def _form_page(service_id: str, form: SignOffForm) -> Response:
    service = service_to_sign(parts().register, staff().member, service_id)
    return page_with_form("desk/write.html", form, service=service, today=_today())


def _statement_page(service_id: str, form: SignOffForm, proof_form: ProofForm) -> Response:
    signoff = prepare(parts().register, staff().member, form.draft(service_id), "", parts().now())
    proof_form.shown.data = shown_digest(signoff)
    return page_with_form(
        "desk/read.html",
        proof_form,
        signoff=signoff,
        content=content_bytes(signoff).decode(),
        fields=form.content,
        service=service_to_sign(parts().register, staff().member, service_id),
    )


def _today() -> date:
    return local_day(parts().register, parts().now())
