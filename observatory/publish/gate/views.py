"""Take webhooks of pipelines: what they ask is answered a moment later, where they say."""

from apiflask import APIFlask
from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState

from observatory.errors import TooLarge, phrase
from observatory.publish.gate.github import EVENT, EVENT_HEADER, asked_by_github
from observatory.publish.gate.github import SIGNATURE_HEADER as GITHUB_SIGNATURE
from observatory.publish.gate.gitlab import SIGNATURE_HEADER as GITLAB_SIGNATURE
from observatory.publish.gate.gitlab import asked_by_gitlab
from observatory.publish.gate.hooks import BODY_BYTES_MAX, WaitingHooks
from observatory.publish.gate.hooks_file import GateHooks, read_hooks
from observatory.web.context import part, parts_of

ACCEPTED, NOTHING_TO_DO = 202, 204

bp = Blueprint("gate_hooks", __name__, url_prefix="/gate")


@bp.record_once
def _prepare(state: BlueprintSetupState) -> None:
    assert isinstance(state.app, APIFlask)
    parts = parts_of(state.app)
    parts.add(read_hooks(parts.settings.gate_hooks_file))
    parts.add(WaitingHooks())


@bp.post("/github")
def github() -> Response:
    """Take what GitHub asks about a deployment; its other events need no answer."""
    if request.headers.get(EVENT_HEADER) != EVENT:
        return Response(status=NOTHING_TO_DO)
    part(WaitingHooks).add(asked_by_github(part(GateHooks).github, request.headers.get(GITHUB_SIGNATURE, ""), _body()))
    return Response(status=ACCEPTED)


@bp.post("/gitlab")
def gitlab() -> Response:
    """Take what GitLab asks about a merge request."""
    part(WaitingHooks).add(asked_by_gitlab(part(GateHooks).gitlab, request.headers.get(GITLAB_SIGNATURE, ""), _body()))
    return Response(status=ACCEPTED)


def _body() -> bytes:
    """Return the body of a webhook. Raises TooLarge; ! read by pieces, or a chunked one would be cut without a word."""
    pieces, size = [], 0
    while piece := request.stream.read(1 << 16):
        size += len(piece)
        if size > BODY_BYTES_MAX:
            raise TooLarge(phrase("cannot take this webhook: it is too large"), phrase("send less at once"))
        pieces.append(piece)
    return b"".join(pieces)
