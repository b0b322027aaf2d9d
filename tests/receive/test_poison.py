"""Texts that break readers, in whatever a sender or visitor can write into: each is refused or harmless, never our failure."""

import json
from urllib.parse import quote_from_bytes

import pytest

from tests.receive.doors import JSON, PROTOBUF, Doors

LOOPBACK = {"REMOTE_ADDR": "127.0.0.1"}
POISON = {
    "NUL": b"\x00",
    "bytes that are no text": b"\xff\xfe",
    "half a surrogate pair": b"\xed\xa0\x80",
    "a long number": b"9" * 5000,
    "a number over 64 bits": b"18446744073709551616",
    "a negative number": b"-9223372036854775809",
    "digits of another script": "१२३".encode(),
    "not a number": b"NaN",
    "infinity": b"1e999",
    "right-to-left override": "\u202e".encode(),
    "a tag": "\U000e0041".encode(),
    "a line end": b"a\r\nb",
    "percent": b"%",
    "a quote": b"'\"",
    "years": b"99999-12-31T00:00:00Z",
    "the last day": b"9999-12-31T23:59:59.999999-23:59",
    "the first day": b"0001-01-01T00:00:00+23:59",
}
ADDRESSES = (
    *("/api/v1/services?limit={}", "/api/v1/services?cursor={}", "/api/v1/services/{}", "/api/v1/services/job-portal?x={}"),
    *("/api/v1/services/job-portal/figures?window={}", "/api/v1/services/job-portal/figures?window=month:{}"),
    *("/api/v1/services/job-portal/figures?from={}&to={}", "/api/v1/services/job-portal/figures.csv?from=2026-11-01&to={}"),
    *("/api/v1/incidents?service={}", "/api/v1/incidents?from={}", "/api/v1/incidents?to={}", "/api/v1/incidents?menu={}"),
    *("/api/v1/incidents?cursor={}", "/api/v1/incidents?limit={}", "/api/v1/incidents/{}", "/api/v1/services/{}/signoffs"),
    *("/?q={}", "/ko/?q={}", "/en/services/{}", "/en/services/job-portal/minutes/{}", "/metrics/services?agency_id={}"),
    *("/en/incidents/{}", "/en/services/job-portal/signoffs/{}", "/en/desk/sign-in?next={}", "/{}", "/static/{}"),
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_breaks_a_page(doors: Doors, address: str) -> None:
    for poison in POISON.values():
        assert doors.client.get(address.replace("{}", quote_from_bytes(poison))).status_code < 500, poison


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_no_parameter_or_body_breaks_a_door_for_lines(doors: Doors, poison: bytes) -> None:
    written = quote_from_bytes(poison)
    for path in (f"/v1/access-log?service={written}&format=combined", f"/v1/access-log?service=job-portal&format={written}"):
        assert doors.post(path, b"", "text/plain").status_code < 500
    for form in ("combined", "common+us", "nginx-json", "alb"):
        line = b'{"time":"%s","status":"%s","uri":"%s","request_time":%s}\n' % ((poison,) * 4)
        other = b'%s - - [%s] "GET %s HTTP/1.1" %s %s "-" "%s"\n' % ((poison,) * 6)
        path = f"/v1/access-log?service=job-portal&format={form.replace('+', '%2B')}"
        assert doors.post(path, poison + b"\n" + line + other, "text/plain").status_code == 200
    answer = doors.post(f"/v1/probes?vantage={written}", b"[]", JSON, token=doors.admin, environ_base=LOOPBACK)
    assert answer.status_code < 500


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
def test_no_value_breaks_an_otlp_door(doors: Doors, signal: str, poison: bytes) -> None:
    text = json.dumps(poison.decode("utf-8", "replace")).encode()
    raw = b'"' + poison.replace(b'"', b"") + b'"'
    kinds = {"traces": ("resourceSpans", "scopeSpans", "spans"), "logs": ("resourceLogs", "scopeLogs", "logRecords")}
    outer, inner, items = kinds.get(signal, ("resourceMetrics", "scopeMetrics", "metrics"))
    for value in (text, raw, poison):
        record = b'{"kind":2,"timeUnixNano":%s,"endTimeUnixNano":%s,"attributes":[{"key":"http.route","value":{"stringValue":%s}}]}' % (
            value,
            value,
            value,
        )
        body = b'{"%s":[{"%s":[{"%s":[%s]}]}]}' % (outer.encode(), inner.encode(), items.encode(), record)
        assert doors.post(f"/v1/{signal}", body, JSON).status_code in (200, 400)
    assert doors.post(f"/v1/{signal}", poison, PROTOBUF).status_code in (200, 400)
    assert doors.post(f"/v1/{signal}", b'{"a":' * 30_000 + b"1" + b"}" * 30_000, JSON).status_code in (200, 400)


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_no_credential_breaks_a_door(doors: Doors, poison: bytes) -> None:
    for header in ("Authorization", "X-Observatory-Token"):
        value = poison.decode("latin-1").replace("\r", "").replace("\n", "")
        token = f"obs_{value}_{value}" if header[0] == "X" else f"Bearer obs_{value}_{value}"
        answer = doors.client.post("/v1/traces", data=b"", content_type=PROTOBUF, headers={header: token})
        assert answer.status_code in (400, 401, 403, 503)


EPOCH = (
    ("/v1/probes", b'[{"checked_at":"1970-01-01T00:00:00Z","service":"job-portal","state":"down"}]', JSON),
    ("/v1/probes", b"checked_at,service,state,http_status,response_ms\n1970-01-01T09:00:00+09:00,job-portal,down,,\n", "text/csv"),
    ("/v1/access-log?service=job-portal", b'1.1.1.1 - - [01/Jan/1970:00:00:00 +0000] "GET /jobs HTTP/1.1" 500 1 "-" "-"\n', "text/plain"),
    ("/v1/access-log?service=job-portal&format=nginx-json", b'{"time":"0","status":"500","method":"GET","uri":"/jobs"}\n', "text/plain"),
)


@pytest.mark.parametrize(("path", "body", "media"), EPOCH)
def test_the_first_moment_of_1970_is_too_late_and_not_now(doors: Doors, path: str, body: bytes, media: str) -> None:
    """A clock that has lost its battery says so: it must not make an outage of today."""
    answer = doors.post(path, body, media)
    assert answer.status_code == 200
    assert (answer.json["accepted"], answer.json["rejected"]) == (0, {"too_late": 1})


@pytest.mark.parametrize("name", ["status", "st\\u0061tus"])
def test_a_member_that_may_be_named_twice_costs_the_line(doors: Doors, name: str) -> None:
    line = f'{{"time":"1763607600","status":"200","{name}":"500","method":"GET","uri":"/jobs"}}\n'
    answer = doors.post("/v1/access-log?service=job-portal&format=nginx-json", line.encode(), "text/plain")
    assert (answer.json["accepted"], sum(answer.json["refused"].values())) == (0, 1)
