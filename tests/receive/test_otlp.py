"""OTLP/HTTP: an answer means stored, says exactly what was refused, and speaks the sender's encoding."""

import gzip
import io
import json
import struct
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from prometheus_client import CollectorRegistry
from werkzeug.test import TestResponse

from observatory.errors import Overloaded
from observatory.store.telemetry import TelemetryStore
from observatory.web.context import parts_of
from tests.receive.doors import HOUR_NS, JSON, NOW_NS, PROTOBUF, Doors, a_resource, a_span, no_logs, traces, traces_json


@pytest.mark.parametrize("path", ["/v1/traces", "/otlp/v1/traces"])
def test_a_stored_body_is_answered_with_an_empty_response_of_its_type(doors: Doors, path: str) -> None:
    response = doors.post(path, traces(a_span(), a_span(status=503)))
    assert (response.status_code, response.content_type, response.data) == (200, PROTOBUF, b"")
    assert doors.count() == 2


def test_json_is_answered_in_json(doors: Doors) -> None:
    response = doors.post("/v1/traces", traces_json(3), JSON)
    assert (response.status_code, response.content_type, response.get_json()) == (200, JSON, {})
    assert doors.count() == 3


@pytest.mark.parametrize(("body", "media"), [(traces(), PROTOBUF), (traces_json(), JSON)])
def test_gzip_is_inflated(doors: Doors, body: bytes, media: str) -> None:
    assert doors.post_gzip("/v1/traces", body, media).status_code == 200
    assert doors.count() == 1


@pytest.mark.parametrize(
    ("path", "body", "media"), [("/v1/logs", no_logs(), PROTOBUF), ("/v1/logs", b"{}", JSON), ("/v1/traces", b"", PROTOBUF)]
)
def test_an_empty_request_is_fine(doors: Doors, path: str, body: bytes, media: str) -> None:
    assert doors.post(path, body, media).status_code == 200


@pytest.mark.parametrize(("path", "file"), [("/v1/logs", "logs.json"), ("/v1/logs", "events.json"), ("/v1/traces", "trace.json")])
def test_the_examples_of_the_protocol_are_accepted(doors: Doors, shared_data: Path, path: str, file: str) -> None:
    assert doors.post(path, (shared_data / "otlp" / file).read_bytes(), JSON).status_code == 200


def test_a_part_refused_is_told_exactly_and_the_rest_is_stored(doors: Doors) -> None:
    too_late = [a_span(age_ns=73 * HOUR_NS), a_span(age_ns=100 * HOUR_NS)]
    response = doors.post("/v1/traces", traces(a_span(), *too_late))
    partial = ExportTraceServiceResponse.FromString(response.data).partial_success
    assert response.status_code == 200
    assert partial.rejected_spans == 2
    assert partial.error_message == "2 too_late (older than 72 h)"
    assert doors.count() == 1


@pytest.mark.parametrize(("name", "reason"), [("nobody", "unknown_service"), ("pensions", "out_of_scope")])
def test_records_of_other_services_are_refused(doors: Doors, name: str, reason: str) -> None:
    response = doors.post("/v1/traces", traces(resource=a_resource(name)))
    partial = ExportTraceServiceResponse.FromString(response.data).partial_success
    assert (response.status_code, partial.rejected_spans) == (200, 1)
    assert reason in partial.error_message
    assert doors.count("pensions") == 0


def test_a_part_refused_is_told_in_json(doors: Doors) -> None:
    response = doors.post("/v1/traces", traces_json(2, name="nobody"), JSON)
    partial = response.get_json()["partialSuccess"]
    assert partial["rejectedSpans"] == "2"
    assert partial["errorMessage"].startswith("2 unknown_service")


def test_refused_log_records_have_their_own_field(doors: Doors) -> None:
    record = {"timeUnixNano": str(NOW_NS), "attributes": [{"key": "http.response.status_code", "value": {"intValue": 200}}]}
    body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()
    assert doors.post("/v1/logs", body, JSON).get_json()["partialSuccess"]["rejectedLogRecords"] == "1"


def test_the_same_body_again_is_counted_once(doors: Doors) -> None:
    answers = [doors.post("/v1/traces", traces()), doors.post_gzip("/v1/traces", traces())]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert doors.count() == 1


def test_the_folders_own_key_may_send_for_every_service_and_of_any_age(doors: Doors) -> None:
    body = traces(a_span(age_ns=9000 * HOUR_NS), resource=a_resource("pensions"))
    assert doors.post("/v1/traces", body, token=doors.admin, environ_base={"REMOTE_ADDR": "127.0.0.1"}).data == b""
    assert doors.count("pensions") == 1


MALFORMED = [
    pytest.param(PROTOBUF, b"\xff\xff\xff", id="no protobuf"),
    pytest.param(PROTOBUF, traces()[:-3], id="cut short"),
    pytest.param(PROTOBUF, b"\x0a\xff\xff\xff\xff\x0f", id="lying length"),
    pytest.param(PROTOBUF, b"\x0b" * 5000, id="groups without end"),
    pytest.param(JSON, b"", id="no json"),
    pytest.param(JSON, b"{", id="json cut short"),
    pytest.param(JSON, b"[]", id="json array"),
    pytest.param(JSON, b"\xff\xfe{}", id="no utf-8"),
    pytest.param(JSON, b'{"resourceSpans": NaN}', id="nan"),
    pytest.param(JSON, b'{"resourceSpans": [{"resource": {"attributes": [{"key": "\\ud800"}]}}]}', id="lone surrogate"),
    pytest.param(JSON, b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"endTimeUnixNano": "1e99"}]}]}]}', id="impossible time"),
    pytest.param(JSON, b'{"resourceSpans":' + b"[" * 100_000, id="nesting"),
    pytest.param(JSON, b'{"resourceSpans": 3}', id="wrong type"),
]


@pytest.mark.parametrize(("media", "body"), MALFORMED)
def test_what_cannot_be_decoded_is_a_400_and_nothing_is_stored(doors: Doors, media: str, body: bytes) -> None:
    response = doors.post("/v1/traces", body, media)
    assert (response.status_code, response.content_type) == (400, media)
    code, message = status_of(response)
    assert (code, message.startswith("cannot decode")) == (3, True)
    assert doors.count() == 0


def status_of(response: TestResponse) -> tuple[int, str]:
    """Return code and message of a google.rpc.Status in either encoding."""
    if response.content_type == PROTOBUF:
        status = Status.FromString(response.data)
        return status.code, status.message
    return response.get_json()["code"], response.get_json()["message"]


@pytest.mark.parametrize("media", [PROTOBUF, JSON])
@pytest.mark.parametrize(
    "body", [b"no gzip", gzip.compress(traces())[:-2], gzip.compress(traces()) * 2, gzip.compress(gzip.compress(traces()))]
)
def test_bad_gzip_is_a_400(doors: Doors, media: str, body: bytes) -> None:
    response = doors.post("/v1/traces", body, media, headers={"Content-Encoding": "gzip"})
    assert (response.status_code, response.content_type, status_of(response)[0]) == (400, media, 3)


@pytest.mark.parametrize(
    ("media", "headers"),
    [
        ("text/plain", {}),
        ("application/grpc", {}),
        ("", {}),
        (PROTOBUF, {"Content-Encoding": "br"}),
        (PROTOBUF, {"Content-Encoding": "gzip, gzip"}),
    ],
)
def test_another_type_or_encoding_is_a_415(doors: Doors, media: str, headers: dict[str, str]) -> None:
    assert doors.post("/v1/traces", traces(), media, headers=headers).status_code == 415


def test_a_body_over_the_limit_is_a_413(doors: Doors) -> None:
    bomb = gzip.compress(bytes(doors.parts.settings.body_bytes_max + 1))
    response = doors.post("/v1/traces", bomb, headers={"Content-Encoding": "gzip"})
    assert (response.status_code, response.content_type) == (413, PROTOBUF)
    assert doors.post("/v1/traces", bytes(doors.parts.settings.body_bytes_max + 1)).status_code == 413


class Unread(io.BytesIO):
    """A body nobody may touch."""

    def read(self, _size: int | None = -1, /) -> bytes:
        raise AssertionError("the body was read")


GUARDED = (
    "/v1/logs",
    "/v1/traces",
    "/otlp/v1/traces",
    "/v1/metrics",
    "/otlp/v1/metrics",
    "/v1/access-log?service=job-portal",
    "/v1/probes",
)


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 401), ({"Authorization": "Basic eDp5"}, 401), ({"Authorization": "Bearer obs_x_y"}, 403)]
)
def test_without_a_right_token_the_body_is_not_even_read(client: FlaskClient, headers: dict[str, str], status: int) -> None:
    for path in GUARDED:
        response = client.post(path, input_stream=Unread(b"12345"), content_type=PROTOBUF, headers=headers)
        assert (path, response.status_code) == (path, status)
        assert ("WWW-Authenticate" in response.headers) == (status == 401)


def test_a_refused_sender_gets_a_status_in_its_own_encoding(client: FlaskClient, doors: Doors) -> None:
    assert Status.FromString(client.post("/v1/logs", content_type=PROTOBUF).data).code == 16
    assert client.post("/v1/logs", content_type=JSON).get_json()["code"] == 16


def test_the_token_is_taken_from_its_own_header_too(client: FlaskClient, doors: Doors) -> None:
    response = client.post("/v1/traces", data=traces(), content_type=PROTOBUF, headers={"X-Observatory-Token": doors.token})
    assert response.status_code == 200


def test_a_store_that_cannot_take_it_is_a_503_to_be_sent_again(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> list[Exception]:
        return [Overloaded("cannot store telemetry: the disk is full", retry_after_seconds=11)]

    monkeypatch.setattr(doors.parts.writer, "submit_all", full)
    response = doors.post("/v1/traces", traces())
    assert (response.status_code, response.headers["Retry-After"]) == (503, "11")
    assert status_of(response) == (14, "cannot store telemetry: the disk is full")


def test_our_own_bug_is_a_503_and_never_a_500(doors: Doors, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(_: object) -> list[Exception]:
        raise ZeroDivisionError

    monkeypatch.setattr(doors.parts.writer, "submit_all", broken)
    response = doors.post("/v1/traces", traces())
    assert (response.status_code, status_of(response)[0]) == (503, 14)
    assert int(response.headers["Retry-After"]) > 0
    assert "ZeroDivisionError" in "".join(capsys.readouterr())


def test_chunked_bodies_are_taken_if_gzip_proves_their_end(doors: Doors) -> None:
    chunked, packed = {"Transfer-Encoding": "chunked"}, {"Transfer-Encoding": "chunked", "Content-Encoding": "gzip"}
    refused = doors.post("/v1/traces", traces(), headers=chunked, environ_base={"wsgi.input_terminated": True})
    assert (refused.status_code, *status_of(refused)) == (
        411,
        3,
        "cannot take a body without its length: it could break off unseen. send Content-Length, or gzip",
    )
    taken = doors.post("/v1/traces", gzip.compress(traces()), headers=packed, environ_base={"wsgi.input_terminated": True})
    assert taken.status_code == 200
    assert doors.count() == 1


def test_an_answer_means_stored(doors: Doors) -> None:
    doors.post("/v1/traces", traces(a_span(duration_ms=250), a_span(duration_ms=350)))

    def stored(store: TelemetryStore) -> list[tuple[int, int, int, int, int]]:
        store.flush()
        return store.load_totals()

    [(_, _, _, timed, duration_us)] = doors.parts.writer.write(stored)
    assert (timed, duration_us) == (2, 600_000)


def test_requests_and_records_are_counted_for_operators(doors: Doors) -> None:
    doors.post("/v1/traces", traces(a_span(), a_span(age_ns=80 * HOUR_NS)))
    doors.post("/v1/traces", traces(a_span(), a_span(age_ns=80 * HOUR_NS)))
    doors.post("/v1/traces", b"\xff")
    doors.client.post("/v1/traces")
    registry: CollectorRegistry = parts_of(doors.app).get(CollectorRegistry)

    def requests(encoding: str, code: int) -> float | None:
        return registry.get_sample_value("observatory_ingest_requests_total", {"signal": "traces", "encoding": encoding, "code": str(code)})

    def items(outcome: str) -> float | None:
        return registry.get_sample_value("observatory_ingest_items_total", {"signal": "traces", "outcome": outcome})

    assert (requests("protobuf", 200), requests("protobuf", 400), requests("other", 401)) == (2, 1, 1)
    assert (items("accepted"), items("duplicate"), items("late")) == (1, 1, 2)


def test_a_double_that_is_no_number_is_no_500(doors: Doors) -> None:
    """A span whose attribute is NaN in protobuf is decoded or refused, never our bug."""
    key, value = b"http.request.duration", b"\x21" + struct.pack("<d", float("nan"))
    attribute = b"\x0a" + bytes([len(key)]) + key + b"\x12" + bytes([len(value)]) + value
    span = b"\x4a" + bytes([len(attribute)]) + attribute
    scope = b"\x12" + bytes([len(span)]) + span
    resource = b"\x12" + bytes([len(scope)]) + scope
    assert doors.post("/v1/traces", b"\x0a" + bytes([len(resource)]) + resource).status_code in (200, 400)
