"""Remember the hash of every leaf that was seen, so that any later reading of it can be held against the first."""

from collections.abc import Sequence

from observatory.transparency.merkle import HASH_BYTES, CompactRange


class KnownTree:
    """A tree in memory: 32 bytes a leaf. One thread at once."""

    def __init__(self) -> None:
        self._hashes = bytearray()
        self._tree = CompactRange()

    @property
    def size(self) -> int:
        """How many leaves are known."""
        return self._tree.size

    def leaf_hash(self, index: int) -> bytes:
        """Return the hash of a known leaf."""
        return bytes(self._hashes[index * HASH_BYTES : (index + 1) * HASH_BYTES])

    def grow(self, leaf_hashes: Sequence[bytes], root: bytes) -> bool:
        """Add leaves if the root is this one with them; else nothing is added."""
        grown = CompactRange(self._tree.size, list(self._tree.peaks))
        for each in leaf_hashes:
            grown.append(each)
        if grown.root() != root:
            return False
        self._tree = grown
        self._hashes += b"".join(leaf_hashes)
        return True
