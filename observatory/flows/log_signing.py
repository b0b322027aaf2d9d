"""Sign one checkpoint of the log, and note it beside the key before anybody sees it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from observatory.flows.log_checking import entries_from
from observatory.flows.log_signers import log_origin, log_signers
from observatory.flows.signing_keys import SigningKeys
from observatory.store.head_note import KeptHead, read_head_note, write_head_note
from observatory.store.opening import FolderKeys
from observatory.store.register import RegisterStore
from observatory.transparency.chain import Break
from observatory.transparency.checkpoint import Checkpoint, SignedCheckpoint
from observatory.transparency.note import NoteSigner, signed_note

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LogState:
    """What can be said of the log just now."""

    checkpoint: SignedCheckpoint | None
    """The newest that was signed; None before the first."""
    broken: Break | None = None
    """Why nothing later is signed."""

    @property
    def size(self) -> int:
        """How many entries are signed."""
        return self.checkpoint.size if self.checkpoint is not None else 0


class CheckpointSigner:
    """The keys of one log, and the note of what they signed last."""

    def __init__(self, register: RegisterStore, keys: FolderKeys, note: Path, host: str) -> None:
        self._register = register
        self._keys = SigningKeys(register, keys)
        self._note = note
        self._host = host

    def signers(self, now: datetime) -> tuple[NoteSigner, ...]:
        """Return the keys that sign, newest first. Raises BadSettings where their key is not here."""
        seeds = self._keys.live(now)
        if not seeds:
            self._keys.make_first(now)
            seeds = self._keys.live(now)
        return log_signers(seeds, log_origin(self._register, seeds, self._host))

    def kept(self) -> KeptHead | None:
        """Return what was signed last, None before the first. Raises BadSettings if its note was damaged or changed."""
        return read_head_note(self._note)

    def sign(self, head: tuple[int, bytes], before: SignedCheckpoint | None, now: datetime) -> SignedCheckpoint | None:
        """Return size and root signed and noted, and tell what came since before; None if the note cannot be written."""
        signers = self.signers(now)
        checkpoint = Checkpoint(signers[0].key.name, *head)
        newest = SignedCheckpoint(signed_note(checkpoint.text, signers), checkpoint, now.replace(microsecond=0))
        try:
            write_head_note(self._note, newest, signers[0].key)
        except OSError as error:
            log.error("checkpoint of the log cannot be noted", reason=(error.strerror or str(error)).lower())  # noqa: TRY400
            return None
        for entry in entries_from(self._register, before.size) if before is not None else ():
            log.info("log entry", index=entry.index, kind=entry.kind)
        log.info("log checkpoint", size=newest.size, root=newest.root.hex())
        return newest
