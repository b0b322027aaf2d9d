"""Verify the chain of hashes that the log was before it became a tree: heads that people kept of it still tell a rewritten log.

hash(n) = SHA-256(0x00 ‖ hash(n-1) ‖ index ‖ kind ‖ recorded_at ‖ body). The index is 8 bytes, and each of the three last parts
is preceded by its length in 8 bytes (all big-endian). Before the first entry stands SHA-256 of nothing.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from observatory.model.signoff import LogEntry
from observatory.transparency.leaf import recorded_text
from observatory.transparency.merkle import LEAF_PREFIX

GENESIS = hashlib.sha256(b"").digest()
"""The `previous_hash` of the first entry, and the head's hash of an empty log."""


@dataclass(frozen=True, slots=True)
class ChainEntry:
    """An entry as the chain kept it."""

    index: int
    kind: str
    body: bytes
    recorded_at: datetime
    previous_hash: bytes
    hash: bytes


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


def chain_head(entries: Iterable[LogEntry]) -> bytes:
    """Return the newest hash that a chain of these entries had, the first of the log and all behind it."""
    newest = GENESIS
    for entry in entries:
        newest = entry_hash(newest, entry.index, entry.kind, recorded_text(entry.recorded_at), entry.body)
    return newest


def first_broken(entries: Iterable[ChainEntry], head: tuple[int, bytes]) -> Break | None:
    """Return the first entry that is not what was appended, or None if the whole chain is sound.

    `entries` are all that is stored, in order, from index 0 on; `head` is the size and newest hash kept beside them.
    """
    previous_hash, expected_index = GENESIS, 0
    for entry in entries:
        reason = _flaw(entry, expected_index, previous_hash)
        if reason:
            return Break(expected_index, reason)
        previous_hash, expected_index = entry.hash, expected_index + 1
    return _missing_tail(expected_index, previous_hash, head)


def _flaw(entry: ChainEntry, expected_index: int, previous_hash: bytes) -> str:
    if entry.index != expected_index:
        return f"is missing: the next one stored is entry {entry.index}"
    if not hmac.compare_digest(entry.previous_hash, previous_hash):
        return "does not follow from the one before it: its previous hash differs"
    computed = entry_hash(entry.previous_hash, entry.index, entry.kind, recorded_text(entry.recorded_at), entry.body)
    if not hmac.compare_digest(entry.hash, computed):
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
