"""What the doors for lines (access logs, probe results) share: how a file's position comes with a body, and what is answered."""

import msgspec
from flask import Request, Response

from observatory.errors import BadInput, NotAllowed
from observatory.store.interface import ImportPosition
from observatory.telemetry_flow import Delivery, Receipt, Sender, duplicate_key
from observatory.web.context import Parts

FILE_HEADER = "X-Observatory-Import-File"
"""Identity of the file a body is a part of: 64 hex digits."""
OFFSET_HEADER = "X-Observatory-Import-Offset"
"""How many bytes of that file are stored once this body is."""
FILE_ID_BYTES = 32
OFFSET_DIGITS_MAX = 18


class LinesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the lines of one body; the answer of a door as JSON."""

    lines_read: int
    accepted: int
    duplicate: bool
    """The body was stored before: nothing of it is counted again."""
    clamped: int
    """Accepted, but dated in the future: counted at the time of receipt."""
    rejected: dict[str, int]
    """Records nobody may count, by reason."""
    refused: dict[str, int]
    """Lines that cannot be understood, by reason."""
    first_refused_line: dict[str, int]
    """Number of the first such line of the body, by reason; 1 is the first line."""


def delivery_of(request: Request, sender: Sender, door: str, body: bytes, found: Parts) -> Delivery:
    """Return how this body came: as a part of a file on this host, or by itself.

    Raises NotAllowed for a position from anybody but the folder's own commands, BadInput for one that makes no sense.
    """
    file_id, offset = request.headers.get(FILE_HEADER), request.headers.get(OFFSET_HEADER)
    if file_id is None and offset is None:
        return Delivery(sender, found.now(), duplicate_key(sender, door, body), body_bytes=len(body))
    if not sender.backfill:
        raise NotAllowed("cannot continue a file: only import commands on this host may", f"leave out {FILE_HEADER}")
    try:
        position = ImportPosition(bytes.fromhex(file_id or ""), _offset(offset or ""))
    except ValueError:
        raise BadInput("cannot read the position in the file", f"send {FILE_HEADER} in hex and {OFFSET_HEADER} as a number") from None
    if len(position.file_id) != FILE_ID_BYTES:
        raise BadInput(f"cannot use a file identity of {len(position.file_id)} bytes", f"send {FILE_ID_BYTES} bytes in hex")
    return Delivery(sender, found.now(), position=position, body_bytes=len(body))


def _offset(digits: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) <= OFFSET_DIGITS_MAX):
        raise ValueError(digits)
    return int(digits)


def answer_of(receipt: Receipt, lines_read: int, refused: dict[str, int], first_refused_line: dict[str, int]) -> LinesAnswer:
    """Return what became of a body of lines."""
    return LinesAnswer(
        lines_read=lines_read,
        accepted=receipt.accepted,
        duplicate=receipt.duplicate,
        clamped=receipt.clamped,
        rejected=dict(receipt.rejected),
        refused=refused,
        first_refused_line=first_refused_line,
    )


def respond(answer: LinesAnswer) -> Response:
    """Return an answer as JSON."""
    return Response(msgspec.json.encode(answer), 200, content_type="application/json")
