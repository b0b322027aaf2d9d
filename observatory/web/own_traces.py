"""Report the requests we serve as spans of our own, sent by OTLP to wherever the operator says.

A span carries the route's template, the method and the status: never a path, an address, a header or a body.
"""

from flask import Flask, Response, g, request
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

from observatory import __version__

TRACES_PATH = "/v1/traces"
EXPORT_TIMEOUT_SECONDS = 5.0
SERVER_ERROR = 500


def trace_requests(app: Flask, endpoint: str) -> TracerProvider:
    """Send a span per request to an OTLP/HTTP endpoint such as http://127.0.0.1:4318; the caller shuts the provider down.

    ! Starts the exporter's thread: for a process that serves, not for `create_app`.
    """
    exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + TRACES_PATH, timeout=EXPORT_TIMEOUT_SECONDS)
    resource = Resource.create({"service.namespace": "observatory", "service.name": "observatory", "service.version": __version__})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _hook(app, provider.get_tracer("observatory"))
    return provider


def _hook(app: Flask, tracer: Tracer) -> None:
    def begin() -> None:
        route = request.url_rule.rule if request.url_rule else ""
        attributes = {"http.request.method": request.method, "http.route": route}
        g.own_span = tracer.start_span(f"{request.method} {route}".strip(), kind=SpanKind.SERVER, attributes=attributes)

    def note_status(response: Response) -> Response:
        span: Span | None = g.get("own_span")
        if span is not None:
            span.set_attribute("http.response.status_code", response.status_code)
            if response.status_code >= SERVER_ERROR:
                span.set_status(Status(StatusCode.ERROR))
        return response

    def end(_: BaseException | None) -> None:
        span: Span | None = g.pop("own_span", None)
        if span is not None:
            span.end()

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(note_status)
    app.teardown_request(end)
