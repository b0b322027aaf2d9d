"""Turn probe results as CSV text into ProbeRows, and count what was refused and why.

Columns, in any order, others ignored: `checked_at` (ISO 8601 with its offset), `service` (id or name), `state` (up, ok,
pass, or down, fail, error), `http_status` (0 or empty: no answer), `response_ms` (empty: not measured), and optionally
`menu` and those of `details`. A timeout of the door's own is a failure like any other: state decides, not the status.
"""

import csv
from datetime import datetime
from io import StringIO

import numpy as np

from observatory.decode.probes import details
from observatory.decode.request_rows import DURATION_US_LIMIT
from observatory.errors import BadInput
from observatory.model.columns import NO_DURATION, NO_STATUS, ProbeName, ProbeRows

REQUIRED = ("checked_at", "service", "state", "http_status", "response_ms")
COLUMNS = (*REQUIRED, "menu", *details.COLUMNS)
"""All that are read; others may be there."""
UP_STATES = frozenset({"up", "ok", "pass", "true", "1"})
DOWN_STATES = frozenset({"down", "fail", "failed", "error", "timeout", "false", "0"})
FIELD_LENGTH_MAX = 200

NO_DETAIL = details.read_detail(details.NOTHING)

_STATUS_MAX = 999


def decode_rows(data: bytes | str, header: str | None = None, first_line: int = 1) -> ProbeRows:
    """Return the results of a CSV text in UTF-8, with or without a byte order mark.

    A long file may be decoded in parts of whole lines: give `header` (its first line) and the line number with every
    part but the first. Rows that cannot be used are counted by reason. Raises BadInput if the header lacks a column
    or the text is no UTF-8 CSV.
    """
    text = _text_of(data)
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    gathered = _Gathered()
    try:
        names = next(reader, []) if header is None else next(csv.reader([header.removeprefix("\ufeff")]), [])
        column = _columns(names)
        for fields in reader:
            if fields:
                gathered.add(first_line + reader.line_num - 1, fields, column)
    except csv.Error as error:
        raise BadInput(f"cannot read probe results at line {first_line + reader.line_num - 1}: {error}", "check its quotes") from None
    return gathered.rows()


def _text_of(data: bytes | str) -> str:
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(f"cannot read probe results: no UTF-8 in line {line}", "save the file as UTF-8") from None


def _columns(names: list[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in names]
    column = {name: index for index, name in enumerate(names)}
    if repeated := [name for name in COLUMNS if names.count(name) > 1]:
        raise BadInput(f"cannot read probe results: column {', '.join(repeated)} is there twice", "name every column once")
    missing = [name for name in REQUIRED if name not in column]
    if missing:
        raise BadInput(f"cannot read probe results: no column {', '.join(missing)}", f"the first line must name {', '.join(REQUIRED)}")
    return column


class _Gathered:
    def __init__(self) -> None:
        self._names: dict[ProbeName, int] = {}
        self._rows: list[tuple[int, int, bool, int, int]] = []
        self._details: list[details.Detail] = []
        self._lines = 0
        self._refused: dict[str, int] = {}
        self._first: dict[str, int] = {}

    def add(self, number: int, fields: list[str], column: dict[str, int]) -> None:
        """Add one row or count why not."""
        self._lines += 1
        try:
            detail = _detail(fields, column)
            self._rows.append(self._row(fields, column))
            self._details.append(detail)
        except _Refused as refused:
            reason = str(refused)
            self._refused[reason] = self._refused.get(reason, 0) + 1
            self._first.setdefault(reason, number)

    def _row(self, fields: list[str], column: dict[str, int]) -> tuple[int, int, bool, int, int]:
        if len(fields) <= max(column[name] for name in REQUIRED):
            raise _Refused("missing_field")
        checked_at, service, state, status, response = (fields[column[name]].strip() for name in REQUIRED)
        menu = _optional(fields, column, "menu")
        if not service or len(service) > FIELD_LENGTH_MAX or len(menu) > FIELD_LENGTH_MAX:
            raise _Refused("bad_service")
        values = _time_ms(checked_at), _ok(state), _status(status), _duration_us(response)
        return self._names.setdefault(ProbeName(service, menu), len(self._names)), *values

    def rows(self) -> ProbeRows:
        """Return everything gathered."""
        table = np.array(self._rows, np.int64).reshape(len(self._rows), 5)
        return ProbeRows(
            name_index=table[:, 0].astype(np.int32),
            checked_ms=np.maximum(table[:, 1], 1),  # 0 would stand for a time that is not known, and a check has to have one
            ok=table[:, 2].astype(np.bool_),
            status=table[:, 3].astype(np.int16),
            duration_us=table[:, 4].copy(),
            names=tuple(self._names),
            lines_read=self._lines,
            refused=self._refused,
            first_refused_line=self._first,
            details=details.gather(self._details) if any(detail != NO_DETAIL for detail in self._details) else None,
        )


def _optional(fields: list[str], column: dict[str, int], name: str) -> str:
    at = column.get(name, len(fields))
    return fields[at].strip() if at < len(fields) else ""


def _detail(fields: list[str], column: dict[str, int]) -> details.Detail:
    try:
        return details.read_detail([_optional(fields, column, name) for name in details.COLUMNS])
    except (ValueError, OverflowError):
        raise _Refused("bad_detail") from None


class _Refused(Exception):
    """A row that cannot be used; the message is the reason."""


def _time_ms(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _Refused("bad_checked_at") from None
    if moment.tzinfo is None or moment.year < 1970:
        raise _Refused("bad_checked_at")
    return round(moment.timestamp() * 1000)


def _ok(text: str) -> bool:
    state = text.lower()
    if state not in UP_STATES and state not in DOWN_STATES:
        raise _Refused("bad_state")
    return state in UP_STATES


def _status(text: str) -> int:
    if text and not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= _STATUS_MAX):
        raise _Refused("bad_http_status")
    return int(text or NO_STATUS)


def _duration_us(text: str) -> int:
    if not text:
        return NO_DURATION
    try:
        duration_us = float(text) * 1000
    except ValueError:
        raise _Refused("bad_response_ms") from None
    if not 0 <= duration_us <= DURATION_US_LIMIT:
        raise _Refused("bad_response_ms")
    return round(duration_us)
