"""Serve the OTLP doors the framework's way, with what the intake answers.

Whatever goes wrong on our side is 503: exporters drop their data on 429 and on 500, and send again on this.
"""

import json
from typing import Any

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from google.rpc.status_pb2 import Status

from observatory.access.programs.senders import Senders, sender
from observatory.receive.body import whole_body
from observatory.receive.intake import Intake
from observatory.receive.intake_counts import IntakeCounts, count_intake
from observatory.receive.signals import JSON, LOGS, METRICS, PROTOBUF, TRACES, Signal, encoding_of
from observatory.web.context import part, parts, parts_of
from observatory.web.error_pages import problem_of

RPC_CODE = {400: 3, 401: 16, 403: 7, 404: 5, 408: 4, 411: 3, 413: 3, 415: 3, 503: 14}
"""google.rpc.Code by HTTP status: INVALID_ARGUMENT, UNAUTHENTICATED, PERMISSION_DENIED, NOT_FOUND, DEADLINE_EXCEEDED, UNAVAILABLE."""
RPC_UNKNOWN = 2

bp = Blueprint("otlp", __name__)
count_intake(bp)


@bp.record_once
def _prepare(state: BlueprintSetupState) -> None:
    found = parts_of(state.app)
    found.add(Intake(found, found.get(IntakeCounts), found.get(Senders)))


@bp.post("/v1/logs", endpoint="logs")
@bp.post("/otlp/v1/logs", endpoint="logs")
def logs() -> Response:
    """Take log records that are access events."""
    return _view(LOGS)


@bp.post("/v1/traces", endpoint="traces")
@bp.post("/otlp/v1/traces", endpoint="traces")
def traces() -> Response:
    """Take server spans."""
    return _view(TRACES)


@bp.post("/v1/metrics", endpoint="metrics")
@bp.post("/otlp/v1/metrics", endpoint="metrics")
def metrics() -> Response:
    """Take histograms of request durations."""
    return _view(METRICS)


def _view(signal: Signal[Any]) -> Response:
    intake, encoding = part(Intake), encoding_of(request.environ)
    with whole_body(request.environ, parts().settings.body_bytes_max) as body:
        answer = intake.take(signal, intake.open(signal, request.environ, sender(), encoding, body))
    return Response(answer.body, 200, content_type=answer.media_type)


@bp.errorhandler(Exception)
def refuse(error: Exception) -> Response:
    """Answer an error as `google.rpc.Status`, as protobuf to those who sent protobuf, else as JSON."""
    problem = problem_of(error)
    code = RPC_CODE.get(problem.status, RPC_UNKNOWN)
    if request.mimetype == PROTOBUF:
        body = Status(code=code, message=problem.detail).SerializeToString()
        return Response(body, problem.status, dict(problem.headers), content_type=PROTOBUF)
    text = json.dumps({"code": code, "message": problem.detail}, ensure_ascii=False)
    return Response(text, problem.status, dict(problem.headers), content_type=JSON)
