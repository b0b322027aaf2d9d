"""Parse a line that nginx writes with NGINX_LOG_FORMAT into a raw row. Compiled.

The line is an object of plain members, in any order; others than these are passed over. Escapes stay as they are: no
word of a path has one, and no name of a crawler. A line that names one of ours twice is refused.
"""

import numpy as np
from numpy.typing import NDArray

from observatory.decode.access_log.row import AGENT, NO_DURATION_FIELD, NO_JSON, NO_STATUS_FIELD, NO_TIME, PATH, keep_status
from observatory.decode.otlp.attribute_values import is_word, key_tables, slot_of
from observatory.decode.raw_requests import DURATION_US_AT, END_MS_AT, MARKS_AT
from observatory.decode.semantic_conventions import DISREGARDED, HEALTH_ASKED, health_path_in
from observatory.kernels.compiling import compiled
from observatory.kernels.digits import digits, scaled_decimal
from observatory.kernels.interning import Bytes
from observatory.model.columns import NO_DURATION

NGINX_LOG_FORMAT = (
    "log_format observatory escape=json "
    '\'{"time":"$msec","request_time":"$request_time","status":"$status","method":"$request_method",'
    '"uri":"$request_uri","user_agent":"$http_user_agent"}\';'
)
"""For the http section of nginx.conf; then `access_log /var/log/nginx/observatory.log observatory;`."""

_MEMBERS = {name: slot for slot, name in enumerate(("time", "request_time", "status", "method", "uri", "user_agent"))}
_TIME, _REQUEST_TIME, _STATUS, _METHOD, _URI, _USER_AGENT = range(len(_MEMBERS))
_BY_LENGTH, _NAMES = key_tables(_MEMBERS)

_QUOTE, _BACKSLASH, _COLON, _COMMA, _OPEN, _CLOSE, _MINUS, _SMALL_U, _ZERO = (ord(c) for c in '"\\:,{}-u0')
_OPTIONS = np.frombuffer(b"options", np.uint8)
_NULL = np.frombuffer(b"null", np.uint8)


@compiled
def parse_json_line(text: Bytes, start: int, end: int, row: NDArray[np.int64], found: NDArray[np.int64], members: NDArray[np.int64]) -> int:
    """Fill `row`, which is blank, and `found` (see PATH, AGENT); return -1, or why the line is refused.

    `members` is room for start and end of each.
    """
    if not _read_members(text, start, end, members):
        return NO_JSON
    end_ms = scaled_decimal(text, members[_TIME, 0], members[_TIME, 1], 1000)
    if end_ms < 0:
        return NO_TIME
    status_at, status_end = members[_STATUS, 0], members[_STATUS, 1]
    status = digits(text, status_at, status_end) if status_end - status_at == 3 else -1
    if status < 0:
        return NO_STATUS_FIELD
    duration_us = NO_DURATION
    began, ended = members[_REQUEST_TIME, 0], members[_REQUEST_TIME, 1]
    if ended > began and not (ended == began + 1 and text[began] == _MINUS):
        duration_us = scaled_decimal(text, began, ended, 1_000_000)
        if duration_us < 0:
            return NO_DURATION_FIELD
    row[END_MS_AT] = end_ms
    row[DURATION_US_AT] = duration_us
    keep_status(row, status)
    found[PATH], found[PATH + 1] = members[_URI, 0], members[_URI, 1]
    found[AGENT], found[AGENT + 1] = members[_USER_AGENT, 0], members[_USER_AGENT, 1]
    if is_word(text, members[_METHOD, 0], members[_METHOD, 1], _OPTIONS):
        row[MARKS_AT] |= DISREGARDED
    if health_path_in(text, found[PATH], found[PATH + 1]):
        row[MARKS_AT] |= HEALTH_ASKED
    return -1


@compiled
def _read_members(text: Bytes, start: int, end: int, members: NDArray[np.int64]) -> bool:
    """Note where the values of an object's members stand, empty for none; False if it is no object of plain members."""
    for i in range(len(members)):
        members[i, 0] = members[i, 1] = 0
    at = _skip_blanks(text, start, end)
    if at >= end or text[at] != _OPEN:
        return False
    while True:
        name = _skip_blanks(text, at + 1, end)
        at = _value_end(text, name, end)
        if at < 0 or text[name] != _QUOTE or _hides_ascii(text, name, at):
            return False  # A name in other letters may be one of ours a second time.
        slot = slot_of(text, name + 1, at - 1, _BY_LENGTH, _NAMES)
        at = _skip_blanks(text, at, end)
        if at >= end or text[at] != _COLON:
            return False
        value = _skip_blanks(text, at + 1, end)
        at = _value_end(text, value, end)
        if at < 0:
            return False
        if slot >= 0:
            if members[slot, 0] > 0:
                return False  # Named twice: one reader would take the first, another the last.
            if text[value] == _QUOTE:
                members[slot, 0], members[slot, 1] = value + 1, at - 1
            else:
                members[slot, 0], members[slot, 1] = value, value if is_word(text, value, at, _NULL) else at
        at = _skip_blanks(text, at, end)
        if at >= end or (text[at] != _COMMA and text[at] != _CLOSE):
            return False
        if text[at] == _CLOSE:
            return bool(_skip_blanks(text, at + 1, end) == end)


@compiled
def _hides_ascii(text: Bytes, start: int, end: int) -> bool:
    """Return whether a name writes a plain letter as an escape (`u00..`), so that it may be one of ours after all."""
    for at in range(start, end - 4):
        if text[at] == _BACKSLASH and text[at + 1] == _SMALL_U and text[at + 2] == _ZERO and text[at + 3] == _ZERO:
            return True
    return False


@compiled
def _skip_blanks(text: Bytes, at: int, end: int) -> int:
    while at < end and (text[at] == 32 or text[at] == 9):
        at += 1
    return at


@compiled
def _value_end(text: Bytes, at: int, end: int) -> int:
    """Return where a string or a bare word ends; -1 if there is none."""
    if at >= end:
        return -1
    if text[at] == _QUOTE:
        at += 1
        while at < end and text[at] != _QUOTE:
            at += 2 if text[at] == _BACKSLASH else 1
        return at + 1 if at < end else -1
    start = at
    while at < end and (48 <= text[at] <= 57 or 97 <= text[at] <= 122 or text[at] == 43 or text[at] == 45 or text[at] == 46):
        at += 1
    return at if at > start else -1
