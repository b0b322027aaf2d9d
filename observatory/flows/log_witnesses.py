"""Keep what witnesses have signed of the log, and say up to where those have who must."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from observatory.errors import BadInput
from observatory.flows.log_heads import departs_from
from observatory.flows.log_signers import log_origin, log_signers
from observatory.flows.signing_keys import SigningKeys
from observatory.store.opening import FolderKeys
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


def witnessed_of_folder(register: RegisterStore, keys: FolderKeys, policy: Policy | None, size: int, now: datetime) -> int | None:
    """Return how much of a log those have cosigned who must, for whoever looks beside its server; None if nobody asks for witnesses."""
    if policy is None or not policy.asks_for_witnesses:
        return None
    seeds = SigningKeys(register, keys).live(now)
    signers = log_signers(seeds, log_origin(register, seeds, "")) if seeds else ()
    return NewestWitnessed(register, policy).up_to(size, signers)[0]


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
