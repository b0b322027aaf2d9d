"""Ask who is signed in to prove it once more, before something that others could do at a screen left alone."""

from flask import Response
from flask_babel import gettext

from observatory.access.people.passkeys import new_challenge, prove_by_passkey, request_options
from observatory.access.people.passwords import PASSWORD_LENGTH_MAX
from observatory.access.people.proving import CODE_LENGTH_MAX, Proof
from observatory.access.people.sign_in import prove_here
from observatory.access.people.staff_sessions import rotate_session
from observatory.access.rules import staff
from observatory.desk.frame import page_with_form
from observatory.desk.people.forms import ProofAgainForm
from observatory.model.staff import StaffSession
from observatory.web.context import parts


def proved_again(form: ProofAgainForm, purpose: str) -> StaffSession | None:
    """Return the session of who is signed in, under a new value, if a form proves them; else say in the form that it does not."""
    if not form.validate():
        return None
    proof = _proof(form, purpose)
    if proof is None:
        form.form_errors.append(gettext("That does not prove that it is you, or there were too many attempts. Nothing was done."))
        return None
    return rotate_session(staff().session, parts().now())


def page_that_asks(template: str, form: ProofAgainForm, purpose: str, **values: object) -> Response:
    """Return a page whose form is answered with a passkey of the member of this session, or with their password."""
    return page_with_form(template, form, options=request_options(staff().member, new_challenge(purpose)), **values)


def _proof(form: ProofAgainForm, purpose: str) -> Proof | None:
    member, password, code = staff().member, form.password.data or "", form.code.data or ""
    if form.assertion.data:
        return prove_by_passkey(form.assertion.data, purpose, parts().now(), staff_id=member.id)
    if not password or len(password) > PASSWORD_LENGTH_MAX or len(code) > CODE_LENGTH_MAX:
        return None
    return prove_here(member.id, password, code)
