"""Serve the page that explains the open data to developers, in both languages, made from its description."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from observatory.publish.api.description import addresses_of
from observatory.publish.api.openapi import description
from observatory.publish.snapshots import CACHE_CONTROL, ApiSnapshots, answer
from observatory.web.context import part, summary
from observatory.web.language import LANGUAGES, preferred_language

EXAMPLE_SERVICE = "job-portal"
"""In examples while nothing is observed."""

bp = Blueprint("api_docs", __name__)


@bp.get("/api")
def choose_language() -> AnyResponse:
    """Send a reader to the language the browser asks for."""
    response = redirect(url_for(".page", language=preferred_language()))
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.vary.add("Accept-Language")
    return response


@bp.get("/<any(ko, en):language>/api")
def page(**_: str) -> Response:
    """Every address of the open data, its parameters and the shape of its answers."""
    snapshots = part(ApiSnapshots)
    return answer(snapshots.get(request.path, _example_service, description, _render), "text/html")


def _example_service() -> str:
    """Return a service to try the addresses with."""
    return next((shown.service.id for shown in summary().site().services), EXAMPLE_SERVICE)


def _render(spec: Mapping[str, Any]) -> str:
    return render_template(
        "api_docs/page.html",
        addresses=addresses_of(spec),
        meanings=meanings(),
        parameters=parameter_meanings(),
        service_id=_example_service(),
        alternates={code: url_for(".page", language=code) for code in LANGUAGES},
    )


def meanings() -> Mapping[str, str]:
    """Return what there is at each address, in the reader's language."""
    return {
        "/api/v1/services": gettext("All services with their menus and their state now"),
        "/api/v1/services/{service_id}": gettext("One service and its state now"),
        "/api/v1/services/{service_id}/figures": gettext(
            "Load time, failures, downtime and coverage of a service and of each of its menus"
        ),
        "/api/v1/services/{service_id}/minutes.csv": gettext(
            "Every minute of a month, from which the figures can be made again. Numbers of requests are left out where there were 1 to 19"
        ),
        "/api/v1/services/{service_id}/minutes/{minute}": gettext("Why a minute was judged as it was: evidence, rule, verdict and class"),
        "/api/v1/services/{service_id}/signoffs": gettext("Sign-offs with office, decision and reasons"),
        "/api/v1/incidents": gettext("Failures with start, end and minutes"),
        "/api/v1/incidents/{incident_id}": gettext("One failure, also one that was merged into another since"),
        "/api/v1/causes": gettext("Causes that failures of several services share, with those failures and their minutes"),
        "/api/v1/causes/{cause_id}": gettext("One of these causes"),
        "/api/v1/maintenance": gettext("Announced maintenance, and how much of it is not counted"),
        "/api/v1/months/{month}": gettext("The figures of a month as they are hashed, and the hashes that were written into the log"),
        "/api/v1/changes": gettext("Changes of published numbers, with the reason, and what waits for an auditor"),
        "/api/v1/gate": gettext("Whether a release may be opened to the public, and each reason why not"),
        "/api/v1/method": gettext("The version and the constants of the method behind every figure"),
    }


def parameter_meanings() -> Mapping[str, str]:
    """Return what each parameter is for, in the reader's language."""
    return {
        "limit": gettext("How many to return, at most 1,000."),
        "cursor": gettext("The “next” of the part before, as it came."),
        "service": gettext("The id of a service; left out: all of them."),
        "menu": gettext("The id of a menu of that service; left out: the service as a whole."),
        "window": gettext("24h (full hours), 7d, 30d (if nothing is said), 90d, or month:2026-11."),
        "month": gettext("A month in the time zone of the observatory, such as 2026-11; left out: the present one, so far."),
        "from": gettext("Where a span of your own begins, at a full hour, in UTC, such as 2026-11-01T00:00:00Z."),
        "digest": gettext("The digest of what is to be deployed: sha256: and 64 hexadecimal digits."),
        "environment": gettext("Where it is to run, such as production."),
        "format": gettext("json, or azure: status and decision alone, with 409 for a no."),
        "to": gettext("Where it ends; that moment itself is not part of it."),
    }
