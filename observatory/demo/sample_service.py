"""Make a real Flask app of a described service, which reports its requests as a real service would.

The town's services are instrumented by hand with opentelemetry-sdk, so that they show what an instrumentation must send.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, Response, g, request
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

from observatory import clock
from observatory.demo.town import Page, SampleService

EXPORT_DELAY_MS = 1000
SPREAD = 0.35
"""Sigma of the log-normal load times."""


@dataclass(frozen=True, slots=True)
class Faults:
    """When a sample service fails on purpose: `fail_s` out of every `period_s` seconds, the first time after `first_s`."""

    first_s: float
    fail_s: float
    period_s: float

    def failing(self, elapsed_s: float) -> bool:
        """Say whether the service fails this many seconds after the town woke up."""
        return elapsed_s >= self.first_s and (elapsed_s - self.first_s) % self.period_s < self.fail_s


def load_time_s(page: Page, rng: random.Random) -> float:
    """Draw how long a page takes this time."""
    return page.median_ms / 1000 * rng.lognormvariate(0, SPREAD)


def build_service(service: SampleService, faults: Faults | None) -> Flask:
    """Return a Flask app with the pages of a sample service; while it fails, every page answers 503."""
    app = Flask(f"observatory.demo.{service.id}")
    rng, woke = random.Random(), time.monotonic()

    def view(page: Page) -> Callable[[], Response]:
        def answer() -> Response:
            if faults and faults.failing(time.monotonic() - woke):
                return Response("out of order\n", status=503, mimetype="text/plain")
            time.sleep(load_time_s(page, rng))
            return Response(f"{page.path}\n", status=500 if rng.random() < page.error_share else 200, mimetype="text/plain")

        return answer

    for page in service.pages:
        app.add_url_rule(page.path, endpoint=page.path, view_func=view(page))
    return app


def report_spans(app: Flask, service: SampleService, observatory_url: str, token: str) -> TracerProvider:
    """Make an app send one server span per request to the observatory; shut the provider down to send the last ones."""
    provider = TracerProvider(resource=Resource({"service.namespace": "hanbit", "service.name": service.id}))
    exporter = OTLPSpanExporter(endpoint=f"{observatory_url}/v1/traces", headers={"Authorization": f"Bearer {token}"})
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=EXPORT_DELAY_MS))
    tracer = provider.get_tracer("observatory.demo")

    @app.before_request
    def begin() -> None:
        route = request.url_rule.rule if request.url_rule else ""
        attributes = {"http.request.method": request.method, "http.route": route, "url.path": request.path}
        g.span = tracer.start_span(f"{request.method} {route}", kind=SpanKind.SERVER, attributes=attributes)

    @app.after_request
    def finish(response: Response) -> Response:
        g.span.set_attribute("http.response.status_code", response.status_code)
        if response.status_code >= 500:
            g.span.set_status(Status(StatusCode.ERROR))
        g.span.end()
        return response

    return provider


def write_access_log(app: Flask, write_line: Callable[[str], object]) -> None:
    """Make an app write the line a web server in front of it would write: combined format, then microseconds (Apache's %D)."""

    @app.before_request
    def begin() -> None:
        g.begun, g.begun_at = time.monotonic(), clock.now()

    @app.after_request
    def finish(response: Response) -> Response:
        at = g.begun_at.strftime("%d/%b/%Y:%H:%M:%S +0000")
        took_us = int((time.monotonic() - g.begun) * 1_000_000)
        size = response.calculate_content_length() or 0
        write_line(
            f'127.0.0.1 - - [{at}] "{request.method} {request.path} HTTP/1.1" {response.status_code} {size} "-" "town/1" {took_us}\n'
        )
        return response
