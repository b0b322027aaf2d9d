"""A question whether this process lives or can serve comes in; 200 or 503 with the reason goes out."""

from flask import Blueprint, Response

from observatory.errors import ObservatoryError
from observatory.web.context import Parts, parts

bp = Blueprint("health", __name__)


@bp.get("/livez")
def livez() -> Response:
    """Answer: the process is up and serves requests."""
    return _plain("alive", 200)


@bp.get("/readyz")
def readyz() -> Response:
    """Answer whether stores can be read and telemetry is taken; 503 says why not."""
    reasons = not_ready(parts())
    return _plain("\n".join(reasons) or "ready", 503 if reasons else 200)


def not_ready(found: Parts) -> list[str]:
    """Return why requests cannot be served just now; empty when they can."""
    reasons = []
    try:
        found.register.catalogue()
        found.register.log_head()
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
