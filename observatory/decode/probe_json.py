"""Probe results as a JSON array of objects come in, ProbeRows go out: the same columns and rules as in a CSV file."""

import csv
from io import StringIO

import msgspec

from observatory.decode.probe_result import REQUIRED, decode_rows
from observatory.errors import BadTelemetry
from observatory.model.columns import ProbeRows

COLUMNS = (*REQUIRED, "menu")
Scalar = str | int | float | bool | None


class _Check(msgspec.Struct):
    """One result; members of other names are ignored."""

    checked_at: str
    service: str
    state: str | bool
    http_status: int | str | None = None
    response_ms: float | str | None = None
    menu: str = ""


_decoder = msgspec.json.Decoder(list[_Check])


def decode_json(data: bytes) -> ProbeRows:
    """Return the results in a JSON array; the first one counts as line 1. Raises BadTelemetry for anything else."""
    try:
        checks = _decoder.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        hint = 'send [{"checked_at": "2026-11-20T03:00:00Z", "service": "ID", "state": "up", "http_status": 200, "response_ms": 120}]'
        raise BadTelemetry(f"cannot decode probe results: {error}", hint) from None
    text = StringIO(newline="")
    writer = csv.writer(text)
    for check in checks:
        writer.writerow([_field(getattr(check, name)) for name in COLUMNS])
    return decode_rows(text.getvalue(), header=",".join(COLUMNS))


def _field(value: Scalar) -> str:
    if value is None:
        return ""
    # A line break would end the row before its time; no column has one.
    return str(value).replace("\r", " ").replace("\n", " ")
