"""Share between the pages of the desk their language, their headers, and how a form with mistakes is answered."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from observatory.access.people.forgery import ProtectedForm
from observatory.errors import BadInput, NotSignedIn
from observatory.web.error_pages import STATUS_OF_ERROR
from observatory.web.language import LANGUAGES

ADDRESS = "/<any(ko, en):language>/desk"
SEE_OTHER = 303


def frame(bp: Blueprint) -> None:
    """Give the pages of a blueprint the language of their address and keep them out of every cache."""
    bp.url_value_preprocessor(_take_language)
    bp.after_request(_forget)
    bp.context_processor(_alternates)
    bp.context_processor(_signed_in_member)


def page_with_form(template: str, form: ProtectedForm, **values: Any) -> Response:
    """Return a page that shows a form; one with mistakes says so to programs as well."""
    status = STATUS_OF_ERROR[BadInput] if form.errors else 200
    return make_response(render_template(template, form=form, **values), status)


def lead_to_the_door(kept_fields: Sequence[str]) -> Callable[[NotSignedIn], AnyResponse]:
    """Return what sends whoever is not signed in to the sign-in form; what they had typed is shown once more, so that it is not lost.

    `kept_fields` are those somebody would have to type again.
    """

    def lead(error: NotSignedIn) -> AnyResponse:
        if request.method == "GET":
            return redirect(url_for("door.ask", next=request.path), SEE_OTHER)
        typed = {name: text for name, text in request.form.items() if name in kept_fields and text}
        return make_response(render_template("desk/signed_out.html", typed=typed), STATUS_OF_ERROR[type(error)])

    return lead


def _take_language(_: str | None, values: dict[str, Any] | None) -> None:
    if values and "language" in values:
        g.language = values.pop("language")


def _forget(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _alternates() -> dict[str, object]:
    """Offer the other language where changing it loses nothing that was typed."""
    if request.endpoint is None or request.method != "GET":
        return {}
    return {"alternates": {code: url_for(request.endpoint, **{**(request.view_args or {}), "language": code}) for code in LANGUAGES}}


def _signed_in_member() -> dict[str, object]:
    """Tell the page who is signed in, and give its sign-out button its token."""
    return {"signed_in": g.get("signed_in"), "sign_out_form": ProtectedForm(formdata=None)} if "signed_in" in g else {}
