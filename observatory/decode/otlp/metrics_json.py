"""Decode OTLP/JSON bodies with metrics into MetricPoints. Only what is read is typed, as in `decode.otlp.json`."""

from collections.abc import Sequence

import msgspec

from observatory.decode.otlp.attribute_slots import RECORD_SLOTS, RESOURCE_SLOTS
from observatory.decode.otlp.json_values import AnyValue, integer, moment_ns, number, parse, value_of
from observatory.decode.otlp.metric_rows import MESSAGES_MAX, MetricRows, SentBuckets, SentPoint, is_read
from observatory.decode.request_rows import Value
from observatory.errors import TooLarge
from observatory.model.metric_points import MetricPoints

_UINT64_MAX, _INT32_MAX = 2**64 - 1, 2**31 - 1


class _Attribute(msgspec.Struct, gc=False):
    key: str | None = None
    value: msgspec.Raw = msgspec.Raw(b"null")
    """Typed only if it is read; but all of it tells one series from another."""


class _Holder(msgspec.Struct):
    """A resource or a scope."""

    name: str | None = None
    version: str | None = None
    attributes: list[_Attribute] | None = None


class _Buckets(msgspec.Struct, rename="camel", gc=False):
    offset: int | None = None
    bucket_counts: list[int | str] | None = None


class _Point(msgspec.Struct, rename="camel", gc=False):
    """A data point of either kind of histogram."""

    attributes: list[_Attribute] | None = None
    start_time_unix_nano: int | str | None = None
    time_unix_nano: int | str | None = None
    count: int | str | None = None
    sum: float | str | None = None
    min: float | str | None = None
    max: float | str | None = None
    flags: int | None = None
    bucket_counts: list[int | str] | None = None
    explicit_bounds: list[float | str] | None = None
    scale: int | None = None
    zero_count: int | str | None = None
    zero_threshold: float | str | None = None
    positive: _Buckets | None = None
    negative: _Buckets | None = None


class _Histogram(msgspec.Struct, rename="camel", gc=False):
    aggregation_temporality: int | None = None
    data_points: list[_Point] | None = None


class _Unread(msgspec.Struct, rename="camel", gc=False):
    data_points: list[msgspec.Raw] | None = None


class _Metric(msgspec.Struct, rename="camel", gc=False):
    name: str | None = None
    unit: str | None = None
    histogram: _Histogram | None = None
    exponential_histogram: _Histogram | None = None
    gauge: _Unread | None = None
    sum: _Unread | None = None
    summary: _Unread | None = None


class _ScopeMetrics(msgspec.Struct):
    scope: _Holder | None = None
    metrics: list[_Metric] | None = None


class _ResourceMetrics(msgspec.Struct, rename="camel", gc=False):
    resource: _Holder | None = None
    scope_metrics: list[_ScopeMetrics] | None = None


class _Metrics(msgspec.Struct, rename="camel", gc=False):
    resource_metrics: list[_ResourceMetrics] | None = None


_METRICS = msgspec.json.Decoder(_Metrics)
_VALUE = msgspec.json.Decoder(AnyValue | None)


def decode_metrics(body: bytes) -> MetricPoints:
    """Return the data points of requests in an ExportMetricsServiceRequest in JSON. Raises BadTelemetry or TooLarge."""
    if body.count(b"{") > MESSAGES_MAX:
        raise TooLarge(f"cannot decode OTLP metrics: more than {MESSAGES_MAX} objects", "send smaller batches")
    rows = MetricRows()
    for group in parse(_METRICS, body).resource_metrics or ():
        attributes = group.resource.attributes if group.resource else None
        resource = rows.resource(_slots_in(attributes, RESOURCE_SLOTS), _encoded(attributes))
        for scope in group.scope_metrics or ():
            for metric in scope.metrics or ():
                _add(rows, resource, scope.scope or _Holder(), metric)
    return rows.points()


def _add(rows: MetricRows, resource: tuple[int, bytes], scope: _Holder, metric: _Metric) -> None:
    for unread in (metric.gauge, metric.sum, metric.summary):
        rows.skip(len(unread.data_points or ()) if unread else 0)
    for histogram in (metric.histogram, metric.exponential_histogram):
        if histogram is None:
            continue
        if metric.name is None or not is_read(metric.name):
            rows.skip(len(histogram.data_points or ()))
            continue
        told_apart = [(scope.name or "").encode(), (scope.version or "").encode(), *_encoded(scope.attributes)]
        family = rows.family(resource, told_apart, metric.name, metric.unit or "", histogram.aggregation_temporality or 0)
        for point in histogram.data_points or ():
            buckets = _explicit(point) if histogram is metric.histogram else _exponential(point)
            rows.add(family, _sent(point, buckets))


def _sent(point: _Point, buckets: SentBuckets) -> SentPoint:
    return SentPoint(
        values=_slots_in(point.attributes, RECORD_SLOTS),
        attributes=_encoded(point.attributes),
        start_ns=moment_ns(point.start_time_unix_nano, "startTimeUnixNano"),
        time_ns=moment_ns(point.time_unix_nano, "timeUnixNano"),
        count=_count(point.count, "count"),
        sum=_optional(point.sum, "sum"),
        least=_optional(point.min, "min"),
        most=_optional(point.max, "max"),
        flags=point.flags or 0,
        buckets=buckets,
    )


def _explicit(point: _Point) -> SentBuckets:
    return SentBuckets(_counts(point.bucket_counts), [number(bound, "explicitBounds") for bound in point.explicit_bounds or ()])


def _exponential(point: _Point) -> SentBuckets:
    positive, negative = point.positive or _Buckets(), point.negative or _Buckets()
    return SentBuckets(
        counts=_counts(positive.bucket_counts),
        bounds=None,
        offset=integer(positive.offset or 0, "offset", -_INT32_MAX - 1, _INT32_MAX),
        scale=integer(point.scale or 0, "scale", -_INT32_MAX - 1, _INT32_MAX),
        zero=_count(point.zero_count, "zeroCount"),
        zero_threshold=number(point.zero_threshold or 0.0, "zeroThreshold"),
        negative=sum(_counts(negative.bucket_counts)),
    )


def _count(value: int | str | None, name: str) -> int:
    return 0 if value is None else integer(value, name, 0, _UINT64_MAX)


def _counts(values: Sequence[int | str] | None) -> list[int]:
    return [_count(value, "bucketCounts") for value in values or ()]


def _optional(value: float | str | None, name: str) -> float | None:
    return None if value is None else number(value, name)


def _encoded(attributes: Sequence[_Attribute] | None) -> list[bytes]:
    return sorted(f"{attribute.key}\0".encode() + bytes(attribute.value) for attribute in attributes or ())


def _slots_in(attributes: Sequence[_Attribute] | None, slots: dict[str, int]) -> list[Value]:
    """Return the values of the attributes that are read, by slot."""
    values: list[Value] = [None] * len(slots)
    for attribute in attributes or ():
        slot = slots.get(attribute.key or "")
        if slot is not None:
            value = parse(_VALUE, bytes(attribute.value))
            values[slot] = None if value is None else value_of(value)
    return values
