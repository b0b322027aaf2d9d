"""Lines that an AWS application load balancer writes come in, DecodedLines go out.

`https 2018-07-02T22:23:00.186641Z app/lb/50dc6c 192.0.2.1:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57
"GET https://www.example.com:443/ HTTP/1.1" "curl/7.46.0" ...`: type, time of the answer, load balancer, client,
target, then the seconds of request, target and response (-1: it never came so far), the status the citizen got, that
of the target, sizes, request, user agent; what follows (trace id, domain, certificate, rules) is never looked at.
"""

import re
from datetime import datetime

from observatory.decode import attribute_slots as at
from observatory.decode.request_rows import RequestRows, Value
from observatory.model.columns import NO_DURATION, DecodedLines, Source

FORMAT = "alb"

FIELDS_BEFORE_REQUEST = 12
_TIME, _SECONDS, _STATUS = 1, slice(5, 8), 8
_TIME_LENGTH_MAX = 32
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"')
_DECIMAL = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", re.ASCII)
_REQUEST = re.compile(r"([A-Z]{1,20}) (\S+) \S+")
_ORIGIN = re.compile(r"[a-z]{2,5}://[^/?#]*")


def decode(data: bytes, first_line: int) -> DecodedLines:
    """Return the requests of whole lines; `first_line` is the number of the first one."""
    rows = RequestRows(Source.ACCESS_LOG)
    resource = rows.resource([None] * len(at.RESOURCE_SLOTS))
    refused: dict[str, int] = {}
    first: dict[str, int] = {}
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, first_line):
        if not line.strip():
            rows.skip()
            continue
        reason = _add(rows, resource, line.decode("utf-8", "replace"))
        if reason:
            refused[reason] = refused.get(reason, 0) + 1
            first.setdefault(reason, number)
    return DecodedLines(rows.columns(), len(lines), refused, first)


def _add(rows: RequestRows, resource: int, line: str) -> str:
    """Add one line; return why it is refused, or nothing."""
    fields = line.split(" ", FIELDS_BEFORE_REQUEST)
    quoted = _QUOTED.match(fields[-1])
    end_ms = _end_ms(fields[_TIME] if len(fields) > _TIME else "")
    if end_ms is None:
        return "no_time"
    if len(fields) <= FIELDS_BEFORE_REQUEST or quoted is None:
        return "no_request"
    status = fields[_STATUS]
    if status != "-" and not (len(status) == 3 and status.isascii() and status.isdigit()):
        return "no_status"
    duration_us = _duration_us(fields[_SECONDS])
    if duration_us is None:
        return "no_duration"
    values: list[Value] = [None] * len(at.RECORD_SLOTS)
    if request := _REQUEST.match(quoted[1]):
        values[at.METHOD], values[at.PATH] = request[1], _ORIGIN.sub("", request[2], count=1) or "/"
    values[at.STATUS], values[at.AGENT] = status, quoted[2]
    rows.add_line(resource, values, end_ms, duration_us)
    return ""


def _end_ms(text: str) -> int | None:
    """Return when the answer was made, None unless that is an ISO 8601 time with its offset."""
    if len(text) > _TIME_LENGTH_MAX or not text.isascii():
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None or moment.year < 1970:
        return None
    return int(moment.timestamp() * 1000)


def _duration_us(seconds: list[str]) -> int | None:
    """Return the sum of the three times, NO_DURATION if one of them never came, None if one is no number."""
    if not all(text in ("-1", "-1.000") or _DECIMAL.fullmatch(text) for text in seconds):
        return None
    if any(text.startswith("-") for text in seconds):
        return NO_DURATION
    return sum(round(float(text) * 1_000_000) for text in seconds)
