"""OTLP/JSON says the same as protobuf, and what is no OTLP/JSON is refused with its reason."""

import json
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatory.decode.otlp import json as otlp_json
from observatory.decode.otlp import protobuf as otlp_wire
from observatory.errors import BadTelemetry, TooLarge
from observatory.model.catalogue import TelemetryIdentity
from observatory.model.columns import NO_DURATION, Outcome, RequestColumns
from tests.decode.json_messages import ROUTE, a_record, an_attribute, as_json
from tests.decode.otlp_messages import Maker

MY_SERVICE = (TelemetryIdentity("", "my.service"),)


@pytest.mark.parametrize("name", ["logs.json", "events.json"])
def test_the_protocols_own_logs_are_accepted(shared_data: Path, name: str) -> None:
    columns = otlp_json.decode_logs((shared_data / "otlp" / name).read_bytes())
    assert (len(columns), columns.skipped_count) == (0, 1)
    assert columns.resources == MY_SERVICE


def test_the_protocols_own_trace_is_a_good_request(shared_data: Path) -> None:
    columns = otlp_json.decode_traces((shared_data / "otlp" / "trace.json").read_bytes())
    assert columns.resources == MY_SERVICE
    assert (columns.end_ms.tolist(), columns.duration_us.tolist()) == ([1_544_712_661_000], [1_000_000])
    assert columns.outcome.tolist() == [Outcome.GOOD]
    assert columns.trace_id.tobytes().hex() == "5b8efff798038103d269b633813fc60c"


def numbers(columns: RequestColumns) -> tuple[object, ...]:
    """Return every column but the trace ids, tables looked up."""
    owners = [(columns.resources[row], columns.quarantined[row]) for row in columns.resource_index.tolist()]
    templates = [columns.templates[row] for row in columns.template_index.tolist()]
    arrays = (columns.end_ms, columns.duration_us, columns.status, columns.outcome)
    return owners, templates, *(array.tolist() for array in arrays), columns.skipped_count


@pytest.mark.parametrize("kind", ["logs", "traces"])
@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**48), oddness=st.sampled_from([0.0, 0.01]))
def test_json_and_protobuf_say_the_same(kind: str, seed: int, oddness: float) -> None:
    chance = Random(seed)
    body = getattr(Maker(chance, oddness), kind)()
    text = as_json(body, kind, chance)
    if text is not None:
        assert numbers(getattr(otlp_json, f"decode_{kind}")(text)) == numbers(getattr(otlp_wire, f"decode_{kind}")(body))


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"resourceLogs":[]}',
        b'{"resourceLogs":null}',
        b'{"resourceLogs":[{}]}',
        b'{"resourceLogs":[{"resource":null,"scopeLogs":null}]}',
        b'{"resourceLogs":[{"scopeLogs":[{"logRecords":null}]}]}',
        b'{"something":{"new":[1,2.5,true]}}',
    ],
)
def test_empty_requests_and_unknown_fields_are_fine(body: bytes) -> None:
    assert len(otlp_json.decode_logs(body)) == 0


@pytest.mark.parametrize("time", ["1544712660300000000", 1_544_712_660_300_000_000])
def test_whole_numbers_come_as_text_or_number(time: object) -> None:
    status = an_attribute("http.response.status_code", intValue="503" if isinstance(time, str) else 503)
    columns = otlp_json.decode_logs(a_record(timeUnixNano=time, attributes=[status]))
    assert (columns.end_ms.tolist(), columns.status.tolist()) == ([1_544_712_660_300], [503])


@pytest.mark.parametrize(
    ("written", "duration_us"), [(0.25, 250_000), (2, 2_000_000), ("0.5", 500_000), ("NaN", NO_DURATION), (None, NO_DURATION)]
)
def test_doubles_come_as_number_or_text(written: object, duration_us: int) -> None:
    attributes = [ROUTE, an_attribute("http.server.request.duration", doubleValue=written)]
    assert otlp_json.decode_logs(a_record(attributes=attributes)).duration_us.tolist() == [duration_us]


def test_null_fields_are_absent_ones() -> None:
    attributes = [ROUTE, {"key": None, "value": None}, an_attribute("url.path", stringValue=None)]
    columns = otlp_json.decode_logs(a_record(timeUnixNano=None, observedTimeUnixNano="5000000", attributes=attributes))
    assert columns.end_ms.tolist() == [5]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "truncated"),
        (b"\x0a\x00", "malformed"),
        (b"[]", r"Expected `object`, got `array`"),
        (b'{"resourceLogs":5}', r"\$\.resourceLogs"),
        (b'{"resourceLogs":[{"scopeLogs":{}}]}', r"\$\.resourceLogs\[0\]\.scopeLogs"),
        (b'{"a":NaN}', "malformed"),
        (b'{"a":-Infinity}', "malformed"),
        (b'{"a":"\\ud800 and more"}', "malformed"),
        (b'{"a":"\\udc00"}', "malformed"),
        (b'{"a":"\xff"}', "no UTF-8 at byte 6"),
        (b'{"a":' + b"[" * 100_000, "nested more than 200 deep"),
        (b'{"a":' + b'{"b":' * 300 + b"1" + b"}" * 301, "nested more than 200 deep"),
        (a_record(timeUnixNano="soon"), "timeUnixNano is no integer"),
        (a_record(timeUnixNano=-1), "timeUnixNano is out of range"),
        (a_record(timeUnixNano=2**64), "timeUnixNano is out of range"),
        (a_record(timeUnixNano=1.5), "timeUnixNano"),
        (a_record(attributes=[an_attribute("x", intValue="1.5")]), "intValue is no integer"),
        (a_record(attributes=[an_attribute("http.status_code", intValue=2**63)]), "intValue is out of range"),
        (a_record(attributes=[an_attribute("x", doubleValue="many")]), "doubleValue is no number"),
        (a_record(attributes=[an_attribute("x", stringValue=5)]), "stringValue"),
        (a_record(attributes={}), "attributes"),
    ],
)
def test_a_body_that_cannot_be_decoded_is_refused_with_its_reason(body: bytes, reason: str) -> None:
    with pytest.raises(BadTelemetry, match=reason) as refused:
        otlp_json.decode_logs(body)
    assert refused.value.hint


def test_a_bracket_in_text_is_no_nesting() -> None:
    assert len(otlp_json.decode_logs(a_record(body="[" * 1000 + '\\"' + "{" * 1000, attributes=[ROUTE]))) == 1


def test_kinds_are_numbers() -> None:
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [{"kind": "SPAN_KIND_SERVER"}]}]}]}).encode()
    with pytest.raises(BadTelemetry, match="kind"):
        otlp_json.decode_traces(body)


def test_a_body_of_countless_tiny_records_is_refused() -> None:
    spans = b",".join([b'{"kind":2}'] * 500_001)
    with pytest.raises(TooLarge, match="more than 500000 records"):
        otlp_json.decode_traces(b'{"resourceSpans":[{"scopeSpans":[{"spans":[' + spans + b"]}]}]}")


@given(st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)), lambda inner: st.lists(inner, max_size=3)))
def test_any_json_is_accepted_or_refused(value: object) -> None:
    for body in (value, {"resourceLogs": value}, {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"attributes": value}]}]}]}):
        with suppress(BadTelemetry):
            assert otlp_json.decode_logs(json.dumps(body).encode()).skipped_count >= 0
