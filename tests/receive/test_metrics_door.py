"""/v1/metrics: what is counted, what is refused with exact counts, in the sender's own encoding."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from prometheus_client import CollectorRegistry

from observatory.errors import Overloaded
from observatory.web.context import parts_of
from tests.decode.metric_messages import CUMULATIVE, START_NS, TIME_NS, a_metric, a_point, a_request, an_exponential_point, as_json, body_of
from tests.observed import observe
from tests.receive.doors import HOUR_NS, JSON, PROTOBUF, Doors

MINUTE_NS = 60 * 10**9
PATH = "/v1/metrics"


def totals(doors: Doors) -> tuple[int, int, int, int]:
    """Return count, bad, timed and microseconds of everything stored."""
    doors.parts.writer.flush()
    [(*_, count, bad, _)] = doors.parts.telemetry.request_totals()
    [(*_, timed, duration_us)] = doors.parts.telemetry.load_totals()
    return count, bad, timed, duration_us


def a_state(count: int, minutes: int, **changed: Any) -> bytes:
    """Return a body with the state of a cumulative series so many minutes ago."""
    point = a_point(
        (count, 0, 0, 0), count / 16, start_time_unix_nano=START_NS - HOUR_NS, time_unix_nano=TIME_NS - minutes * MINUTE_NS, **changed
    )
    return body_of(point, temporality=CUMULATIVE)


@pytest.mark.parametrize("path", [PATH, "/otlp/v1/metrics"])
@pytest.mark.parametrize("media", [PROTOBUF, JSON])
def test_deltas_are_stored_and_answered_in_the_senders_encoding(doors: Doors, path: str, media: str) -> None:
    body = body_of(a_point((3, 2, 0, 1), 9.25), a_point((1, 0, 0, 0), 0.05))
    response = doors.post(path, body if media == PROTOBUF else as_json(body), media)
    assert (response.status_code, response.content_type, response.data) == (200, media, b"" if media == PROTOBUF else b"{}")
    assert totals(doors) == (7, 0, 7, 9_300_000)


def test_exponential_histograms_are_stored(doors: Doors) -> None:
    assert doors.post(PATH, body_of(an_exponential_point((3, 2), 9.25, offset=-1, scale=3, zero=1))).status_code == 200
    assert totals(doors) == (6, 0, 6, 9_250_000)


def test_cumulative_series_count_what_came_since(doors: Doors) -> None:
    for body in (a_state(1000, 3), a_state(1016, 2), a_state(1048, 1)):
        assert doors.post(PATH, body).data == b""
    assert totals(doors) == (48, 0, 48, 3_000_000)


@pytest.mark.parametrize(
    ("body", "mean_ms", "p75_ms", "capped"),
    [
        (body_of(a_point((40, 10, 0, 0), 20.0)), 400.0, pytest.approx(50, rel=0.01), 0),
        (body_of(a_point((40, 10, 0, 0), None)), None, pytest.approx(50, rel=0.01), 0),
        (body_of(a_point((50,), 20.0, explicit_bounds=())), 400.0, None, 0),
        (body_of(a_point((50, 0), 20.0, explicit_bounds=(5000.0,))), 400.0, None, 0),
        (body_of(a_point((49, 0, 0, 1), 74.9)), 1498.0, pytest.approx(50, rel=0.01), 1),
    ],
    ids=("all", "no sum", "no bounds", "bounds of milliseconds", "one of a minute"),
)
def test_a_histogram_gives_the_numbers_that_it_tells(
    doors: Doors, body: bytes, mean_ms: float | None, p75_ms: float | None, capped: int
) -> None:
    assert doors.post(PATH, body).status_code == 200
    observe(doors.parts)
    load_time = doors.client.get("/api/v1/services/job-portal/figures?window=24h").json["load_time"]
    told = (load_time["n"], load_time["untimed"], load_time["mean_ms"], load_time["p75_ms"], load_time["capped"])
    assert told == (50, 0, mean_ms, p75_ms, capped)
    assert (load_time["within_3s_percent"] is None) == (p75_ms is None)


def test_gzip_is_inflated_and_the_same_body_again_counts_once(doors: Doors) -> None:
    body = body_of(a_point())
    assert doors.post_gzip(PATH, body).status_code == 200
    assert doors.post(PATH, body).data == b""
    assert doors.count() == 3


def test_the_same_state_again_is_no_error_also_in_another_body(doors: Doors) -> None:
    for body in (a_state(10, 2), a_state(13, 1), gzip.decompress(gzip.compress(a_state(13, 1)))):
        assert doors.post(PATH, body).data == b""
    again = a_request([a_metric(), a_metric(a_point((13, 0, 0, 0), 13 / 16), temporality=CUMULATIVE)])
    point = again.resource_metrics[0].scope_metrics[0].metrics[1].histogram.data_points[0]
    point.start_time_unix_nano, point.time_unix_nano = START_NS - HOUR_NS, TIME_NS - MINUTE_NS
    assert doors.post(PATH, again.SerializeToString()).data == b""
    assert doors.count() == 3


def test_the_example_of_the_protocol_is_accepted(doors: Doors, shared_data: Path) -> None:
    response = doors.post(PATH, (shared_data / "otlp" / "metrics.json").read_bytes(), JSON)
    assert (response.status_code, response.get_json()) == (200, {})


@pytest.mark.parametrize(("body", "media"), [(b"", PROTOBUF), (b"{}", JSON)])
def test_an_empty_request_is_fine(doors: Doors, body: bytes, media: str) -> None:
    assert doors.post(PATH, body, media).status_code == 200


def test_points_refused_are_told_exactly_and_the_rest_is_stored(doors: Doors) -> None:
    metrics = [
        a_metric(a_point(), a_point(count=77), a_point(start_time_unix_nano=TIME_NS - 5 * MINUTE_NS - 1)),
        a_metric(a_point(start_time_unix_nano=1, time_unix_nano=2), a_point(count=78)),
        a_metric(a_point(start_time_unix_nano=START_NS - 73 * HOUR_NS, time_unix_nano=TIME_NS - 73 * HOUR_NS)),
        a_metric(a_point(time_unix_nano=0), unit="s"),
    ]
    partial = ExportMetricsServiceResponse.FromString(doors.post(PATH, a_request(metrics).SerializeToString()).data).partial_success
    assert partial.rejected_data_points == 6
    assert [part.split(" (")[0] for part in partial.error_message.split("; ")] == [
        "2 bad_point",
        "2 too_late",
        "1 no_time",
        "1 span_too_long",
    ]
    assert doors.count() == 3


def test_points_of_cumulative_series_that_are_refused_are_told_too(doors: Doors) -> None:
    assert doors.post(PATH, as_json(a_state(20, 10)), JSON).get_json() == {}
    assert doors.post(PATH, as_json(a_state(30, 4)), JSON).get_json()["partialSuccess"] == {
        "rejectedDataPoints": "1",
        "errorMessage": "1 span_too_long (spans more than 5 min, which is no evidence of a minute)",
    }
    assert doors.post(PATH, as_json(a_state(29, 6)), JSON).get_json()["partialSuccess"]["errorMessage"].startswith("1 out_of_order")
    assert doors.count() == 0


def test_points_of_other_services_are_refused(doors: Doors) -> None:
    body = a_request([a_metric(a_point()), a_metric(a_point(), temporality=CUMULATIVE)], {"service.name": "nobody"}).SerializeToString()
    partial = ExportMetricsServiceResponse.FromString(doors.post(PATH, body).data).partial_success
    assert (partial.rejected_data_points, partial.error_message.split(" (")[0]) == (2, "2 unknown_service")


@pytest.mark.parametrize("body", [b"\xff\xff\xff", body_of(a_point())[:-3]])
def test_what_cannot_be_decoded_is_a_400_and_nothing_is_stored(doors: Doors, body: bytes) -> None:
    response = doors.post(PATH, body)
    assert (response.status_code, Status.FromString(response.data).code) == (400, 3)
    assert doors.post(PATH, b'{"resourceMetrics": 3}', JSON).get_json()["code"] == 3
    assert doors.count() == 0


def test_a_503_leaves_the_series_as_they_were(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> bool:
        raise Overloaded("cannot store telemetry: the disk is full")

    doors.post(PATH, a_state(10, 3))
    with monkeypatch.context() as broken:
        broken.setattr(doors.parts.writer, "submit", full)
        assert doors.post(PATH, a_state(12, 2)).status_code == 503
    doors.post(PATH, a_state(12, 2))
    doors.post(PATH, a_state(15, 1))
    assert doors.count() == 5


def test_points_are_counted_for_operators(doors: Doors) -> None:
    body = body_of(a_point(), a_point(), a_point(count=77), temporality=CUMULATIVE)
    for _ in range(2):
        doors.post(PATH, body)
    registry: CollectorRegistry = parts_of(doors.app).get(CollectorRegistry)

    def items(outcome: str) -> float | None:
        return registry.get_sample_value("observatory_ingest_items_total", {"signal": "metrics", "outcome": outcome})

    assert (items("accepted"), items("duplicate"), items("rejected")) == (2, 2, 2)
