"""Prove that an entry stands in the log: the way from its leaf to the root of a signed checkpoint."""

from observatory.errors import Conflict, NotFound, phrase
from observatory.store.register import RegisterStore
from observatory.transparency.checkpoint import Checkpoint
from observatory.transparency.merkle import inclusion_proof, is_included
from observatory.transparency.note import Note
from observatory.transparency.proof import LogProof


def prove(register: RegisterStore, index: int, note: bytes) -> LogProof:
    """Return the proof of an entry against a signed checkpoint, only if it holds. Raises NotFound, Conflict."""
    checkpoint = Checkpoint.parse(Note.parse(note).text)
    if index >= checkpoint.size:
        raise NotFound(
            phrase("cannot prove entry %(index)d of the log: it is not signed yet"), phrase("ask again in a moment"), index=index
        )
    with register.look() as books:
        leaf_hash, path = books.log.node(0, index), inclusion_proof(index, checkpoint.size, books.log.node)
    if not is_included(index, checkpoint.size, leaf_hash, path, checkpoint.root):
        raise Conflict(
            phrase("cannot prove entry %(index)d of the log: it was changed"), phrase("run: observatory check-log --full"), index=index
        )
    return LogProof(index, leaf_hash, tuple(path), note)
