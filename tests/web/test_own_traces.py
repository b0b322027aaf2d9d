"""Our own spans reach a collector, and say nothing personal."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from flask import Flask
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from observatory.web.own_traces import OwnTraces, install_own_traces

pytestmark = pytest.mark.network


def test_a_request_becomes_a_span_with_route_method_and_status_and_nothing_else() -> None:
    received: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    app = Flask(__name__)
    app.get("/things/<name>")(lambda name: name)
    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        thread = threading.Thread(target=collector.handle_request, daemon=True)
        thread.start()
        traces = OwnTraces()
        install_own_traces(app, traces)
        provider = traces.send_to(f"http://127.0.0.1:{collector.server_port}/")
        app.test_client().get("/things/900101-1234567?q=secret", headers={"User-Agent": "someone"})
        provider.shutdown()
        thread.join(5)

    export = ExportTraceServiceRequest.FromString(received[0])
    (span,) = export.resource_spans[0].scope_spans[0].spans
    assert span.name == "GET /things/<name>"
    attributes = {attribute.key: attribute.value for attribute in span.attributes}
    assert set(attributes) == {"http.request.method", "http.route", "http.response.status_code"}
    assert attributes["http.response.status_code"].int_value == 200
    assert not [secret for secret in (b"900101", b"secret", b"someone", b"127.0.0.1") if secret in received[0]]
