"""FLOW 3. The log grows, and its head comes out signed: only if it continues what was signed before.

the newest head (`LogBook.head`) -> the entries since the head that was signed last, checked (`first_broken`) -> signed, noted
beside the key -> published. A log that was rewritten, cut or put back is never signed again.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path

import structlog

from observatory.errors import BadSettings
from observatory.model.signoff import LogEntry
from observatory.store.head_note import read_head_note, write_head_note
from observatory.store.opening import FolderKeys
from observatory.store.register import RegisterStore
from observatory.transparency.chain import GENESIS, Break, first_broken
from observatory.transparency.signed_head import SignedHead, sign_head

ENTRIES_AT_ONCE = 1000
LOOKED_AGAIN_AFTER = timedelta(minutes=1)
"""How often a log is read again though nobody appended to it."""
SIGNED_AGAIN_AFTER = timedelta(hours=1)
"""A log that does not grow is signed anew this often, so that its reader can tell that it is watched."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LogStanding:
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
        self._standing: LogStanding | None = None
        self._looked_at: tuple[datetime, tuple[int, bytes]] | None = None
        self._lock = threading.Lock()

    def look(self, now: datetime) -> LogStanding:
        """Return how the log stands, its newest head signed if it continues the one before. Raises Overloaded.

        The whole of it is read again whenever it grew, and every minute: who rewrites it beside a running server is found out.
        """
        with self._lock:
            head = head_of(self._register)
            looked = self._looked_at
            if self._standing is None or looked is None or looked[1] != head or abs(now - looked[0]) >= LOOKED_AGAIN_AFTER:
                head, self._standing = self._continued(now)
                self._looked_at = now, head
            return self._standing

    def _continued(self, now: datetime) -> tuple[tuple[int, bytes], LogStanding]:
        """Sign a head that continues the one that was signed last; return it with how the log stands."""
        signed = None
        try:
            signed = self._signed()
        except BadSettings as error:
            head = head_of(self._register)
            broken: Break | None = Break(head[0], f"cannot be held against what was signed before: {error.message}")
        else:
            head, broken = _checked(self._register, signed)
        if broken is not None:
            if self._standing is None or self._standing.broken != broken:
                log.critical("log is not signed", index=broken.index, reason=broken.reason)
            return head, LogStanding(signed, broken)
        if signed is not None and (signed.size, signed.hash) == head and abs(now - signed.signed_at) < SIGNED_AGAIN_AFTER:
            return head, LogStanding(signed)
        return head, self._sign(head, signed, now)

    def _signed(self) -> SignedHead | None:
        """Return the head that was signed last, by this process or one before. Raises BadSettings."""
        if self._standing is not None and self._standing.broken is None and self._standing.signed is not None:
            return self._standing.signed
        return read_head_note(self._note)

    def _sign(self, head: tuple[int, bytes], signed: SignedHead | None, now: datetime) -> LogStanding:
        newest = sign_head(self._root, *head, now.replace(microsecond=0))
        try:
            write_head_note(self._note, newest)
        except OSError as error:
            log.error("head of the log cannot be noted", reason=(error.strerror or str(error)).lower())  # noqa: TRY400
            return LogStanding(signed)
        for entry in entries_from(self._register, signed.size) if signed is not None else ():
            log.info("log entry", index=entry.index, kind=entry.kind)
        log.info("log head", size=newest.size, hash=newest.hash.hex())
        return LogStanding(newest)


def _checked(register: RegisterStore, signed: SignedHead | None) -> tuple[tuple[int, bytes], Break | None]:
    """Return the newest head, and where the log up to it is not what was appended or does not continue what was signed.

    Works beside others who append: what comes while it is read is not looked at.
    """
    known, head = (signed.size, signed.hash) if signed is not None else (0, GENESIS), head_of(register)
    up_to_head = takewhile(lambda entry: entry.index < head[0], entries_from(register, 0))
    broken = departs_from(register, known) or first_broken(up_to_head, head)
    if broken is None and next(entries_from(register, head[0]), None) is not None and head_of(register) == head:
        broken = Break(head[0], f"was not appended by the observatory: only {head[0]} entries were")
    return head, broken


def departs_from(register: RegisterStore, known: tuple[int, bytes]) -> Break | None:
    """Return where the log is not what it was when it had that size and newest hash, None if it goes on from there."""
    size, newest_hash = known
    if size == 0:
        return None if newest_hash == GENESIS else Break(0, "cannot have this hash: it is not that of an empty log")
    with register.look() as books:
        found, (appended, _) = books.log.entries(size - 1, 1), books.log.head()
    if not found or found[0].index != size - 1:
        return Break(appended, f"is missing: the log once had {size} entries")
    return None if found[0].hash == newest_hash else Break(size - 1, "is not what it was: its hash was another one")


def head_of(register: RegisterStore) -> tuple[int, bytes]:
    """Return how many entries were ever appended, and the newest hash."""
    with register.look() as books:
        return books.log.head()


def entries_of(register: RegisterStore, first: int, limit: int) -> list[LogEntry]:
    """Return at most `limit` entries from an index on."""
    with register.look() as books:
        return books.log.entries(first, limit)


def entries_from(register: RegisterStore, first: int) -> Iterator[LogEntry]:
    """Return all entries from an index on, read in pieces."""
    while page := entries_of(register, first, ENTRIES_AT_ONCE):
        yield from page
        first = page[-1].index + 1


CHECKS_MAX = 5
"""How often a log is read again because somebody appended to it meanwhile."""


@dataclass(frozen=True, slots=True)
class LogReport:
    """What checking the log found."""

    size: int
    """Entries that were ever appended."""
    newest_hash: bytes
    broken: Break | None


def check_log(register: RegisterStore, heads: Sequence[tuple[int, bytes]] = ()) -> LogReport:
    """Recompute the whole chain, and see that it goes on from earlier `heads` (size and newest hash) that somebody kept.

    Works beside a running server: what it appends meanwhile is read again.
    """
    for _ in range(CHECKS_MAX):
        head = head_of(register)
        broken = first_broken(entries_from(register, 0), head)
        if broken is None or head_of(register) == head:
            break
    broken = broken or next(filter(None, (departs_from(register, known) for known in heads)), None)
    return LogReport(size=head[0], newest_hash=head[1], broken=broken)
