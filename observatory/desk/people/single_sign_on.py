"""Send people to the provider of single sign-on, and take them back: signed in, linked, or told in plain words why not."""

from collections.abc import Mapping

import structlog
from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from observatory.access.people.credentials import invitation
from observatory.access.people.errands import Carried, send_along, take_back
from observatory.access.people.forgery import check_same_origin
from observatory.access.people.provider import Provider, ProviderDown, ProviderRefused, new_errand
from observatory.access.people.single_sign_on import (
    ANSWER_PATH,
    link_by_provider,
    prove_by_provider,
    redirect_uri,
)
from observatory.access.people.staff_sessions import open_session, recognise_browser
from observatory.desk.frame import ADDRESS, SEE_OTHER, frame, page_with_form
from observatory.desk.people.forms import CodeForm
from observatory.desk.sign_in import onward
from observatory.errors import Conflict, NotFound, phrase
from observatory.web.context import part, parts
from observatory.web.language import language

REFUSED, DOWN, UNKNOWN, LATE = "refused", "down", "unknown", "late"
"""Why nobody is signed in, as the sign-in page is told."""

log = structlog.get_logger(__name__)

bp = Blueprint("single_sign_on", __name__)
frame(bp)
bp.before_request(check_same_origin)


@bp.get(f"{ADDRESS}/single-sign-on")
def leave() -> AnyResponse:
    """Send somebody to the provider, to sign in."""
    recognise_browser()
    address = _leave("")
    return redirect(address, SEE_OTHER) if address is not None else _to_the_door(language(), DOWN)


@bp.post(f"{ADDRESS}/enrol/single-sign-on")
def leave_to_link() -> Response:
    """Offer the way to the provider to whoever has an enrolment code, to link their account there."""
    form = CodeForm()
    with parts().register.look() as books:
        invited = invitation(books, form.code.data or "", parts().now()) if form.validate() else None
    address = _leave(form.code.data) if invited is not None else None
    if invited is not None and address is None:
        form.form_errors.append(gettext("The single sign-on does not answer just now. Try again later, or add another way."))
    elif invited is None and not form.errors:
        form.form_errors.append(gettext("This code is wrong, was used, or is more than 72 hours old. Check it, or ask for a new one."))
    template = "desk/people/code.html" if address is None else "desk/people/link.html"
    return page_with_form(template, form, address=address, issuer=_provider().issuer)


@bp.get(ANSWER_PATH)
def come_back() -> AnyResponse:
    """Take somebody back from the provider."""
    carried = take_back(parts().now())
    if carried is None:
        return _to_the_door(language(), LATE)
    try:
        refused = _link(carried, request.args) if carried.code else _sign_in(carried, request.args)
    except (ProviderDown, ProviderRefused) as error:
        refused = _told(error)
    if refused is not None:
        return _to_the_door(carried.language, refused)
    return redirect(carried.onward, SEE_OTHER)


def _leave(code: str) -> str | None:
    """Return where the provider asks who somebody is, and let the browser carry what for; None if it cannot be asked."""
    errand = new_errand()
    try:
        address = _provider().address_for(errand, redirect_uri())
    except (ProviderDown, ProviderRefused) as error:
        _told(error)
        return None
    leads_to = url_for("door.ask", linked=1) if code else onward()
    send_along(Carried(errand.state, errand.nonce, errand.verifier, language(), leads_to, code, parts().now()))
    return address


def _sign_in(carried: Carried, answer: Mapping[str, str]) -> str | None:
    proof = prove_by_provider(_provider(), carried, answer, parts().now())
    if proof is None:
        return UNKNOWN
    open_session(proof, parts().now())
    return None


def _link(carried: Carried, answer: Mapping[str, str]) -> str | None:
    try:
        return None if link_by_provider(_provider(), carried, answer, parts().now()) else LATE
    except Conflict:
        return REFUSED


def _told(error: ProviderDown | ProviderRefused) -> str:
    """Write down what is wrong with the provider, and return what people are told."""
    log.warning("single sign-on does not work", reason=str(error), down=isinstance(error, ProviderDown))
    return DOWN if isinstance(error, ProviderDown) else REFUSED


def _to_the_door(in_language: str, refused: str) -> AnyResponse:
    return redirect(url_for("door.ask", language=in_language, sso=refused), SEE_OTHER)


def _provider() -> Provider:
    if not parts().has(Provider):
        raise NotFound(phrase("cannot find a single sign-on: none is set here"), phrase("sign in another way"))
    return part(Provider)
