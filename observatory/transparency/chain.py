"""Find the first broken entry of the log: a chain of SHA-256 hashes over bytes, so that nothing in the middle changes unseen.

hash(n) = SHA-256(0x00 ‖ hash(n-1) ‖ index ‖ kind ‖ recorded_at ‖ body). 0x00 marks a leaf as in RFC 6962 section 2.1, the
index is 8 bytes, and each of the three last parts is preceded by its length in 8 bytes (all big-endian): no two
different entries are the same bytes. Before the first entry stands the hash of an empty log, SHA-256 of nothing.

! The chain alone cannot show that its newest entries were cut off; the head, kept beside it, does.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from observatory.model.signoff import LogEntry

LEAF_PREFIX = b"\x00"
GENESIS = hashlib.sha256(b"").digest()
"""The `previous_hash` of the first entry, and the head's hash of an empty log."""


@dataclass(frozen=True, slots=True)
class Break:
    """The first place at which the log is not what was appended."""

    index: int
    """Of the broken or missing entry."""
    reason: str
    """What is wrong with it, as the end of "entry 3 ..."."""


def entry_hash(previous_hash: bytes, index: int, kind: str, recorded_at: str, body: bytes) -> bytes:
    """Return the 32 bytes that stand for an entry and all before it; `recorded_at` as `recorded_text` writes it."""
    digest = hashlib.sha256(LEAF_PREFIX + previous_hash + index.to_bytes(8, "big"))
    for part in (kind.encode(), recorded_at.encode(), body):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def recorded_text(moment: datetime) -> str:
    """Return an aware moment as it is hashed and stored: UTC, always with microseconds, 2026-11-20T09:04:00.000000Z."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def is_unchanged(entry: LogEntry) -> bool:
    """Tell whether an entry's own parts match its hash; whether it is where it was appended, only the whole chain tells."""
    computed = entry_hash(entry.previous_hash, entry.index, entry.kind, recorded_text(entry.recorded_at), entry.body)
    return hmac.compare_digest(entry.hash, computed)


def first_broken(entries: Iterable[LogEntry], head: tuple[int, bytes]) -> Break | None:
    """Return the first entry that is not what was appended, or None if the whole log is sound.

    `entries` are all that is stored, in order, from index 0 on; `head` is the size and newest hash kept beside them.
    """
    previous_hash, expected_index = GENESIS, 0
    for entry in entries:
        reason = _flaw(entry, expected_index, previous_hash)
        if reason:
            return Break(expected_index, reason)
        previous_hash, expected_index = entry.hash, expected_index + 1
    return _missing_tail(expected_index, previous_hash, head)


def _flaw(entry: LogEntry, expected_index: int, previous_hash: bytes) -> str:
    if entry.index != expected_index:
        return f"is missing: the next one stored is entry {entry.index}"
    if not hmac.compare_digest(entry.previous_hash, previous_hash):
        return "does not follow from the one before it: its previous hash differs"
    if not is_unchanged(entry):
        return "was changed: its hash does not match its kind, time and body"
    return ""


def _missing_tail(count: int, newest_hash: bytes, head: tuple[int, bytes]) -> Break | None:
    size, head_hash = head
    if count < size:
        return Break(count, f"is missing: the log ends here although {size} entries were appended")
    if count > size:
        return Break(size, f"was not appended by the observatory: only {size} entries were")
    if not hmac.compare_digest(newest_hash, head_hash):
        return Break(max(0, count - 1), "is not the newest that was appended: the head names another hash")
    return None
