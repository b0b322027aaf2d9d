"""Parse a line that an AWS application load balancer writes into a raw row. Compiled.

`https 2018-07-02T22:23:00.186641Z app/lb/50dc6c 192.0.2.1:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57
"GET https://www.example.com:443/ HTTP/1.1" "curl/7.46.0" ...`: type, time of the answer, load balancer, client,
target, then the seconds of request, target and response (-1: it never came so far), the status the citizen got, that
of the target, sizes, request, user agent; what follows (trace id, domain, certificate, rules) is never looked at.
"""

import numpy as np
from numpy.typing import NDArray

from observatory.decode.access_log.row import (
    AGENT,
    NO_AGENT,
    NO_DURATION_FIELD,
    NO_REQUEST,
    NO_STATUS_FIELD,
    NO_TIME,
    PATH,
    keep_status,
)
from observatory.decode.access_log.text_line import quoted_end, request_line
from observatory.decode.raw_requests import DURATION_US_AT, END_MS_AT, MARKS_AT
from observatory.decode.semantic_conventions import HEALTH_ASKED, health_path_in
from observatory.kernels.compiling import compiled
from observatory.kernels.digits import days_from_civil, digits, scaled_decimal
from observatory.kernels.interning import Bytes
from observatory.model.columns import NO_DURATION

_SPACE, _QUOTE, _MINUS, _COLON, _SLASH, _POINT, _T, _Z = (ord(c) for c in ' "-:/.TZ')
_STAMP_LENGTH = 19
"""Of `2018-07-02T22:23:00`."""
_FRACTION_LENGTH_MAX = 9
_SCHEME_LENGTH_MAX = 5


@compiled
def parse_alb_line(text: Bytes, start: int, end: int, row: NDArray[np.int64], found: NDArray[np.int64]) -> int:
    """Fill `row`, which is blank, and `found` (see PATH, AGENT); return -1, or why the line is refused."""
    at = _skip(text, start, end, 1)
    stop = _skip(text, at, end, 1)
    row[END_MS_AT] = _moment(text, at, stop - 1)
    if row[END_MS_AT] < 0:
        return NO_TIME
    at = _skip(text, stop, end, 3)
    row[DURATION_US_AT] = _duration(text, at, end)
    if row[DURATION_US_AT] < NO_DURATION:
        return NO_DURATION_FIELD
    at = _skip(text, at, end, 3)
    stop = _skip(text, at, end, 1)
    status = digits(text, at, at + 3) if stop - at == 4 else -1
    if status < 0 and not (stop - at == 2 and text[at] == _MINUS):
        return NO_STATUS_FIELD
    keep_status(row, status)
    at = _skip(text, stop, end, 3)
    stop = quoted_end(text, at + 1, end) if at < end and text[at] == _QUOTE else -1
    if stop < 0:
        return NO_REQUEST
    _request(text, at + 1, stop, row, found)
    at = stop + 3
    stop = quoted_end(text, at, end) if at < end and text[at - 2] == _SPACE and text[at - 1] == _QUOTE else -1
    if stop < 0:
        return NO_AGENT
    found[AGENT], found[AGENT + 1] = at, stop
    return -1


@compiled
def _skip(text: Bytes, at: int, end: int, fields: int) -> int:
    """Return where so many fields and the space behind each end; one behind `end` if the line ends before."""
    for _ in range(fields):
        while at < end and text[at] != _SPACE:
            at += 1
        at += 1
    return min(at, end + 1)


@compiled
def _moment(text: Bytes, at: int, end: int) -> int:
    """Return the milliseconds since 1970 of `2018-07-02T22:23:00.186641Z`; -1 if that is not what text[at:end] says."""
    second_end = at + _STAMP_LENGTH
    if end <= second_end or text[end - 1] != _Z or text[at + 4] != _MINUS or text[at + 7] != _MINUS or text[at + 10] != _T:
        return -1
    if text[at + 13] != _COLON or text[at + 16] != _COLON:
        return -1
    year, month, day = digits(text, at, at + 4), digits(text, at + 5, at + 7), digits(text, at + 8, at + 10)
    hour, minute, second = digits(text, at + 11, at + 13), digits(text, at + 14, at + 16), digits(text, at + 17, second_end)
    if not (year >= 1970 and 1 <= month <= 12 and 1 <= day <= 31 and 0 <= hour < 24 and 0 <= minute < 60 and 0 <= second <= 60):
        return -1
    milliseconds = 0
    if second_end < end - 1:
        if text[second_end] != _POINT or end - 1 - second_end > 1 + _FRACTION_LENGTH_MAX or digits(text, second_end + 1, end - 1) < 0:
            return -1
        for i in range(3):
            place = second_end + 1 + i
            milliseconds = 10 * milliseconds + (digits(text, place, place + 1) if place < end - 1 else 0)
    seconds = days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second
    return 1000 * seconds + milliseconds


@compiled
def _duration(text: Bytes, at: int, end: int) -> int:
    """Return the microseconds of three fields together, NO_DURATION if one is -1, less if one is no number."""
    total, measured = 0, True
    for _ in range(3):
        stop = _skip(text, at, end, 1)
        if at < end and text[at] == _MINUS:
            if scaled_decimal(text, at + 1, stop - 1, 1_000_000) != 1_000_000:
                return NO_DURATION - 1
            measured = False
        else:
            micros = scaled_decimal(text, at, stop - 1, 1_000_000)
            if micros < 0:
                return NO_DURATION - 1
            total += micros
        at = stop
    return total if measured else NO_DURATION


@compiled
def _request(text: Bytes, start: int, stop: int, row: NDArray[np.int64], found: NDArray[np.int64]) -> None:
    """Read `GET https://www.example.com:443/path HTTP/1.1`, without its origin. Anything else is a request without a path."""
    request_line(text, start, stop, row, found)
    at, end = found[PATH], found[PATH + 1]
    scheme = at
    while scheme < end and scheme - at < _SCHEME_LENGTH_MAX and text[scheme] != _COLON:
        scheme += 1
    if scheme + 2 < end and text[scheme] == _COLON and text[scheme + 1] == _SLASH and text[scheme + 2] == _SLASH:
        path = scheme + 3
        while path < end and text[path] != _SLASH:
            path += 1
        found[PATH] = path
        if health_path_in(text, path, end):
            row[MARKS_AT] |= HEALTH_ASKED
