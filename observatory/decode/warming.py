"""Compile the decoders before the first request is taken."""

from observatory.decode.access_log import lines as access_log_line
from observatory.decode.otlp import json as otlp_json
from observatory.decode.otlp import json_to_protobuf as otlp_json_rewriting
from observatory.decode.otlp import metrics_protobuf as otlp_metrics_wire
from observatory.decode.otlp import protobuf as otlp_wire
from observatory.decode.probes import csv as probe_result
from observatory.decode.redaction import template_of
from observatory.decode.semantic_conventions import outcome_of

_PROBES = b"checked_at,service,state,http_status,response_ms\n"


def warm() -> None:
    """Compile every decoder, or load it from the compiler's cache."""
    otlp_wire.warm()
    otlp_metrics_wire.decode_metrics(b"")
    template_of(b"", is_route=True)
    outcome_of(0, 0, 0)
    otlp_json_rewriting.rewritten_logs(b"{}")
    otlp_json.decode_logs(b"{}")
    otlp_json.decode_traces(b"{}")
    access_log_line.decode_lines(b"\n", "combined")
    probe_result.decode_rows(_PROBES)
