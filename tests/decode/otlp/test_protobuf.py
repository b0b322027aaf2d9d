"""The compiled decoder agrees with the official library on every message, valid or not."""

import struct
from random import Random

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from observatory.decode.otlp import protobuf as otlp_wire
from observatory.decode.otlp.schema import DELIMITED, FIXED64, SCHEMA, TAGS, VARINT, Field, Message
from observatory.decode.request_rows import RECORDS_MAX
from observatory.errors import BadTelemetry
from observatory.model.catalogue import TelemetryIdentity
from observatory.model.columns import HEALTH_CHECK, NO_DURATION, Outcome, RequestColumns
from tests.decode import upb_oracle
from tests.decode.otlp_messages import Maker, mutated, varint

Row = tuple[TelemetryIdentity, bool, str, int, int, int, int, tuple[int, int]]


def rows(columns: RequestColumns) -> list[Row]:
    """Return every record with its tables looked up."""
    identities = [(columns.resources[row], columns.quarantined[row]) for row in columns.resource_index.tolist()]
    templates = [columns.templates[row] for row in columns.template_index.tolist()]
    numbers = [array.tolist() for array in (columns.end_ms, columns.duration_us, columns.status, columns.outcome)]
    traces = [(high, low) for high, low in columns.trace_id.tolist()]
    joined = zip(identities, templates, *numbers, traces, strict=True)
    return [(identity, quarantined, *rest) for (identity, quarantined), *rest in joined]


def read(decoder: object, body: bytes, kind: str) -> tuple[list[Row], int] | None:
    """Return rows and skipped records, None if the body is refused."""
    decode = getattr(decoder, f"decode_{kind}")
    try:
        columns = decode(body)
    except BadTelemetry:
        return None
    return rows(columns), columns.skipped_count


def agree(body: bytes, kind: str) -> bool:
    """Say whether both decoders make the same of a body."""
    return read(otlp_wire, body, kind) == read(upb_oracle, body, kind)


def read_together(bodies: list[bytes], kind: str) -> list[tuple[list[Row], int] | None]:
    """Return what decoding several bodies together makes of each."""
    decoded = getattr(otlp_wire, f"decode_many_{kind}")(bodies)
    found, ends = rows(decoded.columns), decoded.ends.tolist()
    return [
        None if error else (found[start:end], skipped)
        for error, start, end, skipped in zip(decoded.errors, [0, *ends], ends, decoded.skipped, strict=False)
    ]


seeds = st.integers(0, 2**48)


@pytest.mark.parametrize("kind", ["logs", "traces"])
@pytest.mark.parametrize("oddness", [0.0, 0.01, 0.1])
@settings(max_examples=200, deadline=None)
@given(seed=seeds)
def test_made_up_messages_decode_as_by_the_official_library(kind: str, oddness: float, seed: int) -> None:
    body = getattr(Maker(Random(seed), oddness), kind)()
    assert agree(body, kind), body.hex()


@pytest.mark.parametrize("kind", ["logs", "traces"])
@settings(max_examples=300, deadline=None)
@given(seed=seeds)
def test_mutated_messages_are_accepted_or_refused_as_by_the_official_library(kind: str, seed: int) -> None:
    chance = Random(seed)
    body = mutated(getattr(Maker(chance, 0.01), kind)(), chance)
    assert agree(body, kind), body.hex()


@given(st.binary(max_size=60), st.sampled_from(["logs", "traces"]))
def test_any_bytes_are_accepted_or_refused_as_by_the_official_library(body: bytes, kind: str) -> None:
    assert agree(body, kind)


def descriptors() -> dict[Message, Descriptor]:
    """Return the protocol's own description of every message type in the tables."""
    logs, traces = ExportLogsServiceRequest.DESCRIPTOR, ExportTraceServiceRequest.DESCRIPTOR
    found = {Message.LOGS_REQUEST: logs, Message.TRACES_REQUEST: traces}
    waiting = list(found)
    while waiting:
        message = waiting.pop()
        for number, (_, done) in SCHEMA[message].items():
            inner = found[message].fields_by_number[number].message_type
            if inner is not None and done >= Field.MESSAGE and Message(done - Field.MESSAGE) not in found:
                found[Message(done - Field.MESSAGE)] = inner
                waiting.append(Message(done - Field.MESSAGE))
    return found


WIRE_TYPES = {
    FieldDescriptor.TYPE_MESSAGE: DELIMITED,
    FieldDescriptor.TYPE_STRING: DELIMITED,
    FieldDescriptor.TYPE_BYTES: DELIMITED,
    FieldDescriptor.TYPE_FIXED64: FIXED64,
    FieldDescriptor.TYPE_DOUBLE: FIXED64,
    FieldDescriptor.TYPE_INT32: VARINT,
    FieldDescriptor.TYPE_INT64: VARINT,
    FieldDescriptor.TYPE_BOOL: VARINT,
    FieldDescriptor.TYPE_ENUM: VARINT,
}


@pytest.mark.parametrize("message", list(Message))
def test_the_tables_are_those_of_the_protocol(message: Message) -> None:
    described = descriptors()
    for number, (wire, done) in SCHEMA[message].items():
        field = described[message].fields_by_number[number]
        assert wire == WIRE_TYPES[field.type], field.full_name
        if done >= Field.MESSAGE:
            assert field.message_type == described[Message(done - Field.MESSAGE)], field.full_name
    must_be_read = {f.number for f in described[message].fields if f.type in (FieldDescriptor.TYPE_MESSAGE, FieldDescriptor.TYPE_STRING)}
    assert must_be_read <= set(SCHEMA[message])
    assert max(SCHEMA[message]) << 3 | 7 < TAGS


def a_log(*attributes: tuple[str, str | int | float]) -> bytes:
    """Return a request with one log record of these attributes."""
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=1_544_712_660_300_000_000)
    for key, value in attributes:
        pair = record.attributes.add(key=key)
        if isinstance(value, str):
            pair.value.string_value = value
        elif isinstance(value, int):
            pair.value.int_value = value
        else:
            pair.value.double_value = value
    return request.SerializeToString()


def one(body: bytes) -> Row:
    """Return the only record of a body of logs."""
    (row,) = rows(otlp_wire.decode_logs(body))
    return row


def test_a_log_record_with_a_status_or_a_route_is_an_access_event() -> None:
    assert otlp_wire.decode_logs(a_log(("url.path", "/jobs"))).skipped_count == 1
    assert one(a_log(("http.route", "/jobs")))[2:4] == ("/jobs", 1_544_712_660_300)
    assert one(a_log(("http.response.status_code", 503)))[5:7] == (503, Outcome.BAD)


@pytest.mark.parametrize(
    ("attributes", "duration_us"),
    [
        ([("http.server.request.duration", 0.25)], 250_000),
        ([("http.server.request.duration", 2)], 2_000_000),
        ([("http.server.request.duration", "0.125")], 125_000),
        ([("http.server.duration", 250.5)], 250_500),
        ([("http.server.request.duration", 0.25), ("http.server.duration", 900.0)], 250_000),
        ([("http.server.request.duration", -1.0)], NO_DURATION),
        ([("http.server.request.duration", float("nan"))], NO_DURATION),
        ([("http.server.request.duration", float("inf"))], 10**15),
        ([("http.server.request.duration", "soon")], NO_DURATION),
        ([], NO_DURATION),
    ],
)
def test_durations_come_in_seconds_or_in_old_milliseconds(attributes: list[tuple[str, float | str]], duration_us: int) -> None:
    assert one(a_log(("http.route", "/"), *attributes))[4] == duration_us


@pytest.mark.parametrize(
    ("attributes", "outcome"),
    [
        ([("http.status_code", 500)], Outcome.BAD),
        ([("http.response.status_code", "429")], Outcome.THROTTLED),
        ([("http.response.status_code", 200), ("http.status_code", 500)], Outcome.GOOD),
        ([("http.route", "/jobs"), ("error.type", "timeout")], Outcome.BAD),
        ([("http.response.status_code", 500), ("user_agent.synthetic.type", "test")], Outcome.EXCLUDED),
        ([("http.response.status_code", 500), ("user_agent.original", "Googlebot/2.1")], Outcome.EXCLUDED),
        ([("http.response.status_code", 500), ("http.user_agent", "Googlebot/2.1")], Outcome.EXCLUDED),
        ([("http.response.status_code", 500), ("url.path", "/healthz")], Outcome.BAD | HEALTH_CHECK),
        ([("http.response.status_code", 500), ("http.target", "/healthz?now")], Outcome.BAD | HEALTH_CHECK),
        ([("http.response.status_code", 500), ("http.route", "/healthz")], Outcome.BAD | HEALTH_CHECK),
        ([("http.response.status_code", 500), ("http.request.method", "OPTIONS")], Outcome.EXCLUDED),
        ([("http.response.status_code", 499)], Outcome.EXCLUDED),
        ([("http.response.status_code", 499), ("http.server.request.duration", 10.0)], Outcome.BAD),
    ],
)
def test_attributes_old_and_new_decide_the_outcome(attributes: list[tuple[str, int | float | str]], outcome: Outcome) -> None:
    assert one(a_log(*attributes))[6] == outcome


def a_span(*, kind: int = 2, start_ns: int = 10**18, end_ns: int = 10**18 + 250_000_999, code: int = 0, environment: str = "") -> bytes:
    """Return a request with one span."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    for key, text in (("service.namespace", "labor"), ("service.name", "job-portal"), ("deployment.environment.name", environment)):
        group.resource.attributes.add(key=key).value.string_value = text
    span = group.scope_spans.add().spans.add(start_time_unix_nano=start_ns, end_time_unix_nano=end_ns)
    span.kind, span.status.code = kind, code  # type: ignore[assignment]
    return request.SerializeToString()


def test_a_server_span_lasts_from_its_start_to_its_end() -> None:
    (row,) = rows(otlp_wire.decode_traces(a_span()))
    assert row == (TelemetryIdentity("labor", "job-portal"), False, "", 10**12 + 250, 250_000, 0, Outcome.GOOD, (0, 0))


@pytest.mark.parametrize("kind", [0, 1, 3, 4, 5])
def test_spans_of_other_kinds_are_skipped(kind: int) -> None:
    columns = otlp_wire.decode_traces(a_span(kind=kind))
    assert (len(columns), columns.skipped_count) == (0, 1)


@pytest.mark.parametrize(("start_ns", "end_ns"), [(2, 1), (0, 5), (10**18, 0)])
def test_a_span_that_ends_before_it_starts_has_no_duration(start_ns: int, end_ns: int) -> None:
    assert otlp_wire.decode_traces(a_span(start_ns=start_ns, end_ns=end_ns)).duration_us.tolist() == [NO_DURATION]


def test_a_span_in_error_without_a_status_is_bad() -> None:
    assert otlp_wire.decode_traces(a_span(code=2)).outcome.tolist() == [Outcome.BAD]


def test_telemetry_of_other_environments_is_marked() -> None:
    assert otlp_wire.decode_traces(a_span(environment="staging")).quarantined == (True,)
    assert otlp_wire.decode_traces(a_span(environment="Production")).quarantined == (False,)


def test_resources_with_one_identity_are_one() -> None:
    columns = otlp_wire.decode_traces(a_span() + a_span(environment="staging") + a_span())
    assert columns.resource_index.tolist() == [0, 1, 0]
    assert columns.resources == (TelemetryIdentity("labor", "job-portal"),) * 2


def test_many_records_with_few_routes_make_few_templates() -> None:
    columns = otlp_wire.decode_logs(
        b"".join(a_log(("url.path", f"/docs/{number}")) + a_log(("http.route", "/docs")) for number in range(2000))
    )
    assert (len(columns), columns.skipped_count) == (2000, 2000)
    columns = otlp_wire.decode_logs(
        b"".join(a_log(("http.status_code", 200), ("url.path", f"/d/{number}/{number % 7}a")) for number in range(2000))
    )
    assert set(columns.templates) == {"", *(f"/d/{{id}}/{letter}a" for letter in range(7))}


def test_an_empty_body_holds_nothing() -> None:
    assert len(otlp_wire.decode_logs(b"")) == len(otlp_wire.decode_traces(b"")) == 0


def delimited(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\x0a\x05\x00", "longer than what contains it, in the field at byte 0"),
        (b"\x0a\x02\x08", "longer than what contains it, in the field at byte 0"),
        (b"\x0f", "no field of a protobuf message, in the field at byte 0"),
        (delimited(1, b"\x00\x00"), "no field of a protobuf message, in the field at byte 2"),
        (delimited(1, delimited(3, b"\xff")), "text that is no UTF-8, in the field at byte 2"),
        (b"\x1b" * 101 + b"\x1c" * 101, "nested more than 100 deep"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_where(body: bytes, reason: str) -> None:
    with pytest.raises(BadTelemetry, match=reason):
        otlp_wire.decode_logs(body)


def test_a_body_of_countless_tiny_records_is_refused() -> None:
    spans = delimited(2, delimited(2, b"\x30\x02")[:4] * (RECORDS_MAX + 1))
    with pytest.raises(BadTelemetry, match="more than 500000 records"):
        otlp_wire.decode_traces(delimited(1, spans))


def test_nothing_personal_of_a_record_gets_into_the_columns() -> None:
    secrets = ("900101-1234567", "hong@example.com", "010-1234-5678", "203.0.113.9", "secret cookie")
    attributes = [("http.route", f"/user/{secrets[0]}"), ("url.path", f"/user/{secrets[1]}?phone={secrets[2]}")]
    body = a_log(*attributes, ("client.address", secrets[3]), ("http.request.header.cookie", secrets[4]), ("exception.message", secrets[1]))
    columns = otlp_wire.decode_logs(body)
    assert columns.templates == ("", "/user/{id}")
    assert not any(secret in repr(columns) for secret in secrets)


def test_doubles_are_read_bit_by_bit() -> None:
    (smallest,) = struct.unpack("<d", b"\x01" + b"\x00" * 7)
    assert one(a_log(("http.route", "/"), ("http.server.request.duration", smallest)))[4] == 0


@pytest.mark.parametrize("kind", ["logs", "traces"])
@settings(max_examples=100, deadline=None)
@given(seed=seeds, count=st.integers(1, 12))
def test_bodies_decoded_together_are_as_if_each_were_alone(kind: str, seed: int, count: int) -> None:
    chance = Random(seed)
    bodies = [getattr(Maker(chance, 0.01), kind)() for _ in range(count)]
    bodies = [mutated(body, chance) if chance.random() < 0.3 else body for body in bodies]
    assert read_together(bodies, kind) == [read(otlp_wire, body, kind) for body in bodies]


def test_more_bodies_than_there_was_room_for_keep_their_own_rows() -> None:
    chance = Random(7)
    bodies = [*(Maker(chance, 0.0).logs() for _ in range(400)), b"\xff", b""]
    assert read_together(bodies, "logs") == [*(read(otlp_wire, body, "logs") for body in bodies[:-2]), None, ([], 0)]
