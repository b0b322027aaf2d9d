"""Take probe results (CSV or JSON), store them, and say what became of the lines; those of a token have no vote."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, request

from observatory.access.programs.senders import sender
from observatory.decode.probes.csv import decode_rows
from observatory.decode.probes.json import decode_json
from observatory.errors import BadInput
from observatory.flows.take_in_probes import take_in_probes
from observatory.model.columns import ProbeRows
from observatory.receive.body import media_type, whole_body
from observatory.receive.deliveries import answer_of_probes, delivery_of, respond
from observatory.receive.import_report import LinesAnswer
from observatory.receive.intake_counts import IntakeCounts, count_intake
from observatory.web.context import part, parts

SIGNAL = "probes"
DECODERS: Mapping[str, Callable[[bytes], ProbeRows]] = {"text/csv": decode_rows, "application/json": decode_json}
VANTAGE_LENGTH_MAX = 64

bp = Blueprint("probe", __name__)
count_intake(bp)


@bp.post("/v1/probes", endpoint=SIGNAL)
def probes() -> Response:
    """Take probe results: service, menu, time, state and response time of each check."""
    vantage, of_agency = _vantage()
    media = media_type(request.content_type, *DECODERS)
    with whole_body(request.environ, parts().settings.body_bytes_max) as body:
        return respond(_take(body, media, vantage, of_agency=of_agency))


def _take(body: bytes, media: str, vantage: str, *, of_agency: bool) -> LinesAnswer:
    found = parts()
    rows = DECODERS[media](body)
    delivery = delivery_of(request.environ, sender(), f"{SIGNAL}/{vantage}", body, found)
    receipt = take_in_probes(rows, vantage, delivery, found.register.catalogue(), found.register, found.writer, of_agency=of_agency)
    part(IntakeCounts).note_records(SIGNAL, receipt, rows.checked_ms, delivery.received_at.timestamp() * 1000)
    return answer_of_probes(receipt, rows)


def _vantage() -> tuple[str, bool]:
    """Return where results were made, and whether by an agency: commands on this host say so, every token is a vantage of its own."""
    asking = sender()
    if not asking.backfill:
        return f"token {asking.name}", True
    vantage = request.args.get("vantage", "")
    if not 1 <= len(vantage) <= VANTAGE_LENGTH_MAX or not vantage.isprintable():
        raise BadInput(
            "cannot take probe results without a vantage",
            f"say where they were made: ?vantage=NAME, at most {VANTAGE_LENGTH_MAX} characters",
        )
    return vantage, False
