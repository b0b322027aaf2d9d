"""Parse a line of the common or combined log format into a raw row. Compiled.

`host ident user [17/May/2015:10:05:03 +0000] "GET /path HTTP/1.1" 200 1234 "referer" "user agent" duration`
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
from observatory.decode.raw_requests import DURATION_US_AT, END_MS_AT, MARKS_AT
from observatory.decode.semantic_conventions import DISREGARDED, HEALTH_ASKED, health_path_in
from observatory.kernels.compiling import compiled
from observatory.kernels.digits import days_from_civil, digits, scaled_decimal
from observatory.kernels.interning import Bytes, equals

_SPACE, _QUOTE, _BACKSLASH, _MINUS, _PLUS, _OPEN, _CLOSE = (ord(c) for c in ' "\\-+[]')
_MONTHS = np.frombuffer(b"JanFebMarAprMayJunJulAugSepOctNovDec", np.uint8)
_OPTIONS = np.frombuffer(b"OPTIONS", np.uint8)
_STAMP_LENGTH = 28
"""Of `[17/May/2015:10:05:03 +0000]`."""
_METHOD_LENGTH_MAX = 20


@compiled
def parse_text_line(
    text: Bytes, start: int, end: int, agent: bool, unit_us: int, begins: bool, row: NDArray[np.int64], found: NDArray[np.int64]
) -> int:
    """Fill `row`, which is blank, and `found` (see PATH, AGENT); return -1, or why the line is refused."""
    at, row[END_MS_AT] = _time(text, start, end)
    if at < 0:
        return NO_TIME
    at = _request(text, at, end, row, found)
    if at < 0:
        return NO_REQUEST
    at = _status_and_size(text, at, end, row)
    if at < 0:
        return NO_STATUS_FIELD
    if agent:
        at = _agent(text, at, end, unit_us == 0, found)
        if at < 0:
            return NO_AGENT
    if unit_us and not _duration(text, at, end, unit_us, row):
        return NO_DURATION_FIELD
    if begins and row[DURATION_US_AT] > 0:
        row[END_MS_AT] += row[DURATION_US_AT] // 1000
    return -1


@compiled
def _time(text: Bytes, start: int, end: int) -> tuple[int, int]:
    """Return where the first time in brackets ends, and its milliseconds since 1970; -1 if there is none."""
    for at in range(start, end - _STAMP_LENGTH + 1):
        if text[at] != _OPEN or text[at + _STAMP_LENGTH - 1] != _CLOSE:
            continue
        day, year = digits(text, at + 1, at + 3), digits(text, at + 8, at + 12)
        hour, minute, second = digits(text, at + 13, at + 15), digits(text, at + 16, at + 18), digits(text, at + 19, at + 21)
        zone_hour, zone_minute = digits(text, at + 23, at + 25), digits(text, at + 25, at + 27)
        month = 0
        for i in range(12):
            if text[at + 4] == _MONTHS[3 * i] and text[at + 5] == _MONTHS[3 * i + 1] and text[at + 6] == _MONTHS[3 * i + 2]:
                month = i + 1
        if min(day, year, hour, minute, second, zone_hour, zone_minute) < 0 or month == 0:
            continue
        if not (1 <= day <= 31 and year >= 1970 and hour < 24 and minute < 60 and second <= 60 and zone_hour < 24 and zone_minute < 60):
            continue
        sign = text[at + 22]
        if sign != _PLUS and sign != _MINUS:
            continue
        offset = zone_hour * 3600 + zone_minute * 60
        seconds = days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second
        return at + _STAMP_LENGTH, 1000 * (seconds + (offset if sign == _MINUS else -offset))
    return -1, 0


@compiled
def quoted_end(text: Bytes, start: int, end: int) -> int:
    """Return where the quoted text that begins at `start` ends; -1 if it does not."""
    i = start
    while i < end:
        if text[i] == _QUOTE:
            return i
        i += 2 if text[i] == _BACKSLASH else 1
    return -1


@compiled
def _request_end(text: Bytes, start: int, end: int) -> int:
    """Return where a quoted request ends: at the first quote that a status follows, since old servers escape none inside."""
    i = start
    while i + 2 < end:
        if text[i] == _QUOTE and text[i + 1] == _SPACE and (text[i + 2] == _MINUS or (i + 4 < end and digits(text, i + 2, i + 5) >= 0)):
            return i
        i += 1
    return -1


@compiled
def _request(text: Bytes, at: int, end: int, row: NDArray[np.int64], found: NDArray[np.int64]) -> int:
    """Read `"GET /path HTTP/1.1"`; return where it ends. Whatever else stands there (`-`, noise) is a request without a path."""
    if at + 1 >= end or text[at] != _SPACE or text[at + 1] != _QUOTE:
        return -1
    stop = _request_end(text, at + 2, end)
    if stop < 0:
        return -1
    request_line(text, at + 2, stop, row, found)
    return stop + 1


@compiled
def request_line(text: Bytes, start: int, stop: int, row: NDArray[np.int64], found: NDArray[np.int64]) -> None:
    """Find the path in `GET /path HTTP/1.1`, if that is what text[start:stop] is."""
    space = start
    while space < stop and 65 <= text[space] <= 90:
        space += 1
    if space == start or space >= stop or text[space] != _SPACE or space - start > _METHOD_LENGTH_MAX:
        return
    last = stop
    while last > space and text[last - 1] != _SPACE:
        last -= 1
    protocol = last - 1 > space and stop - last >= 5 and text[last] == 72 and text[last + 4] == 47
    found[PATH], found[PATH + 1] = space + 1, last - 1 if protocol else stop
    if equals(text, start, space, _OPTIONS):
        row[MARKS_AT] |= DISREGARDED
    if health_path_in(text, found[PATH], found[PATH + 1]):
        row[MARKS_AT] |= HEALTH_ASKED


@compiled
def _status_and_size(text: Bytes, at: int, end: int, row: NDArray[np.int64]) -> int:
    """Read ` 200 1234`; return where it ends. No status (`-`, `000`) means that nothing was answered."""
    if at >= end or text[at] != _SPACE:
        return -1
    at += 1
    status = digits(text, at, at + 3) if at + 3 <= end else -1
    if status >= 0:
        at += 3
    elif at < end and text[at] == _MINUS:
        at += 1
    else:
        return -1
    keep_status(row, status)
    if at >= end or text[at] != _SPACE:
        return -1
    at += 1
    size = at
    while at < end and text[at] != _SPACE:
        at += 1
    return at if at > size else -1


@compiled
def _agent(text: Bytes, at: int, end: int, is_last: bool, found: NDArray[np.int64]) -> int:
    """Read ` "referer" "user agent"`; return where it ends. At the end of a line that was cut, the last quote may be missing."""
    for field in range(2):
        if at + 1 >= end or text[at] != _SPACE or text[at + 1] != _QUOTE:
            return -1
        stop = quoted_end(text, at + 2, end)
        if stop < 0 and field == 1 and is_last:
            stop = end
        if stop < 0:
            return -1
        if field == 1:
            found[AGENT], found[AGENT + 1] = at + 2, stop
        at = stop + 1
    return at


@compiled
def _duration(text: Bytes, at: int, end: int, unit_us: int, row: NDArray[np.int64]) -> bool:
    """Read ` 1234`; say whether it is there. A hyphen, which nginx writes where it measured none, is."""
    if at >= end or text[at] != _SPACE:
        return False
    stop = at + 1
    while stop < end and text[stop] != _SPACE:
        stop += 1
    if stop == at + 2 and text[at + 1] == _MINUS:
        return True
    micros = scaled_decimal(text, at + 1, stop, unit_us)
    row[DURATION_US_AT] = micros
    return micros >= 0
