"""Serve the page that tells everybody why one minute of a service was judged as it was."""

from flask import Blueprint, Response, render_template, url_for

from observatory.errors import NotFound, phrase
from observatory.judge.days import moment_of
from observatory.judge.explaining import minute_named, name_of
from observatory.model.columns import Source
from observatory.publish.snapshots import answer, freeze
from observatory.readmodel.few_at_once import SearchLimit
from observatory.readmodel.public_minute import COUNT_SHOWN_MIN, PublicMinute, public_minute
from observatory.web.context import part, parts
from observatory.web.language import LANGUAGES

bp = Blueprint("minute_page", __name__)


@bp.get("/<any(ko, en):language>/services/<service_id>/why/<minute>")
def minute(service_id: str, minute: str, **_: str) -> Response:
    """Why a minute is published as it is; there are too many to keep, so they are worked out a few at once."""
    known = parts()
    service = known.register.catalogue().service(service_id)
    if service is None:
        raise NotFound(phrase("cannot find service %(id)r"), phrase("services are listed on the front page"), id=service_id[:64])
    with part(SearchLimit).turn():
        found = public_minute(service, minute_named(minute), known.register, known.telemetry, known.now())
        return answer(freeze("", render_template("status/minute.html", **_shown(found)).encode()), "text/html")


def _shown(found: PublicMinute) -> dict[str, object]:
    """Return what the page shows, and what it needs to name it."""
    name = name_of(found.explained.minute)
    return {
        "service": found.service,
        "explained": found.explained,
        "subjects": found.subjects,
        "count_shown_min": COUNT_SHOWN_MIN,
        "Source": Source,
        "moment_of": moment_of,
        "name_of": name_of,
        "alternates": {code: url_for(".minute", language=code, service_id=found.service.id, minute=name) for code in LANGUAGES},
    }
