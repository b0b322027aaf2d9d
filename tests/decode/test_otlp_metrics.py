"""Metrics in protobuf and JSON: what is read, in which unit, and what is refused."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import ExponentialHistogramDataPoint, Gauge, Metric, NumberDataPoint

from observatory.decode.otlp import metric_rows
from observatory.decode.otlp import metrics_json as otlp_metrics_json
from observatory.decode.otlp import metrics_protobuf as otlp_metrics_wire
from observatory.errors import BadTelemetry, TooLarge
from observatory.model.columns import Outcome, Source
from observatory.model.metric_points import NO_SUM, MetricPoint, MetricPoints
from tests.decode.metric_messages import (
    BOUNDS,
    CUMULATIVE,
    JOB_PORTAL,
    REQUEST,
    START_NS,
    TIME_NS,
    Point,
    a_metric,
    a_point,
    a_request,
    an_exponential_point,
    as_json,
    attributes,
    body_of,
)

NAN, INFINITY = float("nan"), float("inf")


def in_json(body: bytes) -> MetricPoints:
    return otlp_metrics_json.decode_metrics(as_json(body))


Decode = Callable[[bytes], MetricPoints]
both = pytest.mark.parametrize("decode", [otlp_metrics_wire.decode_metrics, in_json], ids=["protobuf", "json"])


def only(decoded: MetricPoints) -> MetricPoint:
    assert not decoded.rejected
    (point,) = decoded.points
    return point


@both
def test_an_explicit_histogram_is_read(decode: Decode) -> None:
    decoded = decode(body_of(a_point((1, 0, 2, 0), 4.5, min=0.05, max=3.0)))
    point = only(decoded)
    assert (point.start_ns, point.time_ns, point.cumulative) == (START_NS, TIME_NS, False)
    assert point.bounds_us == tuple(bound * 1e6 for bound in BOUNDS)
    durations = point.durations
    assert (durations.count, durations.sum_us, durations.buckets) == (3, 4_500_000, {0: 1, 2: 2})
    assert (durations.least_us, durations.most_us) == (50_000, 3_000_000)
    assert (decoded.columns.source, decoded.columns.templates, decoded.columns.end_ms.tolist()) == (
        Source.OTLP_METRIC,
        ("/jobs",),
        [TIME_NS // 10**6],
    )


@both
def test_an_exponential_histogram_is_read(decode: Decode) -> None:
    point = only(decode(body_of(an_exponential_point((3, 0, 4), 9.0, offset=-2, scale=3, zero=1), temporality=CUMULATIVE)))
    durations = point.durations
    assert (durations.count, durations.buckets, durations.zero, durations.scale) == (8, {-2: 3, 0: 4}, 1, 3)
    assert (point.cumulative, point.bounds_us, point.unit_us) == (True, None, 1_000_000)


@both
@pytest.mark.parametrize(
    ("name", "unit", "unit_us"),
    [
        ("http.server.request.duration", "s", 10**6),
        ("http.server.request.duration", "ms", 1000),
        ("http.server.request.duration", "", 10**6),
        ("http.server.duration", "ms", 1000),
        ("http.server.duration", "", 1000),
        ("http.server.duration", "s", 10**6),
    ],
)
def test_the_unit_is_honoured(decode: Decode, name: str, unit: str, unit_us: int) -> None:
    point = only(decode(body_of(a_point((1,), 2.0, explicit_bounds=[]), name=name, unit=unit)))
    assert (point.durations.sum_us, point.unit_us) == (2 * unit_us, unit_us)


@both
def test_old_names_of_attributes_count_too(decode: Decode) -> None:
    point = a_point(attributes=attributes({"http.method": "GET", "http.route": "/docs/12345", "http.status_code": 503}))
    decoded = decode(body_of(point, name="http.server.duration", unit="ms"))
    assert (only(decoded).outcome, decoded.columns.templates) == (Outcome.BAD, ("/docs/{id}",))


@both
@pytest.mark.parametrize(
    ("changed", "outcome", "outcome_when_long"),
    [
        ({"http.response.status_code": 404}, Outcome.GOOD, Outcome.GOOD),
        ({"http.response.status_code": 429}, Outcome.THROTTLED, Outcome.THROTTLED),
        ({"http.response.status_code": 499}, Outcome.EXCLUDED, Outcome.BAD),
        ({"user_agent.synthetic.type": "bot"}, Outcome.EXCLUDED, Outcome.EXCLUDED),
        ({"http.request.method": "OPTIONS"}, Outcome.EXCLUDED, Outcome.EXCLUDED),
        ({"http.response.status_code": "", "error.type": "timeout"}, Outcome.BAD, Outcome.BAD),
    ],
)
def test_the_class_of_the_requests_is_that_of_the_attributes(
    decode: Decode, changed: dict[str, Any], outcome: Outcome, outcome_when_long: Outcome
) -> None:
    point = only(decode(body_of(a_point(attributes=attributes({**REQUEST, **changed})))))
    assert (point.outcome, point.outcome_when_long) == (outcome, outcome_when_long)


@both
def test_other_metrics_are_skipped(decode: Decode) -> None:
    gauge = Metric(name="http.server.request.duration", gauge=Gauge(data_points=[NumberDataPoint(as_int=1)] * 2))
    other = a_metric(a_point(), name="http.client.request.duration")
    decoded = decode(a_request([gauge, other, Metric(name="empty")]).SerializeToString())
    assert (decoded.points, decoded.rejected, decoded.columns.skipped_count) == ((), {}, 3)


@both
def test_requests_under_both_names_count_once(decode: Decode) -> None:
    metrics = [a_metric(a_point(), name="http.server.duration", unit="ms"), a_metric(a_point())]
    decoded = decode(a_request(metrics).SerializeToString())
    assert (only(decoded).unit_us, decoded.columns.skipped_count) == (10**6, 1)


@both
def test_a_point_without_a_value_is_skipped(decode: Decode) -> None:
    decoded = decode(body_of(a_point(flags=1)))
    assert (decoded.points, decoded.rejected, decoded.columns.skipped_count) == ((), {}, 1)


REFUSED = [
    pytest.param(a_point(explicit_bounds=[1.0]), "bad_point", id="too few bounds"),
    pytest.param(a_point((), count=3), "bad_point", id="bounds without buckets"),
    pytest.param(a_point(count=4), "bad_point", id="count is not that of the buckets"),
    pytest.param(a_point((2**53 + 1,), explicit_bounds=[]), "bad_point", id="huge count"),
    pytest.param(a_point(total=NAN), "bad_point", id="sum is no number"),
    pytest.param(a_point(total=-1.0), "bad_point", id="negative sum"),
    pytest.param(a_point(total=INFINITY), "bad_point", id="infinite sum"),
    pytest.param(a_point(explicit_bounds=[0.1, NAN, 5.0]), "bad_point", id="bound is no number"),
    pytest.param(a_point(explicit_bounds=[0.1, 0.1, 5.0]), "bad_point", id="bounds do not rise"),
    pytest.param(a_point(explicit_bounds=[0.1, 1.0, INFINITY]), "bad_point", id="infinite bound"),
    pytest.param(a_point(min=-1.0), "bad_point", id="negative minimum"),
    pytest.param(a_point(max=NAN), "bad_point", id="maximum is no number"),
    pytest.param(a_point([0] * 513, explicit_bounds=[float(n) for n in range(512)]), "bad_point", id="too many buckets"),
    pytest.param(a_point(time_unix_nano=0), "no_time", id="no time"),
    pytest.param(a_point(start_time_unix_nano=0), "no_time", id="delta without start"),
    pytest.param(a_point(start_time_unix_nano=TIME_NS + 1), "bad_point", id="ends before it starts"),
    pytest.param(an_exponential_point(scale=21), "bad_point", id="too fine"),
    pytest.param(an_exponential_point(scale=-11), "bad_point", id="too coarse"),
    pytest.param(an_exponential_point(scale=-10, offset=2**30), "bad_point", id="bucket beyond any number"),
    pytest.param(an_exponential_point(zero=1, count=3), "bad_point", id="count is not that of the exponential buckets"),
    pytest.param(an_exponential_point(zero=5, count=3), "bad_point", id="more zeros than requests"),
    pytest.param(an_exponential_point(zero_threshold=-1.0), "bad_point", id="negative threshold"),
    pytest.param(
        an_exponential_point(negative=ExponentialHistogramDataPoint.Buckets(bucket_counts=[1]), count=4),
        "bad_point",
        id="negative durations",
    ),
]


@both
@pytest.mark.parametrize(("point", "reason"), REFUSED)
def test_a_point_that_cannot_be_is_refused(decode: Decode, point: Point, reason: str) -> None:
    decoded = decode(body_of(point))
    assert (decoded.points, dict(decoded.rejected)) == ((), {reason: 1})
    assert len(decoded.columns) == 0


@both
@pytest.mark.parametrize(("named", "reason"), [({"unit": "By"}, "unknown_unit"), ({"temporality": 0}, "no_temporality")])
def test_a_metric_that_cannot_be_is_refused(decode: Decode, named: dict[str, Any], reason: str) -> None:
    decoded = decode(body_of(a_point(), a_point(), **named))
    assert (decoded.points, dict(decoded.rejected)) == ((), {reason: 2})


@both
def test_an_idle_point_may_have_any_minimum_and_maximum(decode: Decode) -> None:
    durations = only(decode(body_of(a_point((0, 0, 0, 0), 0.0, min=INFINITY, max=-INFINITY)))).durations
    assert (durations.count, durations.buckets, durations.least_us, durations.most_us) == (0, {}, 0.0, None)


@both
def test_a_histogram_may_leave_out_its_buckets_and_its_sum(decode: Decode) -> None:
    durations = only(decode(body_of(a_point((), None, count=7, explicit_bounds=[])))).durations
    assert (durations.count, durations.sum_us, durations.buckets) == (7, NO_SUM, {0: 7})


@both
def test_everything_that_tells_series_apart_is_in_their_name_and_nothing_else(decode: Decode) -> None:
    def series(point: Point, resource: dict[str, str] | None = None, **named: Any) -> bytes:
        return only(decode(a_request([a_metric(point, **named)], JOB_PORTAL | (resource or {})).SerializeToString())).series

    same = series(a_point())
    turned = a_point(time_unix_nano=TIME_NS + 1, attributes=reversed(attributes(REQUEST)), total=9.0)
    assert series(turned) == same
    others = [
        series(a_point(), {"service.instance.id": "1"}),
        series(a_point(attributes=attributes({**REQUEST, "url.scheme": "https"}))),
        series(a_point(attributes=attributes({**REQUEST, "http.response.status_code": 503}))),
        series(a_point(explicit_bounds=[0.1, 1.0, 7.0])),
        series(a_point(), temporality=CUMULATIVE),
        series(a_point(), name="http.server.duration"),
        series(an_exponential_point()),
        series(an_exponential_point(zero_threshold=0.5)),
    ]
    assert len({same, *others}) == len(others) + 1


def test_both_encodings_agree() -> None:
    points = [a_point((1, 0, 2, 0), 4.5, max=3.0), a_point((5,), None, explicit_bounds=[]), a_point(count=9)]
    body = body_of(*points)
    wire, text = otlp_metrics_wire.decode_metrics(body), in_json(body)
    assert [replace(point, series=b"") for point in wire.points] == [replace(point, series=b"") for point in text.points]
    assert wire.rejected == text.rejected == {"bad_point": 1}


@both
def test_staging_is_quarantined(decode: Decode) -> None:
    resource = {"service.name": "job-portal", "deployment.environment.name": "staging"}
    assert decode(a_request([a_metric(a_point())], resource).SerializeToString()).columns.quarantined == (True,)


def test_the_example_of_the_protocol_is_read(shared_data: Path) -> None:
    decoded = otlp_metrics_json.decode_metrics((shared_data / "otlp" / "metrics.json").read_bytes())
    assert (decoded.points, decoded.columns.skipped_count) == ((), 4)


@pytest.mark.parametrize(
    "body", [b"\xff\xff\xff", body_of(a_point())[:-3], b"\x0a\xff\xff\xff\xff\x0f", b"\x0b\x0c", b"\x0b" * 5000, b"\x0a\x02\x0a\xff"]
)
def test_what_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(BadTelemetry, match="cannot decode OTLP metrics"):
        otlp_metrics_wire.decode_metrics(body)


@pytest.mark.parametrize(
    "point",
    [
        '{"count": "1e9"}',
        '{"count": -1}',
        '{"sum": NaN}',
        '{"sum": "much"}',
        '{"bucketCounts": [1.5]}',
        '{"explicitBounds": ["a"]}',
        '{"timeUnixNano": "18446744073709551616"}',
        '{"attributes": [{"key": "http.route", "value": 7}]}',
        '{"attributes": [{"key": "\\ud800"}]}',
    ],
)
def test_what_is_no_json_request_is_refused(point: str) -> None:
    histogram = f'{{"name": "http.server.request.duration", "histogram": {{"aggregationTemporality": 1, "dataPoints": [{point}]}}}}'
    with pytest.raises(BadTelemetry, match="cannot decode OTLP/JSON"):
        otlp_metrics_json.decode_metrics(f'{{"resourceMetrics": [{{"scopeMetrics": [{{"metrics": [{histogram}]}}]}}]}}'.encode())


@pytest.mark.parametrize("decode", [otlp_metrics_wire.decode_metrics, otlp_metrics_json.decode_metrics])
def test_messages_without_end_are_refused_before_they_cost_memory(decode: Decode) -> None:
    empty = metric_rows.MESSAGES_MAX + 1
    body = b"\x0a\x00" * empty if decode is otlp_metrics_wire.decode_metrics else b'{"resourceMetrics": [' + b"{}," * empty + b"{}]}"
    with pytest.raises(TooLarge, match="more than"):
        decode(body)


@both
def test_too_many_points_are_refused(decode: Decode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metric_rows, "POINTS_MAX", 2)
    with pytest.raises(TooLarge, match="more than 2 data points"):
        decode(body_of(a_point(), a_point(), a_point()))
