"""Say again what RFC 6962 section 2.1 says of trees, word for word and slowly, to hold the quick way against."""

import hashlib


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def root(leaves: list[bytes]) -> bytes:
    """MTH, of leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return hashlib.sha256(b"\x01" + root(leaves[:k]) + root(leaves[k:])).digest()


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*path(index, leaves[:k]), root(leaves[k:])]
    return [*path(index - k, leaves[k:]), root(leaves[:k])]


def proof(old_size: int, leaves: list[bytes], *, whole: bool = True) -> list[bytes]:
    """PROOF, by SUBPROOF."""
    if old_size == len(leaves):
        return [] if whole else [root(leaves)]
    k = split(len(leaves))
    if old_size <= k:
        return [*proof(old_size, leaves[:k], whole=whole), root(leaves[k:])]
    return [*proof(old_size - k, leaves[k:], whole=False), root(leaves[:k])]


def split(count: int) -> int:
    """Return the largest power of two smaller than a count."""
    k = 1
    while k * 2 < count:
        k *= 2
    return k


def node(leaves: list[bytes], level: int, position: int) -> bytes:
    """Return the hash of a complete subtree."""
    return root(leaves[position << level : (position + 1) << level])
