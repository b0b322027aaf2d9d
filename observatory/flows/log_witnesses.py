"""Keep what witnesses have signed of the log, and say up to where those have who must."""

from collections.abc import Iterable, Sequence

from observatory.errors import BadInput
from observatory.flows.log_heads import departs_from
from observatory.store.register import RegisterStore
from observatory.transparency.checkpoint import Checkpoint, SignedCheckpoint
from observatory.transparency.note import Note, NoteSigner
from observatory.transparency.policy import Policy

CHECKPOINTS_KEPT = 1000
"""Sizes of which cosignatures are kept."""
CHECKPOINTS_LOOKED_AT = 20
"""Of the newest of them, for one that is witnessed."""


class NewestWitnessed:
    """Which checkpoints of a log are witnessed, by a policy. Any number of threads at once."""

    def __init__(self, register: RegisterStore, policy: Policy | None) -> None:
        self._register = register
        self._policy = policy

    def up_to(self, size: int, signers: Sequence[NoteSigner]) -> tuple[int, bytes]:
        """Return the newest size up to this one that those have cosigned who must, with its note; 0 and nothing without one."""
        if self._policy is None:
            return 0, b""
        keys = [signer.key for signer in signers]
        with self._register.look() as books:
            for kept_size, content in books.checkpoints.newest(CHECKPOINTS_LOOKED_AT):
                note = read_note(content)
                if kept_size > size or note is None or not self._policy.is_met(note) or not note.is_signed_by_any(keys):
                    continue
                said = Checkpoint.parse(note.text)
                if said.size == kept_size and departs_from(books, (said.size, said.root)) is None:
                    return kept_size, content
        return 0, b""

    def with_cosignatures(self, signed: SignedCheckpoint) -> bytes:
        """Return the note of a checkpoint with all cosignatures there are."""
        with self._register.look() as books:
            kept = dict(books.checkpoints.newest(CHECKPOINTS_LOOKED_AT)).get(signed.size)
        return joined(signed.content, kept)


def keep_cosignatures(register: RegisterStore, signed: SignedCheckpoint, lines: Iterable[str]) -> None:
    """Keep cosignatures of a checkpoint, each verified before, beside those that are kept of it."""
    with register.change() as books:
        kept = dict(books.checkpoints.newest(CHECKPOINTS_KEPT)).get(signed.size)
        note = joined(joined(signed.content, signed.checkpoint.text + b"\n" + "".join(lines).encode()), kept)
        books.checkpoints.keep(signed.size, note, CHECKPOINTS_KEPT)


def joined(content: bytes, other: bytes | None) -> bytes:
    """Return a note with the signatures of another of the same text that no key has made on it yet."""
    note, more = Note.parse(content), read_note(other) if other is not None else None
    if more is None or more.text != note.text:
        return content
    known = {(each.name, each.key_id) for each in note.signatures}
    return Note(note.text, (*note.signatures, *(each for each in more.signatures if (each.name, each.key_id) not in known))).content


def read_note(content: bytes) -> Note | None:
    """Return a note as kept, None if somebody has damaged it."""
    try:
        return Note.parse(content)
    except BadInput:
        return None
