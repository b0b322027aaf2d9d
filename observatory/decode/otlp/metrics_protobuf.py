"""Decode OTLP protobuf bodies with metrics into MetricPoints.

The official library parses: a service sends a handful of points a minute, however many requests it serves. Before
that, a compiled walk counts the messages in a body, since 16 MiB may hold eight million of them, each a hundred bytes
of memory once parsed.
"""

from collections.abc import Iterable

import numpy as np
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import ExponentialHistogramDataPoint, HistogramDataPoint, Metric, ScopeMetrics

from observatory.decode.otlp.attribute_slots import RECORD_SLOTS, RESOURCE_SLOTS
from observatory.decode.otlp.metric_rows import MESSAGES_MAX, MetricRows, SentBuckets, SentPoint, is_read
from observatory.decode.otlp.protobuf_wire import DEPTH_MAX, read_size, read_tag, skip_scalar
from observatory.decode.otlp.schema import DELIMITED, GROUP
from observatory.decode.request_rows import Value
from observatory.errors import BadTelemetry, TooLarge
from observatory.kernels.compiling import compiled
from observatory.model.metric_points import MetricPoints

_HINT = "send the serialized ExportMetricsServiceRequest of OTLP/HTTP, as every OpenTelemetry exporter does"
_FIELD_NUMBERS = 17
_GROUPED = -1


def _children() -> NDArray[np.int64]:
    """Return the type of message in each field of each message type, numbered from the request's 0; -1 where there is none."""
    types: list[Descriptor] = [ExportMetricsServiceRequest.DESCRIPTOR]
    table: list[list[int]] = []
    for message in types:  # grows while it is walked
        row = [-1] * _FIELD_NUMBERS
        for field in message.fields:
            if field.message_type is not None:
                if field.message_type not in types:
                    types.append(field.message_type)
                row[field.number] = types.index(field.message_type)
        table.append(row)
    return np.array(table, np.int64)


_CHILDREN = _children()


def decode_metrics(body: bytes) -> MetricPoints:
    """Return the data points of requests in an ExportMetricsServiceRequest. Raises BadTelemetry or TooLarge."""
    count = _count_messages(np.frombuffer(body, np.uint8), np.zeros((DEPTH_MAX + 1, 2), np.int64))
    if count == _GROUPED:
        raise BadTelemetry("cannot decode OTLP metrics: groups, which OTLP does not have", _HINT)
    if count > MESSAGES_MAX:
        raise TooLarge(f"cannot decode OTLP metrics: more than {MESSAGES_MAX} messages", "send smaller batches")
    try:
        request = ExportMetricsServiceRequest.FromString(body)
    except DecodeError:
        raise BadTelemetry("cannot decode OTLP metrics: no valid protobuf", _HINT) from None
    rows = MetricRows()
    for group in request.resource_metrics:
        attributes = group.resource.attributes
        resource = rows.resource(_slots_in(attributes, RESOURCE_SLOTS), _encoded(attributes))
        for scope in group.scope_metrics:
            for metric in scope.metrics:
                _add(rows, resource, scope, metric)
    return rows.points()


@compiled
def _count_messages(text: NDArray[np.uint8], stack: NDArray[np.int64]) -> int:
    """Return how many messages lie in a request before its end or first error, or _GROUPED; stops once there are too many."""
    stack[0, 0], stack[0, 1] = 0, len(text)
    at = depth = count = 0
    while count <= MESSAGES_MAX:
        while depth > 0 and at >= stack[depth, 1]:
            depth -= 1
        end = stack[depth, 1]
        if at >= end:
            break
        at, tag = read_tag(text, at, end)
        if at < 0:
            break
        number, wire = tag >> 3, tag & 7
        child = _CHILDREN[stack[depth, 0], number] if number < _FIELD_NUMBERS and wire == DELIMITED else -1
        if wire == GROUP:
            return _GROUPED
        if child < 0:
            at = skip_scalar(text, at, end, wire)
        elif depth == DEPTH_MAX:
            break
        else:
            at, stop = read_size(text, at, end)
            depth += 1
            count += 1
            stack[depth, 0], stack[depth, 1] = child, stop
        if at < 0:
            break
    return count


def _add(rows: MetricRows, resource: tuple[int, bytes], scope: ScopeMetrics, metric: Metric) -> None:
    kind = metric.WhichOneof("data")
    if kind is None:
        return
    histogram = metric.histogram if kind == "histogram" else metric.exponential_histogram
    if kind not in ("histogram", "exponential_histogram") or not is_read(metric.name):
        rows.skip(len(getattr(metric, kind).data_points))
        return
    told_apart = [scope.scope.name.encode(), scope.scope.version.encode(), *_encoded(scope.scope.attributes)]
    family = rows.family(resource, told_apart, metric.name, metric.unit, histogram.aggregation_temporality)
    for point in histogram.data_points:
        buckets = _explicit(point) if isinstance(point, HistogramDataPoint) else _exponential(point)
        rows.add(
            family,
            SentPoint(
                values=_slots_in(point.attributes, RECORD_SLOTS),
                attributes=_encoded(point.attributes),
                start_ns=point.start_time_unix_nano,
                time_ns=point.time_unix_nano,
                count=point.count,
                sum=point.sum if point.HasField("sum") else None,
                least=point.min if point.HasField("min") else None,
                most=point.max if point.HasField("max") else None,
                flags=point.flags,
                buckets=buckets,
            ),
        )


def _explicit(point: HistogramDataPoint) -> SentBuckets:
    return SentBuckets(point.bucket_counts, point.explicit_bounds)


def _exponential(point: ExponentialHistogramDataPoint) -> SentBuckets:
    return SentBuckets(
        counts=point.positive.bucket_counts,
        bounds=None,
        offset=point.positive.offset,
        scale=point.scale,
        zero=point.zero_count,
        zero_threshold=point.zero_threshold,
        negative=sum(point.negative.bucket_counts),
    )


def _encoded(attributes: Iterable[KeyValue]) -> list[bytes]:
    return sorted(attribute.SerializeToString(deterministic=True) for attribute in attributes)


def _slots_in(attributes: Iterable[KeyValue], slots: dict[str, int]) -> list[Value]:
    """Return the values of the attributes that are read, by slot."""
    values: list[Value] = [None] * len(slots)
    for attribute in attributes:
        slot = slots.get(attribute.key)
        if slot is not None:
            kind = attribute.value.WhichOneof("value")
            values[slot] = getattr(attribute.value, kind) if kind in ("string_value", "int_value", "double_value") else None
    return values
