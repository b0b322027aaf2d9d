"""Serve the list of changes to people: a page in both languages, and an Atom feed (RFC 4287)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from observatory.publish.snapshots import CACHE_CONTROL, PageSnapshots, answer, freeze
from observatory.readmodel.changes import Change, Position, changes_behind, position_of
from observatory.readmodel.few_at_once import SearchLimit
from observatory.web.context import part, parts, summary
from observatory.web.language import LANGUAGES, preferred_language

CHANGES_SHOWN = 50
FEED_TYPE = "application/atom+xml"

bp = Blueprint("changes", __name__)


@dataclass(frozen=True, slots=True)
class Listed:
    """A part of the list, newest first."""

    changes: tuple[Change, ...]
    more: bool
    as_of: datetime


@bp.get("/changes")
def choose_language() -> AnyResponse:
    """Send a reader to the language the browser asks for."""
    return _in_preferred_language(".page")


@bp.get("/changes.atom")
def choose_feed() -> AnyResponse:
    """Send a feed reader there as well."""
    return _in_preferred_language(".feed")


@bp.get("/<any(ko, en):language>/changes")
def page(**_: str) -> Response:
    """What changed of what was published, newest first."""
    before = position_of(request.args.get("before", ""))

    def render() -> str:
        alternates = {code: url_for(".page", language=code) for code in LANGUAGES}
        return render_template("changes/page.html", listed=_listed(before), first=before is None, alternates=alternates)

    return _answer(render, "text/html", kept=before is None)


@bp.get("/<any(ko, en):language>/changes.atom")
def feed(**_: str) -> Response:
    """The newest of them, to be followed."""
    return _answer(lambda: render_template("changes/feed.xml", listed=_listed(None), id_of=_id_of), FEED_TYPE, kept=True)


def _listed(before: Position | None) -> Listed:
    known = parts()
    changes, more = changes_behind(known.register, known.telemetry, before, CHANGES_SHOWN)
    return Listed(tuple(changes), more, known.now())


def _id_of(name: str) -> str:
    """Return a name for ever of the feed or an entry: the same whatever the address under which it is read."""
    return uuid5(NAMESPACE_URL, f"observatory/changes/{name}").urn


def _answer(render: Callable[[], str], mimetype: str, *, kept: bool) -> Response:
    """Answer with the snapshot of this address; the parts that follow the first are many, and rendered each time, a few at once."""
    if not kept:
        with part(SearchLimit).turn():
            return answer(freeze("", render().encode()), mimetype)
    snapshot = part(PageSnapshots).get(request.path, summary().version, render, str)
    if snapshot.outdated and mimetype == "text/html":
        snapshot = snapshot.with_notice(render_template("status/outdated.html"))
    return answer(snapshot, mimetype)


def _in_preferred_language(endpoint: str) -> AnyResponse:
    response = redirect(url_for(endpoint, language=preferred_language()))
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.vary.add("Accept-Language")
    return response
