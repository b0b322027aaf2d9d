"""Serve what is known of the observed services, or of this process itself, as Prometheus text."""

from flask import Blueprint, Flask, Response, request
from flask.blueprints import BlueprintSetupState
from prometheus_client import CollectorRegistry, generate_latest

from observatory.errors import BadInput
from observatory.publish.metrics.exposition import CONTENT_TYPE, text_of
from observatory.publish.metrics.own import measure
from observatory.publish.metrics.services import service_families
from observatory.web.context import part, parts, summary

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
    return _text(text_of(service_families(shown, summary().counted(), parts().telemetry).values()))


@bp.get("/metrics")
def itself() -> Response:
    """Answer how this process does."""
    return _text(generate_latest(part(CollectorRegistry)).decode())


def _text(text: str) -> Response:
    return Response(text, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})
