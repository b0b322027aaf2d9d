"""Lines of every format become records; odd ones are counted, cut ones named, none crashes."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.decode.access_log import scan as access_log_scan
from observatory.decode.access_log.lines import FORMATS, decode_lines
from observatory.decode.machines import is_automaton
from observatory.errors import BadInput
from observatory.model.columns import HEALTH_CHECK, NO_DURATION, DecodedLines, Outcome, Source

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/142.0"
END_MS = 1_431_857_103_000
"""17 May 2015 10:05:03 UTC."""


def a_line(
    request: str = "GET /jobs HTTP/1.1",
    *,
    time: str = "17/May/2015:10:05:03 +0000",
    user: str = "-",
    status: str = "200",
    agent: str = BROWSER,
    tail: str = "",
) -> str:
    return f'203.0.113.9 - {user} [{time}] "{request}" {status} 1234 "https://example.go.kr/?q=hong" "{agent}"{tail}'


def one(line: str, format_name: str = "combined") -> tuple[str, int, int, int, int]:
    """Return template, end, duration, status and outcome of a line."""
    columns = decode_lines(line.encode(), format_name).columns
    assert len(columns) == 1
    template = columns.templates[columns.template_index[0]]
    return template, int(columns.end_ms[0]), int(columns.duration_us[0]), int(columns.status[0]), int(columns.outcome[0])


def test_every_line_of_a_real_log_is_read(shared_data: Path) -> None:
    decoded = decode_lines((shared_data / "access_combined_2015.log").read_bytes(), "combined")
    assert decoded.lines_read == len(decoded.columns) == 10_000
    assert decoded.refused == decoded.first_refused_line == {}
    assert Counter(decoded.columns.status.tolist()) == {200: 9126, 301: 164, 206: 45, 304: 445, 403: 2, 404: 213, 416: 2, 500: 3}
    assert decoded.columns.source == Source.ACCESS_LOG
    assert set(decoded.columns.duration_us.tolist()) == {NO_DURATION}


def test_crawlers_of_a_real_log_are_left_out(shared_data: Path) -> None:
    lines = (shared_data / "access_combined_2015.log").read_text(encoding="utf-8").splitlines()
    machines = sum(is_automaton(line.rpartition(' "')[2]) or line.split('"')[1].startswith("OPTIONS") for line in lines)
    outcomes = decode_lines("\n".join(lines).encode(), "combined").columns.outcome
    assert int((outcomes == Outcome.EXCLUDED).sum()) == machines > 1000


def test_a_combined_line_has_no_duration() -> None:
    assert one(a_line()) == ("/jobs", END_MS, NO_DURATION, 200, Outcome.GOOD)


def test_a_common_line_has_no_user_agent() -> None:
    line = '203.0.113.9 - - [17/May/2015:10:05:03 +0000] "GET /docs/12345?x=1 HTTP/1.0" 503 -'
    assert one(line, "common") == ("/docs/{id}", END_MS, NO_DURATION, 503, Outcome.BAD)


@pytest.mark.parametrize(
    ("format_name", "tail", "duration_us", "end_ms"),
    [
        ("combined+us", " 1500250", 1_500_250, END_MS + 1500),
        ("combined+ms", " 250", 250_000, END_MS + 250),
        ("combined+s", " 0.250", 250_000, END_MS),
        ("combined+s", " 1", 1_000_000, END_MS),
        ("combined+s", " -", NO_DURATION, END_MS),
        ("combined+s", ' 0.5 "10.0.0.1" upstream', 500_000, END_MS),
        ("combined", ' "203.0.113.7"', NO_DURATION, END_MS),
    ],
)
def test_durations_have_the_unit_of_their_format(format_name: str, tail: str, duration_us: int, end_ms: int) -> None:
    assert one(a_line(tail=tail), format_name)[1:3] == (end_ms, duration_us)


@pytest.mark.parametrize(
    ("time", "end_ms"),
    [
        ("17/May/2015:19:05:03 +0900", END_MS),
        ("17/May/2015:05:35:03 -0430", END_MS),
        ("01/Jan/1970:00:00:00 +0000", 1),  # 0 stands for a time that is not known
        ("29/Feb/2024:23:59:60 +0000", 1_709_251_200_000),
        ("01/Mar/2000:00:00:00 +0000", 951_868_800_000),
    ],
)
def test_zone_offsets_and_leap_days_count(time: str, end_ms: int) -> None:
    assert one(a_line(time=time))[1] == end_ms


@pytest.mark.parametrize(
    ("request_line", "template"),
    [
        ("-", ""),
        ("", ""),
        (r"\x16\x03\x01\x00", ""),
        ("GET", ""),
        ("GET /a b/c HTTP/1.1", "/{id}/c"),
        ('GET /a"b HTTP/1.1', "/{id}"),
        (r"GET /a\"b HTTP/1.1", "/{id}"),
        ("GET /jobs", "/jobs"),
        ("GET http://jobs.example.go.kr/jobs HTTP/1.1", "/jobs"),
        ("GET /민원 HTTP/1.1", "/민원"),
    ],
)
def test_odd_requests_are_counted(request_line: str, template: str) -> None:
    found = one(a_line(request_line))
    assert found[0] == template
    assert found[4] == Outcome.GOOD


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (a_line(status="500"), Outcome.BAD),
        (a_line(status="408"), Outcome.BAD),
        (a_line(status="429"), Outcome.THROTTLED),
        (a_line(status="499"), Outcome.EXCLUDED),
        (a_line(status="-"), Outcome.BAD),
        (a_line(status="000"), Outcome.BAD),
        (a_line("OPTIONS /jobs HTTP/1.1", status="500"), Outcome.EXCLUDED),
        (a_line("GET /healthz HTTP/1.1", status="503"), Outcome.BAD | HEALTH_CHECK),
        (a_line(agent="Googlebot/2.1", status="500"), Outcome.EXCLUDED),
        (a_line(agent="Googlebot/2.1, cut")[:-1], Outcome.EXCLUDED),
        (a_line(user="john [doe]"), Outcome.GOOD),
    ],
)
def test_a_line_has_the_outcome_of_the_method(line: str, outcome: int) -> None:
    assert one(line)[4] == outcome


def test_a_long_wait_before_the_client_gave_up_is_a_failure() -> None:
    assert one(a_line(status="499", tail=" 12.5"), "combined+s")[4] == Outcome.BAD


def test_refused_lines_are_counted_with_the_first_of_each_reason() -> None:
    lines = [
        a_line(),
        "",
        "what is this",
        a_line(time="31/Foo/2015:10:05:03 +0000"),
        a_line().replace(' "GET', " GET"),
        a_line(status="2x0"),
        '203.0.113.9 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.0" 200 5',
        a_line(tail="\r"),
    ]
    decoded = decode_lines("\n".join(lines).encode(), "combined", first_line=101)
    assert decoded.refused == {"no_time": 2, "no_request": 2, "no_user_agent": 1}
    assert decoded.first_refused_line == {"no_time": 103, "no_request": 105, "no_user_agent": 107}
    assert (decoded.lines_read, len(decoded.columns), decoded.columns.skipped_count) == (8, 2, 1)


def test_a_line_without_its_duration_is_refused() -> None:
    assert decode_lines(a_line().encode(), "combined+us").refused == {"no_duration": 1}
    assert decode_lines(a_line(tail=" soon").encode(), "combined+us").refused == {"no_duration": 1}


def a_json_line(**fields: str) -> str:
    members = {"time": "1700000000.123", "request_time": "0.250", "status": "200", "method": "GET", "uri": "/jobs?x", "user_agent": BROWSER}
    return "{" + ",".join(f'"{name}":"{value}"' for name, value in (members | fields).items()) + "}"


def test_our_nginx_format_carries_milliseconds_and_durations() -> None:
    assert one(a_json_line(), "nginx-json") == ("/jobs", 1_700_000_000_123, 250_000, 200, Outcome.GOOD)


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (a_json_line(status="502"), Outcome.BAD),
        (a_json_line(status="000"), Outcome.BAD),
        (a_json_line(status="499", request_time="11.000"), Outcome.BAD),
        (a_json_line(user_agent="bingbot/2.0"), Outcome.EXCLUDED),
        (a_json_line(uri="/healthz"), Outcome.GOOD | HEALTH_CHECK),
        (a_json_line(method="OPTIONS"), Outcome.EXCLUDED),
        (a_json_line(method="", uri="", user_agent="", request_time="-"), Outcome.GOOD),
        ('{"time":1700000000.5,"status":500}', Outcome.BAD),
        (' { "status" : 500 , "time" : 1 , "more":true, "uri" : null } ', Outcome.BAD),
        (a_json_line(uri=r"/a\"b", user_agent=r"say \"bot\""), Outcome.EXCLUDED),
    ],
)
def test_a_json_line_has_the_outcome_of_the_method(line: str, outcome: int) -> None:
    assert one(line, "nginx-json")[4] == outcome


def test_json_lines_that_cannot_be_used_are_counted() -> None:
    broken = ["{", "[]", "{}", '{"time":"1"', '{"time":{}}', '{"time":"1"} x', '{time:"1"}', '{"time" "1"}', '{"time":"1";}', '{"a":']
    unusable = ['{"time":"x","status":"200"}', '{"status":"200"}', '{"time":"1","status":"ok"}', a_json_line(request_time="soon")]
    lines = [*broken, *unusable, "", a_json_line()]
    decoded = decode_lines("\n".join(lines).encode() + b"\n", "nginx-json")
    assert decoded.refused == {"no_json": 10, "no_time": 2, "no_status": 1, "no_duration": 1}
    assert decoded.first_refused_line == {"no_json": 1, "no_time": 11, "no_status": 13, "no_duration": 14}
    assert (decoded.lines_read, len(decoded.columns)) == (16, 1)


@pytest.mark.parametrize("name", ["time", "request_time", "status", "method", "uri", "user_agent"])
@pytest.mark.parametrize("value", ['"200"', "null", '""', "200"])
def test_a_json_line_that_names_a_member_twice_is_refused(name: str, value: str) -> None:
    for line in (a_json_line()[:-1] + f',"{name}":{value}}}', f'{{"{name}":{value},' + a_json_line()[1:]):
        assert decode_lines(line.encode(), "nginx-json").refused == {"no_json": 1}


def test_other_members_may_be_named_twice() -> None:
    assert one(a_json_line()[:-1] + ',"more":1,"more":2}', "nginx-json")[4] == Outcome.GOOD


def test_json_lines_may_hold_bytes_that_are_no_text() -> None:
    line = a_json_line().encode().replace(b"/jobs", b"/\xff\xfe")
    assert decode_lines(line, "nginx-json").columns.templates[-1] == "/{id}"


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInput, match="combined, common"):
        decode_lines(b"", "iis")


def everything(decoded: DecodedLines) -> tuple[int, int]:
    return len(decoded.columns) + sum(decoded.refused.values()) + decoded.columns.skipped_count, decoded.lines_read


@given(st.lists(st.one_of(st.just(a_line().encode()), st.binary(max_size=80)), max_size=6), st.sampled_from(FORMATS))
def test_every_line_is_stored_skipped_or_refused(lines: list[bytes], format_name: str) -> None:
    accounted, read = everything(decode_lines(b"\n".join(lines), format_name))
    assert accounted == read


@given(st.data())
def test_mutated_lines_never_crash(data: st.DataObject) -> None:
    line = bytearray(a_line(tail=" 1500").encode())
    for _ in range(data.draw(st.integers(1, 4))):
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.integers(0, 255))
    accounted, read = everything(decode_lines(bytes(line), "combined+us"))
    assert accounted == read


def test_nothing_personal_of_a_line_gets_into_the_columns() -> None:
    line = a_line("GET /user/900101-1234567/hong@example.com?name=hong HTTP/1.1", user="hong")
    columns = decode_lines(line.encode(), "combined").columns
    assert columns.templates == ("", "/user/{id}/{id}")
    assert "hong" not in repr(columns)
    assert "203.0.113" not in repr(columns)


def test_every_format_that_is_offered_can_be_read() -> None:
    assert set(access_log_scan.LAYOUTS) == set(FORMATS)
    assert all(decode_lines(b"", name).lines_read == 0 for name in FORMATS)
