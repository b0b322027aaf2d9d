"""Share between the pages of the desk their language, their headers, and how a form with mistakes is answered."""

from typing import Any

from flask import Blueprint, Response, g, make_response, render_template, request, url_for

from observatory.access.people.forgery import ProtectedForm
from observatory.errors import BadInput
from observatory.web.error_pages import STATUS_OF_ERROR
from observatory.web.language import LANGUAGES

ADDRESS = "/<any(ko, en):language>/desk"


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
