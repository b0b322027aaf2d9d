"""A scrape comes in; what is known of the observed services, or of this process itself, goes out as Prometheus text."""

from typing import cast

from flask import Blueprint, Flask, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from prometheus_client import generate_latest

from observatory.errors import BadInput
from observatory.publish.metrics.exposition import CONTENT_TYPE, text_of
from observatory.publish.metrics.own import measure, registry_of
from observatory.publish.metrics.services import service_families
from observatory.publish.metrics.since_start import SinceStart
from observatory.readmodel.summary import summary
from observatory.web.context import parts

SINCE_START = "observatory.since_start"

bp = Blueprint("metrics", __name__)


@bp.record_once
def _prepare(state: BlueprintSetupState) -> None:
    assert isinstance(state.app, Flask)
    measure(state.app)


@bp.get("/metrics/services")
def services() -> Response:
    """Answer what is known of the observed services, of all or of one agency."""
    if set(request.args) - {"agency_id"}:
        raise BadInput("cannot use this parameter of a scrape", "the only one is agency_id")
    agency_id = request.args.get("agency_id")
    site = summary().site()
    shown = [known for known in site.services if agency_id in (None, known.service.agency_id)]
    counts = _since_start().look(site.services, parts().now(), site.site.zone)
    return _text(text_of(service_families(shown, counts, parts().telemetry).values()))


@bp.get("/metrics")
def itself() -> Response:
    """Answer how this process does."""
    return _text(generate_latest(registry_of(current_app)).decode())


def _since_start() -> SinceStart:
    found = current_app.extensions.get(SINCE_START) or current_app.extensions.setdefault(SINCE_START, SinceStart(parts().telemetry))
    return cast(SinceStart, found)


def _text(text: str) -> Response:
    return Response(text, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})
