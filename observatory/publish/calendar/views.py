"""Serve the calendar of maintenance, one for all readers."""

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState

from observatory.publish.calendar.icalendar_text import calendar_text
from observatory.publish.snapshots import Snapshots, answer
from observatory.readmodel.maintenance import MaintenancePlan
from observatory.web.context import part, parts_of, summary
from observatory.web.language import site
from observatory.web.queries import refuse_any

bp = Blueprint("calendar", __name__)


class CalendarSnapshots(Snapshots):
    """The calendar as it was last made."""


@bp.record_once
def keep_snapshots(state: BlueprintSetupState) -> None:
    """Every application has snapshots of its own."""
    parts_of(state.app).add(CalendarSnapshots())


@bp.get("/maintenance.ics")
def maintenance() -> Response:
    """What is being maintained, will be, and was in the last 90 days."""
    refuse_any()
    snapshots = part(CalendarSnapshots)
    return answer(snapshots.get(request.path, summary().version, summary().maintenance_plan, _render), "text/calendar")


def _render(plan: MaintenancePlan) -> str:
    return calendar_text(site().name, (*plan.past[::-1], *plan.running, *plan.upcoming))
