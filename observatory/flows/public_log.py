"""Sign how the growing log stands, but only if it continues what was signed before, and prove what stands in it.

the newest size and root -> what is new is read, and a part of what is old (`log_watching`) -> held against the checkpoint that was
signed last -> signed and noted (`log_signing`) -> published. A log that was rewritten, cut or put back is never signed again.
"""

import threading
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from observatory.errors import BadSettings, NotFound, phrase
from observatory.flows.log_checking import tree_of
from observatory.flows.log_heads import departs_from
from observatory.flows.log_proofs import prove
from observatory.flows.log_signing import CheckpointSigner, LogState
from observatory.flows.log_watching import LogWatch
from observatory.flows.log_witnesses import NewestWitnessed
from observatory.store.head_note import KeptHead
from observatory.store.opening import FolderKeys
from observatory.store.register import RegisterStore
from observatory.transparency.chain import Break
from observatory.transparency.policy import Policy
from observatory.transparency.proof import LogProof

LOOKED_AGAIN_AFTER = timedelta(minutes=1)
"""How often a part of a log is read again though nobody appended to it."""
SIGNED_AGAIN_AFTER = timedelta(hours=1)
"""A log that does not grow is signed anew this often, so that its reader can tell that it is watched."""

log = structlog.get_logger(__name__)


class SignedLog:
    """Signs the checkpoints of one log. Any number of threads at once; one process for each key."""

    def __init__(self, register: RegisterStore, keys: FolderKeys, note: Path, host: str = "", policy: Policy | None = None) -> None:
        self.signer = CheckpointSigner(register, keys, note, host)
        self.policy = policy
        self._register = register
        self._witnessed = NewestWitnessed(register, policy)
        self._watch = LogWatch(register)
        self._state: LogState | None = None
        self._looked_at: tuple[datetime, tuple[int, bytes]] | None = None
        self._lock = threading.Lock()

    def look(self, now: datetime) -> LogState:
        """Return how the log stands, its newest size signed if it continues the one before. Raises Overloaded."""
        with self._lock:
            head = tree_of(self._register)
            looked = self._looked_at
            if self._state is None or looked is None or looked[1] != head or abs(now - looked[0]) >= LOOKED_AGAIN_AFTER:
                head, self._state = self._continued(now)
                self._looked_at = now, head
            return self._state

    def read_again(self, now: datetime, *, begin: bool = False) -> bool | None:
        """Read the next part of the log anew, or the first; True at the end of a sound round, None for a log that is broken."""
        self.look(now)
        with self._lock:
            state = self._state
            if state is None or state.broken is not None:
                return None
            broken, ended = self._watch.read_again(begin=begin)
            if broken is not None:
                self._state = self._told(LogState(state.checkpoint, broken))
        return None if broken is not None else ended

    def witnessed_size(self, now: datetime) -> int | None:
        """Return how many entries those have cosigned who must by the policy; None if none asks for witnesses."""
        if self.policy is None or not self.policy.asks_for_witnesses:
            return None
        return self._witnessed.up_to(self.look(now).size, self.signer.signers(now))[0]

    def proof(self, index: int, now: datetime) -> LogProof:
        """Return the proof that an entry stands in the log, from a witnessed checkpoint where one has it. Raises NotFound, Conflict."""
        size, note = self._witnessed.up_to(self.look(now).size, self.signer.signers(now))
        return prove(self._register, index, note if index < size else self.note(now))

    def note(self, now: datetime) -> bytes:
        """Return the newest checkpoint with the cosignatures there are. Raises NotFound before the first."""
        checkpoint = self.look(now).checkpoint
        if checkpoint is None:
            raise NotFound(phrase("cannot show the log: nothing of it is signed yet"), phrase("ask again in a moment"))
        return self._witnessed.with_cosignatures(checkpoint)

    def _continued(self, now: datetime) -> tuple[tuple[int, bytes], LogState]:
        """Sign what continues the checkpoint that was signed last; return size and root with how the log stands."""
        try:
            kept = self._kept()
        except BadSettings as error:
            head = tree_of(self._register)
            return head, self._told(LogState(None, Break(head[0], f"cannot be held against what was signed before: {error.message}")))
        signed = kept.signed if kept is not None else None
        with self._register.look() as books:
            departed = departs_from(books, kept.head) if kept is not None else None
            if departed is None and signed is not None and books.log.origin() != signed.checkpoint.origin:
                departed = Break(0, f"is of another log than was signed before: that was {signed.checkpoint.origin}")
        head, broken = self._watch.follow()
        if departed or broken:
            return head, self._told(LogState(signed, departed or broken))
        if signed is not None and (signed.size, signed.root) == head and abs(now - signed.signed_at) < SIGNED_AGAIN_AFTER:
            return head, LogState(signed)
        return head, LogState(self.signer.sign(head, signed, now) or signed)

    def _told(self, state: LogState) -> LogState:
        if state.broken is not None and (self._state is None or self._state.broken != state.broken):
            log.critical("log is not signed", index=state.broken.index, reason=state.broken.reason)
        return state

    def _kept(self) -> KeptHead | None:
        """Return what was signed last, by this process or one before. Raises BadSettings."""
        if self._state is not None and self._state.broken is None and (signed := self._state.checkpoint) is not None:
            return KeptHead((signed.size, signed.root), signed)
        return self.signer.kept()
