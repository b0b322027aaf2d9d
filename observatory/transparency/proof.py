"""Write and read the proof that a leaf stands in the log (C2SP tlog-proof), and hold it against keys and witnesses."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from observatory.errors import BadInput
from observatory.transparency.checkpoint import Checkpoint, open_checkpoint, read_hash
from observatory.transparency.merkle import PROOF_HASHES_MAX, is_included
from observatory.transparency.note import NOTE_BYTES_MAX, NoteKey

FIRST_LINE = "c2sp.org/tlog-proof@v1"
INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class LogProof:
    """The way from one leaf to the root of a signed checkpoint."""

    index: int
    leaf_hash: bytes
    """Not part of the text: who verifies makes it of the leaf they have."""
    path: tuple[bytes, ...]
    checkpoint: bytes
    """The signed note, with all cosignatures there are."""

    @property
    def text(self) -> str:
        """The proof as a file."""
        hashes = "".join(f"{base64.b64encode(each).decode()}\n" for each in self.path)
        return f"{FIRST_LINE}\nindex {self.index}\n{hashes}\n{self.checkpoint.decode()}"


def read_proof(text: str, leaf_hash: bytes) -> LogProof:
    """Return what a file says of a leaf, not yet verified. Raises BadInput."""
    head, gap, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    index = INDEX.fullmatch(lines[1]) if len(lines) > 1 else None
    path = [read_hash(line) for line in lines[2:]]
    hashes = tuple(each for each in path if each is not None)
    if not gap or lines[0] != FIRST_LINE or index is None or len(hashes) != len(path) or len(path) > PROOF_HASHES_MAX:
        raise BadInput("cannot read a proof", f"it begins with {FIRST_LINE}, an index, and hashes in base64")
    if len(checkpoint) > NOTE_BYTES_MAX:
        raise BadInput("cannot read a proof", "its checkpoint is too long")
    return LogProof(int(index[1]), leaf_hash, hashes, checkpoint.encode())


def check_proof(proof: LogProof, keys: Sequence[NoteKey]) -> Checkpoint:
    """Return the checkpoint that a proof leads to, signed by one of these keys. Raises BadInput if it proves nothing.

    Who has to have cosigned it, a policy says (`policy.Policy.is_met`).
    """
    found = open_checkpoint(proof.checkpoint, keys)
    if not is_included(proof.index, found.size, proof.leaf_hash, proof.path, found.root):
        raise BadInput("cannot trust a proof: it does not lead from this leaf to the root", "check that leaf and proof belong together")
    return found
