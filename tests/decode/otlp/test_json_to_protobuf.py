"""What is rewritten as protobuf says what the JSON said, and what is not plain is left alone."""

import json
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatory.decode.otlp import json as otlp_json
from observatory.decode.otlp import protobuf as otlp_wire
from observatory.decode.otlp.json_text import read_double
from observatory.decode.otlp.json_to_protobuf import rewritten_logs, rewritten_traces
from tests.decode.json_messages import ROUTE, a_record, an_attribute, as_json, mutated_text
from tests.decode.otlp.test_protobuf import read
from tests.decode.otlp_messages import Maker

REWRITTEN = {"logs": rewritten_logs, "traces": rewritten_traces}


def agree(text: bytes, kind: str) -> bool:
    """Say whether a request is left alone, or says the same as protobuf."""
    plain = REWRITTEN[kind](text)
    return plain is None or read(otlp_wire, plain, kind) == read(otlp_json, text, kind) is not None


@pytest.mark.parametrize("kind", REWRITTEN)
@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**48), mutate=st.booleans())
def test_what_is_rewritten_says_the_same(kind: str, seed: int, mutate: bool) -> None:
    chance = Random(seed)
    text = as_json(getattr(Maker(chance, chance.choice((0.0, 0.02))), kind)(), kind, chance)
    if text is not None:
        assert agree(mutated_text(text, chance) if mutate else text, kind)


@pytest.mark.parametrize(
    "text",
    [
        b"{}",
        b' \t\r\n{ "resourceLogs" : [ ] } \n',
        b'{"resourceLogs":[{},{"resource":null}],"partial":[1,-2.5e3,true,false,null,{},[],{"a":[[{}]]},"\\u00e9\\ud83d\\ude00"]}',
        a_record(timeUnixNano="1544712660300000000", attributes=[ROUTE]),
        a_record(timeUnixNano=1_544_712_660_300_000_000, attributes=[ROUTE, an_attribute("http.status_code", intValue="-503")]),
        a_record(traceId="5b8efff798038103d269b633813fc60c", attributes=[ROUTE, an_attribute("d", doubleValue=0.012345678901234567)]),
        a_record(traceId="nothing", attributes=[an_attribute("http.route", stringValue='/\u00e9\t"\\/\uac00\U0001f600')]),
        a_record(attributes=[ROUTE, {"key": "http.route"}, an_attribute("url.path", arrayValue={"values": [{"intValue": "1"}]})]),
    ],
)
def test_what_is_plain_is_rewritten(text: bytes) -> None:
    assert rewritten_logs(text) is not None
    assert agree(text, "logs")


@pytest.mark.parametrize(
    "text",
    [
        b"", b"null", b"[]", b"{", b"{}}", b"{} x", b"{,}", b'{"a":1,}', b'{"a" 1}', b'{"a":01}', b'{"a":[1,]}', b'{"a":{]}',
        b"\xef\xbb\xbf{}",
        b'{"a":"\xff"}', b'{"a":"\n"}', b'{"a":"\\x"}', b'{"a":"\\ud800"}', b'{"a":"\\udc00\\ud800"}', b'{"a":NaN}', b'{"a":tru}',
        b'{"resourceLogs":{}}', b'{"resourceLogs":[null]}', b'{"resourceLogs":[{}{}]}', b'{"resourceLogs":[{},]}',
        b'{"resourceLogs":[],"resourceLogs":[]}', b'{"\\u0072esourceLogs":[]}', b'{"a":' + b"[" * 300 + b"]" * 300 + b"}",
        a_record(timeUnixNano="soon"), a_record(timeUnixNano=-1), a_record(timeUnixNano=2**64), a_record(timeUnixNano=1.5),
        a_record(traceId=5), a_record(attributes=[an_attribute("a", intValue="1.5")]),
        a_record(attributes=[an_attribute("a", intValue=2**63)]),
        a_record(attributes=[an_attribute("a", doubleValue="NaN")]), a_record(attributes=[an_attribute("a", stringValue="b", intValue=1)]),
        a_record(attributes=[an_attribute("a", stringValue=5)]), a_record(attributes=[{"key": 5}]), a_record(attributes=[{"value": []}]),
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_alone(text: bytes) -> None:
    assert rewritten_logs(text) is None


@given(seed=st.integers(0, 2**48))
def test_ordinary_requests_are_rewritten(seed: int) -> None:
    chance = Random(seed)
    text = json.dumps(
        {"resourceSpans": [{"scopeSpans": [{"spans": [{"kind": 2, "attributes": [an_attribute("a", doubleValue=chance.random())]}]}]}]}
    ).encode()
    assert rewritten_traces(text) is not None
    assert agree(text, "traces")


doubles = st.floats(allow_nan=False, allow_infinity=False).map(repr) | st.decimals(allow_nan=False, allow_infinity=False).map(str)


@settings(max_examples=1000)
@given(doubles | st.integers(0, 10**20).map(str))
def test_doubles_are_rounded_as_everywhere(written: str) -> None:
    text = np.frombuffer(written.encode(), np.uint8)
    end, value = read_double(text, 0, len(text))
    assert end < 0 or (end, value) == (len(written), float(written))
