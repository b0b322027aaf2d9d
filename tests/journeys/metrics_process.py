"""A service as others write it: opentelemetry-sdk with its OTLP/HTTP exporter, sending histograms of request durations.

Started by a test as a process of its own: `metrics_process.py URL TOKEN delta|cumulative explicit|exponential`. For each
line with a number on standard input it serves so many requests, exports, and says whether that worked.
"""

import sys

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import Aggregation, ExplicitBucketHistogramAggregation, ExponentialBucketHistogramAggregation
from opentelemetry.sdk.resources import Resource

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""What the semantic conventions advise."""
NEVER_MS = 3_600_000.0


def duration_s(number: int) -> float:
    """Return how long request `number` takes: a sum of these is exact."""
    return (1 + number % 41) / 64


def status(number: int) -> int:
    """Return what request `number` is answered with."""
    return 503 if number % 10 == 7 else 200


def main(url: str, token: str, temporality: str, aggregation: str) -> None:
    """Serve and export until standard input ends."""
    explicit: Aggregation = ExplicitBucketHistogramAggregation(BOUNDS)
    exporter = OTLPMetricExporter(
        f"{url}/v1/metrics",
        headers={"authorization": f"Bearer {token}"},
        compression=Compression.Gzip,
        preferred_temporality={Histogram: AggregationTemporality[temporality.upper()]},
        preferred_aggregation={Histogram: explicit if aggregation == "explicit" else ExponentialBucketHistogramAggregation()},
    )
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=NEVER_MS)
    # Without a name of its own the SDK makes one up at every start, and nothing tells that a series goes on.
    resource = Resource.create({"service.namespace": "labor", "service.name": "job-portal", "service.instance.id": "1"})
    provider = MeterProvider(metric_readers=[reader], resource=resource)
    durations = provider.get_meter("server").create_histogram("http.server.request.duration", unit="s")
    served = 0
    for line in sys.stdin:
        for number in range(served, served + int(line)):
            attributes: dict[str, str | int] = {
                "http.request.method": "GET",
                "http.route": "/jobs/{id}",
                "http.response.status_code": status(number),
            }
            durations.record(duration_s(number), attributes)
        served += int(line)
        sys.stdout.write("exported\n" if provider.force_flush() else "failed\n")
        sys.stdout.flush()
    provider.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:5])
