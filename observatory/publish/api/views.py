"""Serve open data, as JSON or CSV in the documented shapes."""

from collections.abc import Callable
from typing import TypeVar

from apiflask import APIBlueprint, APIFlask
from flask import Response
from flask.blueprints import BlueprintSetupState

from observatory.publish.api import lists
from observatory.publish.api.answers import SNAPSHOT_BYTES_MAX, QuestionLimits, csv_answer, json_answer, open_to_all, with_log_head
from observatory.publish.api.cause_list import CauseShape, CausesShape, cause_of, causes_page
from observatory.publish.api.change_list import ChangesShape, changes_page, changes_table
from observatory.publish.api.check_shapes import ChecksShape
from observatory.publish.api.figure_shapes import FiguresShape
from observatory.publish.api.gate_shapes import AskedGate, GateShape, gate_of
from observatory.publish.api.incident_shapes import IncidentShape, IncidentsShape
from observatory.publish.api.log_shapes import LogEntriesShape, LogShape, SignOffsShape
from observatory.publish.api.maintenance_shapes import MaintenanceListShape
from observatory.publish.api.minute_shapes import MinuteShape, minute_of_service
from observatory.publish.api.month_list import MonthQuestion, MonthShape, month_of
from observatory.publish.api.openapi import describe, problem_responses
from observatory.publish.api.questions import (
    FiguresQuestion,
    IncidentsQuestion,
    LogQuestion,
    MaintenanceQuestion,
    MinuteQuestion,
    MinutesQuestion,
    NoQuestion,
    PageQuestion,
    Question,
)
from observatory.publish.api.shapes import MethodShape, ServiceShape, ServicesShape
from observatory.publish.snapshots import ApiSnapshots
from observatory.web.context import parts_of, summary
from observatory.web.queries import refuse_repeated
from observatory.web.shapes import Shape

View = TypeVar("View", bound=Callable[..., Response])

bp = APIBlueprint("api", __name__, url_prefix="/api/v1", tag="Open data")
bp.before_request(refuse_repeated)
bp.after_request(open_to_all)


@bp.record_once
def _prepare(state: BlueprintSetupState) -> None:
    assert isinstance(state.app, APIFlask)
    parts_of(state.app).add(ApiSnapshots(SNAPSHOT_BYTES_MAX))
    parts_of(state.app).add(QuestionLimits())
    describe(state.app)


def offer(rule: str, question: type[Question], shape: type[Shape] | None = None) -> Callable[[View], View]:
    """Publish a view at an address: its parameters are checked and passed as `asked`; without a shape it answers CSV."""

    def decorate(view: View) -> View:
        problems = problem_responses(
            400, *([404] if "<" in rule or question in (IncidentsQuestion, MaintenanceQuestion, AskedGate) else []), 503
        )
        if shape is None:
            problems[200] = {"description": "A CSV file (RFC 4180).", "content": {"text/csv": {"schema": {"type": "string"}}}}
        described = bp.doc(responses=problems)(bp.input(question, location="query", arg_name="asked")(view))
        bp.get(rule)(bp.output(shape)(described) if shape is not None else described)
        return view

    return decorate


@offer("/services", PageQuestion, ServicesShape)
def services(asked: PageQuestion) -> Response:
    """Services and their state now, by id."""
    return json_answer(asked, lambda: lists.services_page(asked), lambda: summary().version_of_list())


@offer("/services.csv", PageQuestion)
def services_csv(asked: PageQuestion) -> Response:
    """Services and their state now, a line for each."""
    return csv_answer(asked, lambda: lists.services_table(asked))


@offer("/services/<service_id>", NoQuestion, ServiceShape)
def service(service_id: str, asked: NoQuestion) -> Response:
    """One service and its state now."""
    return json_answer(asked, lambda: ServiceShape.of(summary().service(service_id)), lambda: summary().version_of(service_id))


@offer("/services/<service_id>/figures", FiguresQuestion, FiguresShape)
def figures(service_id: str, asked: FiguresQuestion) -> Response:
    """Load time, failures and downtime of a service in a window, with those of its menus."""
    return json_answer(asked, lambda: lists.figures(service_id, asked), lambda: summary().version_of(service_id))


@offer("/services/<service_id>/figures.csv", FiguresQuestion)
def figures_csv(service_id: str, asked: FiguresQuestion) -> Response:
    """The same figures: a line for the service as a whole (no menu_id), then one for each menu."""
    return csv_answer(asked, lambda: lists.figures_table(service_id, asked))


@offer("/services/<service_id>/minutes.csv", MinutesQuestion)
def minutes_csv(service_id: str, asked: MinutesQuestion) -> Response:
    """Every minute of a month of a service or menu: counts where there were 20 requests, votes of checks, verdict and class."""
    return csv_answer(asked, lambda: lists.minutes_table(service_id, asked))


@offer("/services/<service_id>/minutes/<minute>", MinuteQuestion, MinuteShape)
def minute(service_id: str, minute: str, asked: MinuteQuestion) -> Response:
    """Why a minute (such as 2026-11-20T09:04Z) was judged as it was: evidence, rule, verdict and class of the service and its menus."""
    return json_answer(asked, lambda: minute_of_service(service_id, minute))


@offer("/services/<service_id>/checks", NoQuestion, ChecksShape)
def checks(service_id: str, asked: NoQuestion) -> Response:
    """What our own checks of a service come to, and which certificates they were shown."""
    return json_answer(asked, lambda: ChecksShape.of(summary().service(service_id)))


@offer("/services/<service_id>/signoffs", NoQuestion, SignOffsShape)
def signoffs(service_id: str, asked: NoQuestion) -> Response:
    """Every sign-off of a service, newest first, and what they amount to."""
    return json_answer(asked, lambda: lists.signoffs(service_id))


@offer("/services/<service_id>/signoffs.csv", NoQuestion)
def signoffs_csv(service_id: str, asked: NoQuestion) -> Response:
    """Every sign-off of a service, a line for each."""
    return csv_answer(asked, lambda: lists.signoffs_table(service_id))


@offer("/incidents", IncidentsQuestion, IncidentsShape)
def incidents(asked: IncidentsQuestion) -> Response:
    """Failures that overlap a span, newest start first."""
    return json_answer(asked, lambda: lists.incidents_page(asked))


@offer("/incidents.csv", IncidentsQuestion)
def incidents_csv(asked: IncidentsQuestion) -> Response:
    """Failures that overlap a span, a line for each."""
    return csv_answer(asked, lambda: lists.incidents_table(asked))


@offer("/incidents/<incident_id>", NoQuestion, IncidentShape)
def incident(incident_id: str, asked: NoQuestion) -> Response:
    """One failure, also one that was merged into another since."""
    return json_answer(asked, lambda: lists.incident(incident_id))


@offer("/causes", PageQuestion, CausesShape)
def causes(asked: PageQuestion) -> Response:
    """Causes that incidents of several services share, newest first, with their incidents."""
    return json_answer(asked, lambda: causes_page(asked))


@offer("/causes/<cause_id>", NoQuestion, CauseShape)
def cause(cause_id: str, asked: NoQuestion) -> Response:
    """One of them."""
    return json_answer(asked, lambda: cause_of(cause_id))


@offer("/maintenance", MaintenanceQuestion, MaintenanceListShape)
def maintenance(asked: MaintenanceQuestion) -> Response:
    """Announced maintenance that overlaps a span, newest start first."""
    return json_answer(asked, lambda: lists.maintenance_page(asked))


@offer("/maintenance.csv", MaintenanceQuestion)
def maintenance_csv(asked: MaintenanceQuestion) -> Response:
    """Announced maintenance that overlaps a span, a line for each."""
    return csv_answer(asked, lambda: lists.maintenance_table(asked))


@offer("/months/<month>", MonthQuestion, MonthShape)
def months(month: str, asked: MonthQuestion) -> Response:
    """The figures of a month as they are hashed, beside the hashes that were written into the log once the month was final."""
    return json_answer(asked, lambda: month_of(month, asked))


@offer("/changes", PageQuestion, ChangesShape)
def changes(asked: PageQuestion) -> Response:
    """What changed of what was published, newest first: days that were judged again, corrections, and what waits for an auditor."""
    return json_answer(asked, lambda: changes_page(asked))


@offer("/changes.csv", PageQuestion)
def changes_csv(asked: PageQuestion) -> Response:
    """The same, a line for each change."""
    return csv_answer(asked, lambda: changes_table(asked))


@offer("/log", NoQuestion, LogShape)
def log(asked: NoQuestion) -> Response:
    """The size and newest hash of the log, signed: keep them, and the log cannot be rewritten without your noticing."""
    return with_log_head(json_answer(asked, lists.log))


@offer("/log/entries", LogQuestion, LogEntriesShape)
def log_entries(asked: LogQuestion) -> Response:
    """The entries of the log, exactly as they are hashed."""
    return with_log_head(json_answer(asked, lambda: lists.log_entries(asked)))


@offer("/gate", AskedGate, GateShape)
def gate(asked: AskedGate) -> Response:
    """Whether a release may be opened to the public: `decision` says so, and each reason against it has a code."""
    return gate_of(asked)


@offer("/method", NoQuestion, MethodShape)
def method(asked: NoQuestion) -> Response:
    """The version and the constants of the method by which everything here is computed."""
    return json_answer(asked, MethodShape.current)
