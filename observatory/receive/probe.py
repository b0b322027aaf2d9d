"""Take probe results (CSV or JSON), store them, and say what became of the lines; tell the operator's places what to check.

Results that come with a token have no vote, unless it is that of a place of the operator's own.
"""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, request

from observatory.access.programs.senders import sender
from observatory.access.programs.tokens import refuse_server_vantage
from observatory.decode.probes.csv import decode_rows
from observatory.decode.probes.json import decode_json
from observatory.errors import BadInput, NotAllowed
from observatory.flows.sightings import Sightings
from observatory.flows.take_in_probes import take_in_probes
from observatory.flows.vantages import Place
from observatory.model.columns import ProbeRows
from observatory.model.delivery import PROBES
from observatory.prober.wanted import wanted_document
from observatory.receive.body import media_type, whole_body
from observatory.receive.deliveries import answer_of_probes, delivery_of, respond
from observatory.receive.import_report import LinesAnswer
from observatory.receive.intake_counts import IntakeCounts, count_intake
from observatory.settings import VANTAGE_LENGTH_MAX
from observatory.web.context import part, parts

DECODERS: Mapping[str, Callable[[bytes], ProbeRows]] = {"text/csv": decode_rows, "application/json": decode_json}

bp = Blueprint("probe", __name__)
count_intake(bp)


@bp.post("/v1/probes", endpoint=PROBES)
def probes() -> Response:
    """Take probe results: service, menu, time, state and response time of each check."""
    place = _place()
    media = media_type(request.content_type, *DECODERS)
    with whole_body(request.environ, parts().settings.body_bytes_max) as body:
        return respond(_take(body, media, place))


@bp.get("/v1/probes")
def wanted() -> Response:
    """Tell a place of the operator's own which menus it is to check, and how."""
    place = _place()
    if not place.scheduled:
        raise NotAllowed(
            "cannot say what to check: this token is of no place of the operator's own",
            "ask with a token made by: observatory token create --vantage NAME",
        )
    response = Response(wanted_document(place.name, parts().register.recent_catalogue()), content_type="application/json")
    response.add_etag()
    response.make_conditional(request)
    return response


def _take(body: bytes, media: str, place: Place) -> LinesAnswer:
    found = parts()
    rows = DECODERS[media](body)
    delivery = delivery_of(request.environ, sender(), f"{PROBES}/{place.name}", body, found)
    catalogue = found.register.catalogue()
    receipt = take_in_probes(rows, place, delivery, catalogue, found.register, found.writer)
    if place.scheduled and not receipt.duplicate:
        found.get(Sightings).note_checks(rows, catalogue, delivery.received_at)
    part(IntakeCounts).note_records(PROBES, receipt, rows.checked_ms, delivery.received_at.timestamp() * 1000)
    return answer_of_probes(receipt, rows)


def _place() -> Place:
    """Return where results are made: commands on this host say so, a token is of one of our places, or else a place of an agency's."""
    asking = sender()
    if asking.vantage:
        refuse_server_vantage(parts().settings, asking.vantage)
        return Place(asking.vantage, scheduled=True)
    if not asking.backfill:
        return Place(f"token {asking.name}", of_agency=True)
    vantage = request.args.get("vantage", "")
    if not 1 <= len(vantage) <= VANTAGE_LENGTH_MAX or not vantage.isprintable():
        raise BadInput(
            "cannot take probe results without a vantage",
            f"say where they were made: ?vantage=NAME, at most {VANTAGE_LENGTH_MAX} characters",
        )
    return Place(vantage)
