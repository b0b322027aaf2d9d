"""Decide whether a witness signs a checkpoint, from a request and what it signed before (C2SP tlog-witness).

A witness signs only what continues the last checkpoint it signed of the same log, so no two people are shown two logs.
"""

import base64
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from observatory.errors import BadInput
from observatory.transparency.checkpoint import Checkpoint, read_hash
from observatory.transparency.merkle import EMPTY_ROOT, PROOF_HASHES_MAX, is_consistent
from observatory.transparency.note import NOTE_BYTES_MAX, Note, NoteKey

REQUEST_BYTES_MAX = NOTE_BYTES_MAX + 8192
OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)
SIZE_TYPE = "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class WitnessRequest:
    """What a log asks a witness to sign."""

    old_size: int
    """Of the checkpoint that the log believes the witness signed last."""
    proof: tuple[bytes, ...]
    note: Note

    @property
    def content(self) -> bytes:
        """As it is sent."""
        hashes = "".join(f"{base64.b64encode(each).decode()}\n" for each in self.proof)
        return f"old {self.old_size}\n{hashes}\n".encode() + self.note.content

    @classmethod
    def parse(cls, content: bytes) -> "WitnessRequest":
        """Return what was sent. Raises BadInput."""
        head, gap, note = content.partition(b"\n\n")
        first, *lines = head.decode(errors="replace").split("\n")
        old, path = OLD.fullmatch(first), [read_hash(line) for line in lines]
        proof = tuple(each for each in path if each is not None)
        if len(content) > REQUEST_BYTES_MAX or not gap or old is None or len(proof) != len(path) or len(path) > PROOF_HASHES_MAX:
            raise BadInput("cannot read the request", "it has the old size, hashes in base64, an empty line and a checkpoint")
        return cls(int(old[1]), proof, Note.parse(note))


@dataclass(frozen=True, slots=True)
class Decision:
    """What a witness does about a request."""

    status: HTTPStatus
    body: str = ""
    signs: Checkpoint | None = None
    """What it signs, once it has written down that it did."""


def decide(request: WitnessRequest, logs: Mapping[str, Sequence[NoteKey]], last: Checkpoint | None) -> Decision:
    """Decide about a request; `logs` are the keys by origin, `last` what was signed of this log before."""
    asked = Checkpoint.parse(request.note.text)
    if asked.origin not in logs:
        return Decision(HTTPStatus.NOT_FOUND, "this log is unknown here\n")
    if not request.note.is_signed_by_any(logs[asked.origin]):
        return Decision(HTTPStatus.FORBIDDEN, "no key of this log has signed the checkpoint\n")
    if request.old_size > asked.size:
        return Decision(HTTPStatus.BAD_REQUEST, "the old size is beyond the checkpoint\n")
    size, root = (last.size, last.root) if last is not None else (0, EMPTY_ROOT)
    if request.old_size != size or (asked.size == size and not hmac.compare_digest(asked.root, root)):
        return Decision(HTTPStatus.CONFLICT, f"{size}\n")
    if not is_consistent(size, asked.size, root, asked.root, request.proof):
        return Decision(HTTPStatus.UNPROCESSABLE_ENTITY, "the proof does not lead from the last checkpoint to this one\n")
    return Decision(HTTPStatus.OK, signs=asked)


def origin_of(request: WitnessRequest) -> str:
    """Return of which log a request speaks. Raises BadInput."""
    return Checkpoint.parse(request.note.text).origin
