"""Write an entry of the log as the bytes that are hashed into the tree.

A leaf is `kind LF recorded_at LF body`. Bundles of tiles hold no leaf over 65 535 bytes: a longer body stands in its leaf
by its digest, and its bytes are beside the tree.
"""

import hashlib
import hmac
from datetime import UTC, datetime

from observatory.model.signoff import LogEntry
from observatory.transparency.merkle import hash_leaf

LEAF_BYTES_MAX = 65_535


def leaf_data(kind: str, recorded_at: str, body: bytes) -> bytes:
    """Return the bytes of a leaf; `recorded_at` as `recorded_text` writes it."""
    head = f"{kind}\n{recorded_at}\n".encode()
    if len(head) + len(body) <= LEAF_BYTES_MAX:
        return head + body
    return head + b'{"body":"sha256:%b"}' % hashlib.sha256(body).hexdigest().encode()


def recorded_text(moment: datetime) -> str:
    """Return an aware moment as it is hashed and stored: UTC, always with microseconds, 2026-11-20T09:04:00.000000Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def data_of(entry: LogEntry) -> bytes:
    """Return the bytes of the leaf of an entry."""
    return leaf_data(entry.kind, recorded_text(entry.recorded_at), entry.body)


def hash_of(entry: LogEntry) -> bytes:
    """Return the leaf hash of what an entry says."""
    return hash_leaf(data_of(entry))


def is_unchanged(entry: LogEntry) -> bool:
    """Tell whether an entry says what its own leaf hash stands for; whether that is in the tree, only a proof tells."""
    return hmac.compare_digest(entry.leaf_hash, hash_of(entry))
