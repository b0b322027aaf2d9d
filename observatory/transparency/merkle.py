"""Hash leaves into a tree and prove what stands in it: hashes in, roots and proofs out (RFC 6962 section 2.1).

A complete subtree of 2^level leaves has the coordinates (level, position): its leaves begin at position * 2^level. Trees of any
size are made of complete subtrees, so who keeps those can make every root and every proof of any size.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

HASH_BYTES = 32
LEAF_PREFIX = b"\x00"
NODE_PREFIX = b"\x01"
EMPTY_ROOT = hashlib.sha256(b"").digest()
PROOF_HASHES_MAX = 63
"""No tree has more than 2^63 leaves."""

NodeReader = Callable[[int, int], bytes]
"""Returns the hash of the complete subtree at (level, position); level 0 are the leaves."""


def hash_leaf(data: bytes) -> bytes:
    """Return the hash of the data of one leaf."""
    return hashlib.sha256(LEAF_PREFIX + data).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    """Return the hash of the subtree that two subtrees make."""
    return hashlib.sha256(NODE_PREFIX + left + right).digest()


@dataclass(slots=True)
class CompactRange:
    """A growing tree of which only the largest complete subtrees are remembered: as many as its size has one bits."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)
    """Of the complete subtrees, the largest first."""

    def append(self, leaf_hash: bytes) -> list[bytes]:
        """Add a leaf; return the hashes of the subtrees it completes: those at (1, index // 2), (2, index // 4) ..."""
        completed = []
        newest, rest = leaf_hash, self.size
        while rest & 1:
            newest = hash_children(self.peaks.pop(), newest)
            completed.append(newest)
            rest >>= 1
        self.peaks.append(newest)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Return the root of all leaves so far."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in self.peaks[-2::-1]:
            root = hash_children(peak, root)
        return root


def completed_by(leaf_hashes: Iterable[bytes], tree: CompactRange | None = None) -> dict[int, list[bytes]]:
    """Add leaves to a tree; return by level the hashes of the subtrees they complete, in order.

    Without a tree they are a part of one: at most 2^level leaves that begin at a multiple of 2^level.
    """
    grown, completed = tree if tree is not None else CompactRange(), dict[int, list[bytes]]()
    for leaf in leaf_hashes:
        for level, each in enumerate(grown.append(leaf), start=1):
            completed.setdefault(level, []).append(each)
    return completed


def peaks_of(size: int) -> list[tuple[int, int]]:
    """Return the coordinates of the complete subtrees that a tree is made of, the largest first."""
    found, begin = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            found.append((level, begin >> level))
            begin += 1 << level
    return found


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root of a tree."""
    tree = CompactRange()
    for each in leaf_hashes:
        tree.append(each)
    return tree.root()


def root_at(size: int, node: NodeReader) -> bytes:
    """Return the root that a tree had when it had this size."""
    return CompactRange(size, [node(level, position) for level, position in peaks_of(size)]).root()


def inclusion_proof(index: int, size: int, node: NodeReader) -> list[bytes]:
    """Return the hashes beside the way from a leaf up to the root of a tree, the lowest first (PATH of RFC 6962)."""
    begin, end, path = 0, size, []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(_hash_of(middle, end, node))
            end = middle
        else:
            path.append(_hash_of(begin, middle, node))
            begin = middle
    return path[::-1]


def consistency_proof(old_size: int, size: int, node: NodeReader) -> list[bytes]:
    """Return the hashes by which the root of a tree follows from that of an older one (PROOF of RFC 6962); none for an empty old one."""
    if not 0 < old_size < size:
        return []
    begin, end, path = 0, size, []
    while end != old_size:
        middle = begin + _split(end - begin)
        if old_size <= middle:
            path.append(_hash_of(middle, end, node))
            end = middle
        else:
            path.append(_hash_of(begin, middle, node))
            begin = middle
    return [*([_hash_of(begin, end, node)] if begin else []), *path[::-1]]


def is_included(index: int, size: int, leaf_hash: bytes, path: Sequence[bytes], root: bytes) -> bool:
    """Tell whether a path leads from a leaf to the root (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, found = index, size - 1, leaf_hash
    for each in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            found = hash_children(each, found)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = hash_children(found, each)
        position, last = position >> 1, last >> 1
    return last == 0 and hmac.compare_digest(found, root)


def is_consistent(old_size: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether a tree begins with all leaves of an older one (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old_size <= size:
        return False
    if old_size in (0, size):
        return not proof and hmac.compare_digest(old_root, root if old_size == size else EMPTY_ROOT)
    hashes = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not hashes:
        return False
    position, last = old_size - 1, size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    older = newer = hashes[0]
    for each in hashes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            older, newer = hash_children(each, older), hash_children(each, newer)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            newer = hash_children(newer, each)
        position, last = position >> 1, last >> 1
    return last == 0 and hmac.compare_digest(older, old_root) and hmac.compare_digest(newer, root)


def _split(count: int) -> int:
    """Return the largest power of two below a count of at least two."""
    return 1 << (count - 1).bit_length() - 1


def _hash_of(begin: int, end: int, node: NodeReader) -> bytes:
    """Return the hash of the leaves of a part of a tree, as RFC 6962 cuts it."""
    level = (begin & -begin).bit_length() - 1 if begin else 63
    hashes = []
    for size_level, position in peaks_of(end - begin):
        assert size_level <= level
        hashes.append(node(size_level, position + (begin >> size_level)))
    return CompactRange(end - begin, hashes).root()
