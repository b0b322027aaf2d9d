"""Sign the head of the growing log, but only if it continues what was signed before.

the newest head (`LogBook.head`) -> every entry up to it, checked and held against the head that was signed last (`check_log`) ->
signed, noted beside the key -> published. A log that was rewritten, cut or put back is never signed again.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from observatory.errors import BadSettings
from observatory.flows.log_checking import check_log, entries_from, head_of
from observatory.store.head_note import read_head_note, write_head_note
from observatory.store.opening import FolderKeys
from observatory.store.register import RegisterStore
from observatory.transparency.chain import Break
from observatory.transparency.signed_head import SignedHead, sign_head

LOOKED_AGAIN_AFTER = timedelta(minutes=1)
"""How often a log is read again though nobody appended to it."""
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

    def __init__(self, register: RegisterStore, keys: FolderKeys, note: Path) -> None:
        self._register = register
        self._root = keys.outside or keys.secret
        self._note = note
        self._state: LogState | None = None
        self._looked_at: tuple[datetime, tuple[int, bytes]] | None = None
        self._lock = threading.Lock()

    def look(self, now: datetime) -> LogState:
        """Return how the log stands, its newest head signed if it continues the one before. Raises Overloaded.

        The whole of it is read again whenever it grew, and every minute: who rewrites it beside a running server is found out.
        """
        with self._lock:
            head = head_of(self._register)
            looked = self._looked_at
            if self._state is None or looked is None or looked[1] != head or abs(now - looked[0]) >= LOOKED_AGAIN_AFTER:
                head, self._state = self._continued(now)
                self._looked_at = now, head
            return self._state

    def _continued(self, now: datetime) -> tuple[tuple[int, bytes], LogState]:
        """Sign a head that continues the one that was signed last; return it with how the log stands."""
        signed = None
        try:
            signed = self._signed()
        except BadSettings as error:
            head = head_of(self._register)
            broken: Break | None = Break(head[0], f"cannot be held against what was signed before: {error.message}")
        else:
            report = check_log(self._register, [(signed.size, signed.hash)] if signed is not None else ())
            head, broken = (report.size, report.newest_hash), report.broken
        if broken is not None:
            if self._state is None or self._state.broken != broken:
                log.critical("log is not signed", index=broken.index, reason=broken.reason)
            return head, LogState(signed, broken)
        if signed is not None and (signed.size, signed.hash) == head and abs(now - signed.signed_at) < SIGNED_AGAIN_AFTER:
            return head, LogState(signed)
        return head, self._sign(head, signed, now)

    def _signed(self) -> SignedHead | None:
        """Return the head that was signed last, by this process or one before. Raises BadSettings."""
        if self._state is not None and self._state.broken is None and self._state.signed is not None:
            return self._state.signed
        return read_head_note(self._note)

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
