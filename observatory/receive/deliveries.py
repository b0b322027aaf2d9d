"""Share between the doors for lines how a file's position comes with a body, and what is answered."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from flask import Response

from observatory.errors import BadInput, NotAllowed
from observatory.flows.submitting import duplicate_key
from observatory.flows.token_use import TokenUse
from observatory.model.columns import DecodedLines, ProbeRows, RequestColumns
from observatory.model.delivery import FILE_HEADER, OFFSET_HEADER, Delivery, ImportPosition, Receipt, Sender
from observatory.parts import Parts
from observatory.receive.import_report import LinesAnswer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

FILE_ID_BYTES = 32
OFFSET_DIGITS_MAX = 18
_FILE_VARIABLE, _OFFSET_VARIABLE = (f"HTTP_{name.upper().replace('-', '_')}" for name in (FILE_HEADER, OFFSET_HEADER))


def delivery_of(environ: "WSGIEnvironment", sender: Sender, door: str, body: bytes, found: Parts) -> Delivery:
    """Return how this body came: as a part of a file on this host, or by itself.

    A place of checks of the operator's numbers what it sends in the same way, so that each counts once however late it is sent again.
    Raises NotAllowed for a position from anybody else, BadInput for one that makes no sense, and QuotaSpent where the sender has
    sent enough for today.
    """
    received_at = found.now()
    if not sender.backfill:
        found.get(TokenUse).take(sender.name, len(body), received_at)
    file_id, offset = environ.get(_FILE_VARIABLE), environ.get(_OFFSET_VARIABLE)
    if file_id is None and offset is None:
        return Delivery(sender, received_at, duplicate_key(sender, door, body), body_bytes=len(body))
    if not (sender.backfill or sender.vantage):
        raise NotAllowed("cannot continue a file: only import commands on this host may", f"leave out {FILE_HEADER}")
    try:
        position = ImportPosition(bytes.fromhex(file_id or ""), _offset(offset or ""))
    except ValueError:
        raise BadInput("cannot read the position in the file", f"send {FILE_HEADER} in hex and {OFFSET_HEADER} as a number") from None
    if len(position.file_id) != FILE_ID_BYTES:
        raise BadInput(f"cannot use a file identity of {len(position.file_id)} bytes", f"send {FILE_ID_BYTES} bytes in hex")
    if sender.vantage:
        position = replace(position, file_id=hashlib.sha256(sender.name.encode() + position.file_id).digest())
    return Delivery(sender, received_at, position=position, body_bytes=len(body))


def _offset(digits: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) <= OFFSET_DIGITS_MAX):
        raise ValueError(digits)
    return int(digits)


def answer_of_log(receipt: Receipt, decoded: DecodedLines) -> LinesAnswer:
    """Return what became of the lines of an access log."""
    return _answer(receipt, decoded.lines_read, decoded.refused, decoded.first_refused_line, status_counts(decoded.columns))


def answer_of_probes(receipt: Receipt, rows: ProbeRows) -> LinesAnswer:
    """Return what became of a table of probe results."""
    up = int(rows.ok.sum())
    kinds = {state: count for state, count in (("up", up), ("down", len(rows) - up)) if count}
    return _answer(receipt, rows.lines_read, rows.refused, rows.first_refused_line, kinds)


def answer_of_records(receipt: Receipt, columns: RequestColumns) -> LinesAnswer:
    """Return what became of OTLP records that are a part of a file; they count as lines."""
    lines_read = receipt.accepted + sum(receipt.rejected.values()) + receipt.skipped
    return _answer(receipt, lines_read, {}, {}, status_counts(columns))


def status_counts(columns: RequestColumns) -> dict[str, int]:
    """Return how many records report each HTTP status."""
    statuses, counts = np.unique(columns.status, return_counts=True)
    return {str(status): count for status, count in zip(statuses.tolist(), counts.tolist(), strict=True)}


def _answer(
    receipt: Receipt,
    lines_read: int,
    refused: Mapping[str, int],
    first_refused_line: Mapping[str, int],
    kinds: dict[str, int],
) -> LinesAnswer:
    return LinesAnswer(
        lines_read=lines_read,
        accepted=receipt.accepted,
        duplicate=receipt.duplicate,
        clamped=receipt.clamped,
        skipped=receipt.skipped,
        excluded=receipt.excluded,
        kinds=kinds,
        rejected=dict(receipt.rejected),
        refused=dict(refused),
        first_refused_line=dict(first_refused_line),
    )


def respond(answer: LinesAnswer) -> Response:
    """Return an answer as JSON."""
    return Response(msgspec.json.encode(answer), 200, content_type="application/json")
