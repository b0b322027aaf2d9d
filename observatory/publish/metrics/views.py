"""Serve what is known of the observed services, or of this process itself, as Prometheus text."""

import re

from flask import Blueprint, Flask, Response, request
from flask.blueprints import BlueprintSetupState
from prometheus_client import CollectorRegistry, generate_latest

from observatory.errors import BadInput
from observatory.publish.metrics.exposition import CONTENT_TYPE, text_of
from observatory.publish.metrics.own import measure
from observatory.publish.metrics.services import ServiceLines
from observatory.web.context import part, parts, parts_of, summary

SHARD = re.compile(r"(\d{1,3})/(\d{1,3})", re.ASCII)

bp = Blueprint("metrics", __name__)


@bp.record_once
def _prepare(state: BlueprintSetupState) -> None:
    assert isinstance(state.app, Flask)
    measure(state.app)
    parts_of(state.app).add(ServiceLines())


@bp.get("/metrics/services")
def services() -> Response:
    """Answer what is known of the observed services: of all, of one agency, of one shard of so many."""
    if set(request.args) - {"agency_id", "shard"}:
        raise BadInput("cannot use this parameter of a scrape", "those there are: agency_id, and shard such as 1/4")
    agency_id, (shard, shards) = request.args.get("agency_id"), _shard(request.args.get("shard", "1/1"))
    site = summary().site()
    shown = [
        known for known in site.services if agency_id in (None, known.service.agency_id) and known.service.index % shards == shard % shards
    ]
    return _text(text_of(part(ServiceLines).families(shown, summary().counted(), parts().telemetry).values()))


@bp.get("/metrics")
def itself() -> Response:
    """Answer how this process does."""
    return _text(generate_latest(part(CollectorRegistry)).decode())


def _shard(text: str) -> tuple[int, int]:
    """Return which part of how many a scrape is of: 1/4 to 4/4. Raises BadInput."""
    match = SHARD.fullmatch(text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise BadInput(f"cannot tell the shard {text[:20]!r}", "write 1/4 to 4/4 for four scrapes of a quarter of the services each")
    return int(match[1]), int(match[2])


def _text(text: str) -> Response:
    return Response(text, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})
