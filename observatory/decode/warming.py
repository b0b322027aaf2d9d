"""Nothing comes in; compiled decoders stand ready behind it. Called before the first request is taken."""

from observatory.decode import access_log_line, otlp_json, otlp_json_rewriting, otlp_metrics_wire, otlp_wire, probe_result
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
