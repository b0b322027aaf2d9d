"""Serve pages of causes that incidents of several services share, in both languages."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from observatory.errors import NotFound, phrase
from observatory.publish.snapshots import CACHE_CONTROL, PageSnapshots, answer
from observatory.readmodel.shared_causes import CauseWithEffects, cause_with_effects
from observatory.web.context import part, parts, summary
from observatory.web.language import LANGUAGES, preferred_language

bp = Blueprint("causes", __name__)


@bp.get("/causes/<cause_id>")
def choose_language(cause_id: str) -> AnyResponse:
    """Send a reader to the language the browser asks for."""
    response = redirect(url_for(".page", language=preferred_language(), cause_id=cause_id))
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.vary.add("Accept-Language")
    return response


@bp.get("/<any(ko, en):language>/causes/<cause_id>")
def page(cause_id: str, **_: str) -> Response:
    """What came from one cause, service by service."""
    snapshot = part(PageSnapshots).get(request.path, summary().version, lambda: _render(_find(cause_id)), str)
    return answer(snapshot.with_notice(render_template("status/outdated.html")) if snapshot.outdated else snapshot, "text/html")


def _find(cause_id: str) -> CauseWithEffects:
    found = cause_with_effects(parts().register, summary().incident, cause_id)
    if found is None:
        raise NotFound(phrase("cannot find shared cause %(id)r"), phrase("choose one of the list"), id=cause_id[:100])
    return found


def _render(found: CauseWithEffects) -> str:
    alternates = {code: url_for(".page", language=code, cause_id=found.cause.id) for code in LANGUAGES}
    services = {service.id: service for service in parts().register.catalogue().services}
    return render_template("causes/page.html", found=found, services=services, alternates=alternates, now=parts().now())
