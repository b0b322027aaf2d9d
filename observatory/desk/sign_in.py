"""Sign people in with a passkey, or with a password and a code, with one answer for every failure."""

import re

from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from observatory.access.people.forgery import check_same_origin
from observatory.access.people.passkeys import new_challenge, prove_by_passkey, request_options
from observatory.access.people.provider import Provider
from observatory.access.people.proving import Proof
from observatory.access.people.sign_in import prove_here
from observatory.access.people.staff_sessions import open_session, recognise_browser
from observatory.desk.frame import ADDRESS, frame, page_with_form
from observatory.desk.signing.forms import PasskeyForm, SignInForm
from observatory.web.context import parts

SEE_OTHER = 303
TO_SIGN_IN = "to sign in"
"""What challenges of the sign-in page are for."""
STAFF_PATH = re.compile(
    r"/(?:ko|en)/(?:desk/(?:[A-Za-z0-9-][A-Za-z0-9.-]{0,99}/){0,5}(?:[A-Za-z0-9-][A-Za-z0-9.-]{0,199})?|services/[a-z0-9-]{1,100}/minutes/[0-9TZ:-]{1,20})",
    re.ASCII,
)
"""Where signing in may lead: nowhere but to pages for staff."""

bp = Blueprint("door", __name__, url_prefix=ADDRESS)
frame(bp)
bp.before_request(check_same_origin)


@bp.get("/sign-in")
def ask() -> Response:
    """Show the sign-in form."""
    recognise_browser()
    return _page(SignInForm())


@bp.post("/sign-in")
def sign_in() -> AnyResponse:
    """Sign somebody in and lead them on."""
    form, answer = SignInForm(), PasskeyForm()
    proof = _by_passkey(form, answer) if answer.assertion.data else _by_password(form)
    if proof is None:
        return _page(form)
    open_session(proof, parts().now())
    return redirect(onward(), SEE_OTHER)


def _by_passkey(form: SignInForm, answer: PasskeyForm) -> Proof | None:
    """Return who the passkey proves, None after saying in the form that it proves nobody."""
    proof = prove_by_passkey(answer.assertion.data, TO_SIGN_IN, parts().now()) if answer.validate() else None
    if proof is None:
        form.form_errors.extend(
            answer.form_token.errors or [gettext("This passkey does not sign anybody in here. Try another, or sign in below.")]
        )
    return proof


def _by_password(form: SignInForm) -> Proof | None:
    """Return who password and code prove, None after saying in the form that they prove nobody."""
    proof = prove_here(form.staff_id.data, form.password.data, form.code.data) if form.validate() else None
    if proof is None and not form.errors:
        form.form_errors.append(
            gettext("ID, password or code is wrong, or there were too many attempts. Check all three, or wait and try again.")
        )
    return proof


def _page(form: SignInForm) -> Response:
    recognise_browser()
    options = request_options(None, new_challenge(TO_SIGN_IN))
    return page_with_form("desk/sign_in.html", form, options=options, single_sign_on=parts().has(Provider))


def onward() -> str:
    """Return where signing in leads: to the page that was asked for, if it is one for staff, else to the desk."""
    wanted = request.args.get("next", "")
    return wanted if STAFF_PATH.fullmatch(wanted) else url_for("desk.services")
