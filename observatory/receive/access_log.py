"""Take lines of an access log, store their counters, and say what became of the lines."""

from flask import Blueprint, Response, request

from observatory.access.programs.senders import sender
from observatory.decode.access_log.formats import require_format
from observatory.decode.access_log.lines import decode_lines
from observatory.errors import BadInput, NotAllowed, NotFound
from observatory.flows.take_in import take_in
from observatory.model.catalogue import Catalogue, Service
from observatory.model.delivery import Sender
from observatory.receive.body import media_type, whole_body
from observatory.receive.deliveries import answer_of_log, delivery_of, respond
from observatory.receive.import_report import LinesAnswer
from observatory.receive.intake_counts import IntakeCounts, count_intake
from observatory.web.context import part, parts

SIGNAL = "access_log"
TYPES = ("text/plain", "application/x-ndjson")
DEFAULT_FORMAT = "combined"

bp = Blueprint("access_log", __name__)
count_intake(bp)


@bp.post("/v1/access-log", endpoint=SIGNAL)
def access_log() -> Response:
    """Take lines of one service's access log: /v1/access-log?service=ID&format=combined."""
    service_id, log_format = _question()
    found = parts()
    catalogue = found.register.catalogue()
    named_service(catalogue, service_id, sender())
    media_type(request.content_type, *TYPES)
    with whole_body(request.environ, found.settings.body_bytes_max) as body:
        return respond(_take(body, service_id, log_format, catalogue))


def _take(body: bytes, service_id: str, log_format: str, catalogue: Catalogue) -> LinesAnswer:
    found = parts()
    decoded = decode_lines(body, log_format)
    delivery = delivery_of(request.environ, sender(), f"{SIGNAL}/{service_id}/{log_format}", body, found)
    receipt = take_in(decoded.columns, delivery, catalogue, found.writer, service_id, decoded.refused_count)
    part(IntakeCounts).note_records(SIGNAL, receipt, decoded.columns.end_ms, delivery.received_at.timestamp() * 1000)
    return answer_of_log(receipt, decoded)


def _question() -> tuple[str, str]:
    """Return service id and format from the address. Raises BadInput."""
    unknown = set(request.args) - {"service", "format"}
    if unknown:
        raise BadInput(f"cannot use parameter {min(unknown)[:40]!r}", "the known ones are service and format")
    log_format = request.args.get("format", DEFAULT_FORMAT)
    require_format(log_format)
    service_id = request.args.get("service", "")
    if not service_id:
        raise BadInput("cannot take an access log without a service", "say whose it is: ?service=ID")
    return service_id, log_format


def named_service(catalogue: Catalogue, service_id: str, asking: Sender) -> Service:
    """Return the service of that id, if this sender may speak for it. Raises NotAllowed or NotFound."""
    if asking.service_ids is not None and service_id not in asking.service_ids:
        raise NotAllowed(f"cannot take an access log of {service_id[:64]!r} with this token", "use a token made for that service")
    service = catalogue.service(service_id)
    if service is None or service.removed:
        raise NotFound(f"cannot take an access log of {service_id[:64]!r}: no such service", "look it up in the catalogue")
    return service
