"""Sign the head of the growing log, but only if it continues what was signed before.

the newest head (`LogRegister.log_head`) -> the entries since the head that was signed last, checked (`first_broken`) -> signed, noted
beside the key -> published. A log that was rewritten, cut or put back is never signed again.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from observatory.errors import BadSettings
from observatory.flows.log_checking import departs_from, entries_from
from observatory.store.head_note import read_head_note, write_head_note
from observatory.store.opening import FolderKeys
from observatory.store.register import LogRegister
from observatory.transparency.chain import GENESIS, Break, first_broken
from observatory.transparency.signed_head import SignedHead, sign_head

LOOKED_AGAIN_AFTER = timedelta(minutes=1)
"""How often a log that is not what was signed is looked at again, though nobody appended to it."""
SIGNED_AGAIN_AFTER = timedelta(hours=1)
"""A log that does not grow is signed anew this often, so that its reader can tell that it is watched."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LogState:
    """What can be said of the log just now."""

    signed: SignedHead | None
    """The newest head that was signed; None before the first."""
    broken: Break | None = None
    """Why nothing later is signed."""


class SignedLog:
    """Signs the heads of one log. Any number of threads at once; one process for each key."""

    def __init__(self, register: LogRegister, keys: FolderKeys, note: Path) -> None:
        self._register = register
        self._root = keys.outside or keys.secret
        self._note = note
        self._state: LogState | None = None
        self._looked_at: tuple[datetime, tuple[int, bytes]] | None = None
        self._lock = threading.Lock()

    def look(self, now: datetime) -> LogState:
        """Return how the log stands, its newest head signed if it continues the one before. Raises Overloaded and BadSettings."""
        with self._lock:
            head = self._register.log_head()
            if self._state is None or self._is_due(head, now):
                self._state = self._continued(head, now)
                self._looked_at = now, head
            return self._state

    def _is_due(self, head: tuple[int, bytes], now: datetime) -> bool:
        assert self._state is not None
        assert self._looked_at is not None
        (looked_at, seen), signed = self._looked_at, self._state.signed
        settled = self._state.broken is None and signed is not None and (signed.size, signed.hash) == head
        return seen != head or abs(now - looked_at) >= (SIGNED_AGAIN_AFTER if settled else LOOKED_AGAIN_AFTER)

    def _continued(self, head: tuple[int, bytes], now: datetime) -> LogState:
        """Sign a head that continues the one that was signed last; what was checked before is not read again."""
        checked = self._state is not None and self._state.broken is None
        try:
            signed = self._state.signed if checked and self._state is not None else read_head_note(self._note)
        except BadSettings as error:
            broken: Break | None = Break(head[0], f"cannot be held against what was signed before: {error.message}")
            signed = None
        else:
            broken = _flaw(self._register, head, signed, checked=checked)
        if broken is not None:
            log.critical("log is not signed", index=broken.index, reason=broken.reason)
            return LogState(signed, broken)
        return self._sign(head, signed, now)

    def _sign(self, head: tuple[int, bytes], signed: SignedHead | None, now: datetime) -> LogState:
        newest = sign_head(self._root, *head, now.replace(microsecond=0))
        try:
            write_head_note(self._note, newest)
        except OSError as error:
            log.error("head of the log cannot be noted", reason=(error.strerror or str(error)).lower())  # noqa: TRY400
            return LogState(signed)
        for entry in entries_from(self._register, signed.size) if signed is not None else ():
            log.info("log entry", index=entry.index, kind=entry.kind)
        log.info("log head", size=newest.size, hash=newest.hash.hex())
        return LogState(newest)


def _flaw(register: LogRegister, head: tuple[int, bytes], signed: SignedHead | None, *, checked: bool) -> Break | None:
    """Return where the log does not continue what was signed; unless that was checked before, the whole of it is read."""
    known = (signed.size, signed.hash) if signed is not None else (0, GENESIS)
    if broken := departs_from(register, known):
        return broken
    return first_broken(entries_from(register, known[0]), head, known) if checked else first_broken(entries_from(register, 0), head)
