"""Let whoever was given an enrolment code add one way to sign in: a passkey, or a password with an authenticator."""

import segno
from flask import Blueprint, Response
from flask_babel import gettext

from observatory.access.people import credentials
from observatory.access.people.credentials import Invitation, invitation
from observatory.access.people.enrolment import new_totp_way
from observatory.access.people.forgery import ProtectedForm, check_same_origin
from observatory.access.people.one_time_codes import compact, matching_step, new_recovery_codes, new_totp_secret, provisioning_uri
from observatory.access.people.one_time_codes import recovery_code_hash as hash_of
from observatory.access.people.passkeys import creation_options, new_challenge, passkey_made
from observatory.access.people.passwords import hash_password, turn
from observatory.access.people.provider import Provider
from observatory.access.people.staff_sessions import recognise_browser
from observatory.desk.frame import ADDRESS, frame, page_with_form
from observatory.desk.people.forms import CodeForm, NewPasskeyForm, NewPasswordForm
from observatory.errors import BadInput, Conflict, NotAllowed, ObservatoryError
from observatory.model.staff import Passkey, StaffSecrets
from observatory.store.sealing import PREFIX, CannotUnseal, seal, unseal
from observatory.web.context import parts
from observatory.web.language import in_language, site

bp = Blueprint("enrolling", __name__, url_prefix=ADDRESS)
frame(bp)
bp.before_request(check_same_origin)


@bp.get("/enrol")
def ask() -> Response:
    """Ask for the code."""
    recognise_browser()
    return page_with_form("desk/people/code.html", CodeForm(formdata=None))


@bp.post("/enrol")
def choose() -> Response:
    """Show which ways the code is good for."""
    form = CodeForm()
    invited = _invited(form.code.data) if form.validate() else None
    return _code_page(form) if invited is None else _ways_page(invited)


@bp.post("/enrol/passkey")
def add_passkey() -> Response:
    """Add a passkey."""
    form = NewPasskeyForm()
    invited = _invited(form.code.data)
    if invited is None:
        return _code_page(CodeForm())
    passkey = _passkey(form, invited) if form.validate() else None
    if passkey is None or not _keep_passkey(form, passkey):
        return _ways_page(invited, passkey_form=form)
    return page_with_form("desk/people/enrolled.html", form, member=invited.member, codes=())


@bp.post("/enrol/password")
def add_password() -> Response:
    """Add a password with its authenticator, and show the recovery codes that go with them, this once."""
    form = NewPasswordForm()
    invited = _invited(form.code.data)
    if invited is None:
        return _code_page(CodeForm())
    codes = new_recovery_codes()
    if not form.validate() or not _keep_password(form, invited, codes):
        return _ways_page(invited, password_form=form)
    return page_with_form("desk/people/enrolled.html", form, member=invited.member, codes=codes)


def _invited(code: str | None) -> Invitation | None:
    with parts().register.look() as books:
        return invitation(books, code or "", parts().now())


def _passkey(form: NewPasskeyForm, invited: Invitation) -> Passkey | None:
    """Return the passkey that was made, None after saying in the form that none was."""
    code = invited.code
    made = passkey_made(form.assertion.data or "", _purpose(invited), invited.member, form.key_name.data, code.given_by, parts().now())
    if made is None:
        form.form_errors.append(gettext("No passkey was made. It has to ask for a PIN or a fingerprint. Try again, or add a password."))
    return made


def _keep_passkey(form: NewPasskeyForm, passkey: Passkey) -> bool:
    try:
        credentials.add_passkey(parts().register, parts().keys, form.code.data, passkey, parts().now())
    except (Conflict, NotAllowed) as error:
        _say(form, error)
        return False
    return True


def _keep_password(form: NewPasswordForm, invited: Invitation, codes: list[str]) -> bool:
    """Keep a new password, or say in the form why not."""
    member, keys, now = invited.member, parts().keys, parts().now()
    secret = _secret(form, invited)
    step = matching_step(secret, compact(form.number.data), now) if secret is not None else None
    if secret is None or step is None:
        form.number.errors = (
            gettext("This is not the number it shows now. Scan the picture again, wait for the next number and enter it."),
        )
        return False
    try:
        with turn():
            password_hash = hash_password(form.password.data, (member.id, member.name, member.office.en))
        secrets = StaffSecrets(password_hash, secret, tuple(hash_of(code) for code in codes))
        credentials.add_password(parts().register, keys, form.code.data, new_totp_way(member.id, invited.code.given_by, now), secrets, step)
    except (BadInput, NotAllowed) as error:
        _say(form, error)
        return False
    return True


def _secret(form: NewPasswordForm, invited: Invitation) -> str | None:
    """Return the secret of the picture that was shown; it went to the browser sealed, so that nothing is kept of who only looks."""
    sealed = form.sealed.data or ""
    try:
        return unseal(sealed if sealed.startswith(PREFIX) else PREFIX, invited.code.code_hash, parts().keys)
    except CannotUnseal:
        return None


def _say(form: ProtectedForm, error: ObservatoryError) -> None:
    form.form_errors.append(". ".join(gettext(key, **error.values) for key in (error.message_key, error.hint_key)))


def _purpose(invited: Invitation) -> str:
    return f"enrol {invited.code.code_hash}"


def _code_page(form: CodeForm) -> Response:
    if not form.errors:
        form.code.errors = (gettext("This code is wrong, was used, or is more than 72 hours old. Check it, or ask for a new one."),)
    recognise_browser()
    return page_with_form("desk/people/code.html", form)


def _ways_page(invited: Invitation, passkey_form: NewPasskeyForm | None = None, password_form: NewPasswordForm | None = None) -> Response:
    """Return the page that offers every way, one of them with what is wrong."""
    site_name = in_language(site().name)
    shown_before = _secret(password_form, invited) if password_form is not None else None
    secret = shown_before or new_totp_secret()
    uri = provisioning_uri(secret, invited.member.id, site_name)
    return page_with_form(
        "desk/people/ways.html",
        passkey_form or password_form or NewPasskeyForm(formdata=None),
        passkey_form=passkey_form or NewPasskeyForm(formdata=None),
        password_form=password_form or NewPasswordForm(formdata=None),
        invited=invited,
        single_sign_on=parts().has(Provider),
        code=(passkey_form or password_form or CodeForm()).code.data,
        options=creation_options(invited.member, new_challenge(_purpose(invited)), site_name),
        sealed=seal(secret, invited.code.code_hash, parts().keys),
        secret=secret,
        picture=segno.make(uri, micro=False).svg_data_uri(scale=4, border=4, light="white"),
    )
