"""Lines that nginx writes with NGINX_LOG_FORMAT come in, DecodedLines go out."""

import msgspec

from observatory.decode import attribute_slots as at
from observatory.decode.request_rows import RequestRows, Value
from observatory.decode.text_numbers import DECIMAL_LENGTH_MAX
from observatory.model.columns import NO_DURATION, DecodedLines, Source

NGINX_LOG_FORMAT = (
    "log_format observatory escape=json "
    '\'{"time":"$msec","request_time":"$request_time","status":"$status","method":"$request_method",'
    '"uri":"$request_uri","user_agent":"$http_user_agent"}\';'
)
"""For the http section of nginx.conf; then `access_log /var/log/nginx/observatory.log observatory;`."""


class _Line(msgspec.Struct, gc=False):
    time: str | float
    status: str | int
    request_time: str | float | None = None
    method: str | None = None
    uri: str | None = None
    user_agent: str | None = None


_LINE = msgspec.json.Decoder(_Line)


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
        reason = _add(rows, resource, line)
        if reason:
            refused[reason] = refused.get(reason, 0) + 1
            first.setdefault(reason, number)
    return DecodedLines(rows.columns(), len(lines), refused, first)


def _add(rows: RequestRows, resource: int, line: bytes) -> str:
    """Add one line; return why it is refused, or nothing."""
    try:
        # nginx writes bytes that are no UTF-8 as they came.
        entry = _LINE.decode(line if line.isascii() else line.decode("utf-8", "replace"))
    except msgspec.ValidationError:
        return "bad_field"
    except (msgspec.DecodeError, RecursionError):
        return "no_json"
    end_ms = _scaled(entry.time, 1000)
    if end_ms is None:
        return "no_time"
    duration_us: int | None = NO_DURATION
    if entry.request_time is not None and entry.request_time not in ("", "-"):
        duration_us = _scaled(entry.request_time, 1_000_000)
    if duration_us is None:
        return "no_duration"
    values: list[Value] = [None] * len(at.RECORD_SLOTS)
    values[at.PATH], values[at.METHOD], values[at.STATUS], values[at.AGENT] = entry.uri, entry.method, entry.status, entry.user_agent
    rows.add_line(resource, values, end_ms, duration_us)
    return ""


def _scaled(value: str | float, unit: int) -> int | None:
    """Return seconds as whole units, cut; None if they are no plain decimal."""
    if isinstance(value, float):
        return int(value * unit) if 0 <= value < 10**12 else None
    whole, _, fraction = value.partition(".")
    if not (value.isascii() and whole.isdigit() and (fraction or "0").isdigit() and len(value) <= DECIMAL_LENGTH_MAX):
        return None
    return int(whole) * unit + int(fraction.ljust(6, "0")[:6]) * unit // 1_000_000
