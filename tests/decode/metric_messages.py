"""Requests full of data points, as exporters send them in protobuf and in JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AggregationTemporality,
    ExponentialHistogram,
    ExponentialHistogramDataPoint,
    Histogram,
    HistogramDataPoint,
    Metric,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

DELTA = AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
CUMULATIVE = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
NOW_S = int(datetime(2026, 11, 20, 3, 0, tzinfo=UTC).timestamp())
"""The moment of the fixture `app`."""
START_NS, TIME_NS = (NOW_S - 60) * 10**9, NOW_S * 10**9
BOUNDS = (0.1, 1.0, 5.0)

Point = HistogramDataPoint | ExponentialHistogramDataPoint
JOB_PORTAL = {"service.namespace": "labor", "service.name": "job-portal"}
REQUEST: dict[str, str | int] = {"http.request.method": "GET", "http.route": "/jobs", "http.response.status_code": 200}


def attributes(values: Mapping[str, str | int]) -> list[KeyValue]:
    return [
        KeyValue(key=key, value=AnyValue(string_value=value) if isinstance(value, str) else AnyValue(int_value=value))
        for key, value in values.items()
    ]


def a_point(counts: Sequence[int] = (1, 2, 0, 0), total: float | None = 1.5, **changed: Any) -> HistogramDataPoint:
    """Return a point whose requests lie in buckets of BOUNDS seconds."""
    values: dict[str, Any] = {
        "attributes": attributes(REQUEST),
        "start_time_unix_nano": START_NS,
        "time_unix_nano": TIME_NS,
        "count": sum(counts),
        "sum": total,
        "bucket_counts": counts,
        "explicit_bounds": BOUNDS,
    }
    return HistogramDataPoint(**values | changed)


def an_exponential_point(
    counts: Sequence[int] = (1, 2), total: float | None = 1.5, *, offset: int = 0, scale: int = 0, zero: int = 0, **changed: Any
) -> ExponentialHistogramDataPoint:
    values: dict[str, Any] = {
        "attributes": attributes(REQUEST),
        "start_time_unix_nano": START_NS,
        "time_unix_nano": TIME_NS,
        "count": sum(counts) + zero,
        "sum": total,
        "scale": scale,
        "zero_count": zero,
        "positive": ExponentialHistogramDataPoint.Buckets(offset=offset, bucket_counts=counts),
    }
    return ExponentialHistogramDataPoint(**values | changed)


def a_metric(
    *points: Point, name: str = "http.server.request.duration", unit: str = "s", temporality: AggregationTemporality.ValueType = DELTA
) -> Metric:
    """Return a metric of points of one kind."""
    explicit = [point for point in points if isinstance(point, HistogramDataPoint)]
    exponential = [point for point in points if isinstance(point, ExponentialHistogramDataPoint)]
    if exponential:
        histogram = ExponentialHistogram(data_points=exponential, aggregation_temporality=temporality)
        return Metric(name=name, unit=unit, exponential_histogram=histogram)
    return Metric(name=name, unit=unit, histogram=Histogram(data_points=explicit, aggregation_temporality=temporality))


def a_request(metrics: Iterable[Metric], resource: Mapping[str, str] = JOB_PORTAL) -> ExportMetricsServiceRequest:
    scope = ScopeMetrics(scope=InstrumentationScope(name="server", version="1"), metrics=metrics)
    held = Resource(attributes=attributes(resource))
    return ExportMetricsServiceRequest(resource_metrics=[ResourceMetrics(resource=held, scope_metrics=[scope])])


def body_of(*points: Point, **named: Any) -> bytes:
    """Return a request of one metric, in protobuf."""
    return a_request([a_metric(*points, **named)]).SerializeToString()


def as_json(body: bytes) -> bytes:
    """Return the same request as OTLP/JSON, whose rules are those of protobuf's JSON where no id and no enum name occurs."""
    return json.dumps(MessageToDict(ExportMetricsServiceRequest.FromString(body), use_integers_for_enums=True)).encode()
