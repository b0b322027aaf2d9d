"""Report the requests we serve as spans of our own, sent by OTLP to wherever the operator says.

A span carries the route's template, the method and the status: never a path, an address, a header or a body.
"""

from typing import TYPE_CHECKING

from flask import Flask, Response, request
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

from observatory import __version__

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

TRACES_PATH = "/v1/traces"
EXPORT_TIMEOUT_SECONDS = 5.0
SERVER_ERROR = 500
_SPAN_KEY = "observatory.own_span"


class OwnTraces:
    """Makes a span of every request of one application, once there is somewhere to send them. Any number of threads."""

    def __init__(self) -> None:
        self._tracer: Tracer | None = None

    def send_to(self, endpoint: str) -> TracerProvider:
        """Send spans to an OTLP/HTTP endpoint such as http://127.0.0.1:4318 from now on; the caller shuts the provider down.

        ! Starts the exporter's thread: for a process that serves, not for `create_app`.
        """
        # A tenth of a second and 5 MiB for those who want it.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

        exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + TRACES_PATH, timeout=EXPORT_TIMEOUT_SECONDS)
        resource = Resource.create({"service.namespace": "observatory", "service.name": "observatory", "service.version": __version__})
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = provider.get_tracer("observatory")
        return provider

    def begin(self, method: str, route: str, environ: "WSGIEnvironment") -> Span | None:
        """Begin the span of a request, None while nobody wants any; `span_of` finds it by the environment."""
        if self._tracer is None:
            return None
        attributes = {"http.request.method": method, "http.route": route}
        span = self._tracer.start_span(f"{method} {route}".strip(), kind=SpanKind.SERVER, attributes=attributes)
        environ[_SPAN_KEY] = span
        return span

    @staticmethod
    def end(span: Span | None, status: int) -> None:
        """End a span with the status that was answered."""
        if span is not None and span.is_recording():
            span.set_attribute("http.response.status_code", status)
            if status >= SERVER_ERROR:
                span.set_status(Status(StatusCode.ERROR))
            span.end()


def span_of(environ: "WSGIEnvironment") -> Span | None:
    """Return the span of a request, None without one."""
    found = environ.get(_SPAN_KEY)
    return found if isinstance(found, Span) else None


def install_own_traces(app: Flask, traces: OwnTraces) -> None:
    """Make a span of every request that the framework answers; one that began before it came here goes on."""

    def begin() -> None:
        if span_of(request.environ) is None:
            traces.begin(request.method, request.url_rule.rule if request.url_rule else "", request.environ)

    def end(response: Response) -> Response:
        traces.end(span_of(request.environ), response.status_code)
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(end)
