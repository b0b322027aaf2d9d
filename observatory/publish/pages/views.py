"""Serve citizens pages from the read model, or the last one known."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as AnyResponse

from observatory.decode.machines import MACHINES_LIST
from observatory.flows.declarations import BACK_MAX
from observatory.judge.method import IN_FORCE
from observatory.model.catalogue import HOURS_DEFAULT, SLOW_MS_DEFAULT
from observatory.model.check import COMPLETENESS_DAYS
from observatory.model.exemplar import EXEMPLARS_KEPT, EXEMPLARS_PER_KIND_MAX
from observatory.model.figure import MenuFigures
from observatory.publish.pages.charts import load_figure, load_line, strip_bars
from observatory.publish.pages.found_incident import FoundIncident, find_incident, named, places_of
from observatory.publish.pages.listing import STATES, Wanted, list_services, wanted_from
from observatory.publish.pages.log_told import log_told
from observatory.publish.snapshots import CACHE_CONTROL, PageSnapshots, answer, freeze
from observatory.readmodel.few_at_once import SearchLimit
from observatory.readmodel.summary import ServiceSummary, SiteSummary
from observatory.web.context import part, parts, parts_of, summary
from observatory.web.language import LANGUAGES, gettext, language, preferred_language

T = TypeVar("T")

INCIDENTS_SHOWN = 50
EXEMPLARS_KEPT_HOURS = int(EXEMPLARS_KEPT.total_seconds()) // 3600
PAGES_KEPT = 50
"""Of the list of all services: ten thousand of them."""
COVERAGE_ENOUGH = IN_FORCE.coverage_permille_min / 1000
"""Below it, a service was measured too little for its availability to be printed (method section 7)."""
UNTIMED_SHARE_TOLD = 0.05
"""From this share on, requests that are in no load time are told right beside it."""

BACK_HOURS_MAX = BACK_MAX // timedelta(hours=1)

bp = Blueprint("status_page", __name__)


@bp.get("/", defaults={"page": "front"})
@bp.get("/maintenance", defaults={"page": "maintenance"})
@bp.get("/method", defaults={"page": "method"})
@bp.get("/data", defaults={"page": "data"})
def choose_language(page: str) -> AnyResponse:
    """Send a reader to the language the browser asks for."""
    response = redirect(url_for(f".{page}", language=preferred_language()))
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.vary.add("Accept-Language")
    return response


@bp.get("/<any(ko, en):language>/")
def front() -> Response:
    """Is anything down? And every service, failing first."""
    wanted = wanted_from(request.args)

    def render(site: SiteSummary) -> str:
        listing = list_services(site, wanted)
        return render_template(
            "status/front.html",
            listing=listing,
            as_of=site.as_of,
            states_all=STATES,
            page_address=_page_address(wanted),
            query=_query(wanted),
        )

    return _page(_query(wanted), lambda: summary().site(), render, kept=_is_kept(wanted), version=lambda: summary().version_of_list())


@bp.get("/<any(ko, en):language>/services/<service_id>")
def service(service_id: str) -> Response:
    """Everything about one service."""
    return _of_service(service_id, lambda shown: _render_service("status/service.html", shown))


@bp.get("/<any(ko, en):language>/services/<service_id>/chart")
def chart(service_id: str) -> Response:
    """A chart to move and zoom; asked for by a click, since it is large."""
    return _of_service(service_id, lambda shown: _render_service("status/chart.html", shown, here="chart"))


@bp.get("/<any(ko, en):language>/services/<service_id>/chart.json")
def chart_figure(service_id: str) -> Response:
    """The figure that chart draws."""

    def render(shown: ServiceSummary) -> str:
        return load_figure(shown.days, shown.daily_load, gettext("Mean load time (s)"), gettext("Failing (min)"))

    return _of_service(service_id, render, "application/json")


@bp.get("/<any(ko, en):language>/incidents/<incident_id>")
def incident(incident_id: str) -> Response:
    """One failure."""

    def render(found: FoundIncident) -> str:
        return render_template(
            "status/incident.html",
            found=found,
            shown=found.shown,
            places=places_of(found.shown),
            named=partial(named, found.shown),
            bridge_minutes=IN_FORCE.bridge_minutes_max,
        )

    return _page("", lambda: find_incident(incident_id), render)


@bp.get("/<any(ko, en):language>/maintenance")
def maintenance() -> Response:
    """What is being maintained, and what will be."""
    return _page(
        "", lambda: summary().maintenance_plan(), lambda plan: render_template("status/maintenance.html", plan=plan, method=IN_FORCE)
    )


@bp.get("/<any(ko, en):language>/method")
def method() -> Response:
    """How the numbers come about, in plain words."""
    return _page(
        "",
        lambda: IN_FORCE,
        lambda found: render_template("status/method.html", method=found, machines_list=MACHINES_LIST, declared_back_hours=BACK_HOURS_MAX),
    )


@bp.get("/<any(ko, en):language>/data")
def data() -> Response:
    """What there is to take away, and under which licence."""
    return _page(
        "",
        parts().now,
        lambda now: render_template("status/data.html", now=now, kept_most=EXEMPLARS_PER_KIND_MAX, kept_hours=EXEMPLARS_KEPT_HOURS),
    )


def _of_service(service_id: str, render: Callable[[ServiceSummary], str], mimetype: str = "text/html") -> Response:
    """Answer with the snapshot of a page that speaks of one service only."""
    return _page("", lambda: summary().service(service_id), render, mimetype, version=lambda: summary().version_of(service_id))


def _page(
    query: str,
    read: Callable[[], T],
    render: Callable[[T], str],
    mimetype: str = "text/html",
    *,
    kept: bool = True,
    version: Callable[[], str] | None = None,
) -> Response:
    """Answer with the snapshot of this path and query.

    What anybody can type (`kept` false) is rendered each time, a few at once, so that it pushes nothing else out.
    """
    if not kept:
        with part(SearchLimit).turn():
            return answer(freeze("", render(read()).encode()), mimetype)
    snapshot = part(PageSnapshots).get(request.path + query, version or summary().version, read, render)
    if snapshot.outdated:
        snapshot = snapshot.with_notice(render_template("status/outdated.html"))
    return answer(snapshot, mimetype)


def _is_kept(wanted: Wanted) -> bool:
    """Tell what many readers look at from the pages that anybody can ask for."""
    return not (wanted.text or wanted.agency_id) and wanted.page <= (1 if wanted.state else PAGES_KEPT)


def _render_service(template: str, shown: ServiceSummary, **more: Any) -> str:
    recent = not any(each.load_time.n or each.coverage for each in shown.figures.menus)
    menus = {each.menu_id: each for each in (shown.figures_day if recent else shown.figures).menus}

    def figures_of_menu(menu_id: str) -> MenuFigures | None:
        return menus.get(menu_id)

    return render_template(
        template,
        shown=shown,
        service=shown.service,
        bars=strip_bars(shown.days),
        line=load_line(shown.daily_load),
        load_times={mark.day: mark for mark in shown.daily_load},
        figures_of_menu=figures_of_menu,
        recent=recent,
        close_minutes=IN_FORCE.close_minutes,
        places=places_of(shown),
        states_all=STATES,
        incidents_shown=INCIDENTS_SHOWN,
        hours_default=HOURS_DEFAULT,
        slow_ms_default=SLOW_MS_DEFAULT,
        **more,
    )


def _query(wanted: Wanted) -> str:
    said = {"q": wanted.text, "agency": wanted.agency_id, "state": wanted.state, "page": wanted.page if wanted.page > 1 else ""}
    text = urlencode({name: value for name, value in said.items() if value})
    return f"?{text}" if text else ""


def _page_address(wanted: Wanted) -> Callable[[int], str]:
    def address(page: int) -> str:
        return url_for(".front") + _query(Wanted(**{**asdict(wanted), "page": page}))

    return address


@bp.url_value_preprocessor
def take_language(_: str | None, values: dict[str, Any] | None) -> None:
    """Keep the language of the address for everything that renders, so that views need not carry it."""
    if values and "language" in values:
        g.language = values.pop("language")


@bp.app_url_defaults
def give_language(endpoint: str, values: dict[str, Any]) -> None:
    """Let links stay in the reader's language."""
    if "language" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "language"):
        values["language"] = language()


@bp.context_processor
def every_status_page() -> dict[str, object]:
    """Give the page's address in each language to the layout, and the limits of coverage and untimed requests to the words."""
    if request.endpoint is None or "language" not in g:
        return {}
    alternates = {code: url_for(request.endpoint, **{**(request.view_args or {}), "language": code}) for code in LANGUAGES}
    return {
        "alternates": alternates,
        "coverage_enough": COVERAGE_ENOUGH,
        "untimed_share_told": UNTIMED_SHARE_TOLD,
        "completeness_days": COMPLETENESS_DAYS,
        "log_told": lambda: log_told(parts()),
    }


@bp.record_once
def keep_snapshots(state: BlueprintSetupState) -> None:
    """Every application has snapshots of its own."""
    parts_of(state.app).add(PageSnapshots())
    parts_of(state.app).add(SearchLimit())
