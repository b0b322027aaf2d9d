"""Turn a JSON array of probe results into ProbeRows: the same columns and rules as in a CSV file."""

import csv
import json
from io import StringIO

import msgspec

from observatory.decode.probes.csv import COLUMNS, decode_rows
from observatory.errors import BadTelemetry
from observatory.model.columns import ProbeRows

HINT = 'send [{"checked_at": "2026-11-20T03:00:00Z", "service": "ID", "state": "up", "http_status": 200, "response_ms": 120}]'
Scalar = str | int | float | bool | None


class _Check(msgspec.Struct):
    """One result; members of other names are ignored."""

    checked_at: str
    service: str
    state: str | bool
    http_status: int | str | None = None
    response_ms: float | str | None = None
    menu: str = ""
    trace_id: str = ""
    outcome: str = ""
    certificate_ends_at: str | None = None


_decoder = msgspec.json.Decoder(list[_Check])


def decode_json(data: bytes) -> ProbeRows:
    """Return the results in a JSON array; the first one counts as line 1. Raises BadTelemetry for anything else.

    Also for a member that is named twice: one reader would take the first, another the last (RFC 8259 section 4).
    """
    try:
        checks = _decoder.decode(data)
        json.loads(data.decode(), object_pairs_hook=_refuse_repeated)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadTelemetry(f"cannot decode probe results: {error}", HINT) from None
    except ValueError:  # of what msgspec passes over: text that is no UTF-8, numbers without end
        raise BadTelemetry("cannot decode probe results: it is no JSON in UTF-8", HINT) from None
    text = StringIO(newline="")
    writer = csv.writer(text)
    for check in checks:
        writer.writerow([_field(getattr(check, name)) for name in COLUMNS])
    return decode_rows(text.getvalue(), header=",".join(COLUMNS))


def _refuse_repeated(members: list[tuple[str, object]]) -> None:
    names = [name for name, _ in members]
    if len(set(names)) < len(names):
        raise BadTelemetry("cannot decode probe results: a member is named twice in one object", "name every member once")


def _field(value: Scalar) -> str:
    if value is None:
        return ""
    # A line break would end the row before its time; no column has one.
    return str(value).replace("\r", " ").replace("\n", " ")
