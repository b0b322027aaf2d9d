"""Say whether this process lives or can serve: 200, or 503 with the reason."""

from dataclasses import dataclass

from flask import Blueprint, Response
from flask.blueprints import BlueprintSetupState

from observatory.errors import ObservatoryError
from observatory.flows.log_checking import tree_of
from observatory.parts import Parts
from observatory.web.context import part, parts, parts_of

bp = Blueprint("health", __name__)


@dataclass(slots=True)
class FirstPages:
    """Whether the front page was made for the first time, if that is waited for.

    Out of a large folder that takes longest, and whoever is sent here by then would wait for it. Telemetry is taken meanwhile.
    """

    awaited: bool = False


@bp.record_once
def _prepare(state: BlueprintSetupState) -> None:
    parts_of(state.app).add(FirstPages())


@bp.get("/livez")
def livez() -> Response:
    """Answer: the process is up and serves requests."""
    return _plain("alive", 200)


@bp.get("/readyz")
def readyz() -> Response:
    """Answer whether stores can be read, telemetry is taken and pages are at hand; 503 says why not."""
    reasons = not_ready(parts())
    if part(FirstPages).awaited:
        reasons.append("pages: warming, they are made for the first time; telemetry is taken")
    return _plain("\n".join(reasons) or "ready", 503 if reasons else 200)


def not_ready(found: Parts) -> list[str]:
    """Return why requests cannot be served just now; empty when they can."""
    reasons = []
    try:
        found.register.catalogue()
        tree_of(found.register)
    except ObservatoryError as error:
        reasons.append(f"register: {error.message}")
    try:
        found.telemetry.unjudged()
    except ObservatoryError as error:
        reasons.append(f"telemetry: {error.message}")
    if not found.writer.ready:
        reasons.append("committer: telemetry is not accepted")
    elif found.writer.trouble:
        reasons.append(f"committer: {found.writer.trouble}")
    return reasons


def _plain(text: str, status: int) -> Response:
    return Response(f"{text}\n", status, mimetype="text/plain", headers={"Cache-Control": "no-store"})
