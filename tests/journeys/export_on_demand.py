"""A service as others write it: OpenTelemetry's exporters for Python, sending what standard input asks for.

`export_on_demand.py URL TOKEN`: for every number it reads it makes that many server spans and access events, and
says so once all were taken.
"""

import sys
import time
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider, ReadableLogRecord
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExportResult
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import SpanKind

from observatory import clock

EXPORT_SECONDS_MAX = 120.0
AGAIN_SECONDS = 0.5
BATCH = 100
QUEUE = 10_000
REQUEST: dict[str, str | int] = {"http.route": "/jobs/{id}", "http.response.status_code": 200}


class PatientSpanExporter(OTLPSpanExporter):
    """The exporter gives up after a while; a service that must not lose anything hands the batch over again."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        while (result := super().export(spans)) is not SpanExportResult.SUCCESS:
            time.sleep(AGAIN_SECONDS)
        return result


class PatientLogExporter(OTLPLogExporter):
    """Likewise for log records."""

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        while (result := super().export(batch)) is not LogRecordExportResult.SUCCESS:
            time.sleep(AGAIN_SECONDS)
        return result


def main(url: str, token: str) -> None:
    """Send what is asked for until standard input ends."""
    resource = Resource.create({"service.namespace": "labor", "service.name": "job-portal"})
    headers = {"authorization": f"Bearer {token}"}
    spans, logs = TracerProvider(resource=resource), LoggerProvider(resource=resource)
    span_exporter = PatientSpanExporter(f"{url}/v1/traces", headers=headers, compression=Compression.Gzip)
    log_exporter = PatientLogExporter(f"{url}/v1/logs", headers=headers, compression=Compression.Gzip)
    spans.add_span_processor(BatchSpanProcessor(span_exporter, max_queue_size=QUEUE, max_export_batch_size=BATCH))
    logs.add_log_record_processor(BatchLogRecordProcessor(log_exporter, max_queue_size=QUEUE, max_export_batch_size=BATCH))
    tracer, logger = spans.get_tracer("service"), logs.get_logger("service")
    for line in sys.stdin:
        for _ in range(int(line)):
            end_ns = int(clock.now().timestamp() * 1000) * 10**6
            span = tracer.start_span("GET /jobs/{id}", kind=SpanKind.SERVER, attributes=REQUEST, start_time=end_ns - 80 * 10**6)
            span.end(end_ns)
            logger.emit(timestamp=end_ns, attributes=REQUEST)
        assert spans.force_flush(int(EXPORT_SECONDS_MAX * 1000))
        assert logs.force_flush(int(EXPORT_SECONDS_MAX * 1000))
        sys.stdout.write(f"delivered {line}")
        sys.stdout.flush()
    spans.shutdown()
    logs.shutdown()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
