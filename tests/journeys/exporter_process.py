"""A service as others write it: opentelemetry-sdk with its OTLP/HTTP exporter, sending server spans in batches.

Started by a test as a process of its own: `exporter_process.py URL TOKEN COUNT FIRST_END_NS STEP_NS`.
"""

import sys
from collections.abc import Mapping

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind

BATCH = 512


def duration_ms(number: int) -> int:
    """Return how long request `number` takes."""
    return 20 + number % 997


def status(number: int) -> int:
    """Return what request `number` is answered with."""
    return 503 if number % 50 == 7 else 200


def main(url: str, token: str, count: int, first_end_ns: int, step_ns: int) -> None:
    """Send `count` spans and wait until all were taken."""
    exporter = OTLPSpanExporter(f"{url}/v1/traces", headers={"authorization": f"Bearer {token}"}, compression=Compression.Gzip)
    resource = Resource.create({"service.namespace": "labor", "service.name": "job-portal"})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=2 * count, max_export_batch_size=BATCH))
    tracer = provider.get_tracer("exporter")
    for number in range(count):
        end_ns = first_end_ns + number * step_ns
        attributes: Mapping[str, str | int] = {"http.route": "/jobs/{id}", "http.response.status_code": status(number)}
        span = tracer.start_span(
            "GET /jobs/{id}", kind=SpanKind.SERVER, attributes=attributes, start_time=end_ns - duration_ms(number) * 10**6
        )
        span.end(end_ns)
    provider.shutdown()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
