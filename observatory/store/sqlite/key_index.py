"""Keys in, which groups of stored keys may hold each of them out: an index in memory, some sixteen bytes for a key. Compiled.

Where it says "nowhere", that is certain. Where it says "maybe", the file knows.
"""

import secrets

import numpy as np
from numpy.typing import NDArray

from observatory.compiled import compiled, compiled_brief
from observatory.store.interface import KEY_BYTES

SLOTS_MIN = 1 << 16
MARK_BITS = 28
"""Of a key, to tell it from others by and to place it; the other 36 bits number groups, which lasts for years of commits."""
MARK_MASK = (1 << MARK_BITS) - 1
_FACTOR = np.uint64(secrets.randbits(64) | 1)
"""Nobody knows it, so nobody can send bodies whose keys all get one mark."""


class KeyIndex:
    """In which groups keys are. Groups are numbered from 1, in the order they are added. One thread."""

    def __init__(self) -> None:
        self._entries = np.zeros(SLOTS_MIN, np.uint64)
        self._used = 0
        # Whatever has to be compiled is compiled now, before the first batch waits for it.
        self.make_room(0, 1)
        self.add(b"", 1)
        self.take_back(b"", 1)
        self.candidates(b"")

    def has_room(self, key_count: int) -> bool:
        """Return whether so many keys can be added: at most three of four slots are used."""
        return 4 * (self._used + key_count) <= 3 * len(self._entries)

    def make_room(self, key_count: int, oldest_group: int) -> None:
        """Forget the groups before `oldest_group`, and make room for so many keys more."""
        old, oldest = self._entries, np.uint64(oldest_group)
        needed = 2 * (_count_since(old, oldest) + key_count)
        self._entries = np.zeros(max(SLOTS_MIN, 1 << (needed - 1).bit_length()), np.uint64)
        self._used = _copy_since(old, oldest, self._entries)

    def add(self, keys: bytes, group: int) -> None:
        """Note that these keys, one after the other, are in a group. There has to be room for them."""
        _add(self._entries, _marks(keys), np.uint64(group))
        self._used += len(keys) // KEY_BYTES

    def take_back(self, keys: bytes, group: int) -> None:
        """Undo the last `add`."""
        self._used -= _take_back(self._entries, _marks(keys), np.uint64(group))

    def candidates(self, keys: bytes) -> list[tuple[int, int]]:
        """Return (position, group) for each of these keys, one after the other, and each group that may hold it."""
        found = _find(self._entries, _marks(keys))
        return [(position, group) for position, group in found.tolist()]


def _marks(keys: bytes) -> NDArray[np.uint64]:
    """Return MARK_BITS for each key."""
    return np.frombuffer(keys, "<u8")[:: KEY_BYTES // 8] * _FACTOR >> np.uint64(64 - MARK_BITS)


@compiled_brief
def _add(entries: NDArray[np.uint64], marks: NDArray[np.uint64], group: np.uint64) -> None:
    for mark in marks:
        _place(entries, group << np.uint64(MARK_BITS) | mark)


@compiled
def _place(entries: NDArray[np.uint64], entry: np.uint64) -> None:
    last = np.uint64(len(entries) - 1)
    slot = entry & np.uint64(MARK_MASK) & last
    while entries[slot] != 0:
        slot = (slot + np.uint64(1)) & last
    entries[slot] = entry


@compiled_brief
def _take_back(entries: NDArray[np.uint64], marks: NDArray[np.uint64], group: np.uint64) -> int:
    """Empty the slots that were filled last, in reverse order: so every other entry is found as before. Return how many."""
    last, count = np.uint64(len(entries) - 1), 0
    for position in range(len(marks) - 1, -1, -1):
        entry = group << np.uint64(MARK_BITS) | marks[position]
        slot, found = marks[position] & last, np.int64(-1)
        while entries[slot] != 0:
            if entries[slot] == entry:
                found = np.int64(slot)
            slot = (slot + np.uint64(1)) & last
        if found >= 0:
            entries[found] = 0
            count += 1
    return count


@compiled_brief
def _find(entries: NDArray[np.uint64], marks: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return rows of (position, group) for every entry with the mark at that position."""
    last = np.uint64(len(entries) - 1)
    found = np.empty((0, 2), np.int64)
    for room in (False, True):  # Counted first: as a rule there are none.
        count = 0
        for position in range(len(marks)):
            slot = marks[position] & last
            while entries[slot] != 0:
                if entries[slot] & np.uint64(MARK_MASK) == marks[position]:
                    if room:
                        found[count, 0] = position
                        found[count, 1] = entries[slot] >> np.uint64(MARK_BITS)
                    count += 1
                slot = (slot + np.uint64(1)) & last
        if count == 0:
            break
        if not room:
            found = np.empty((count, 2), np.int64)
    return found


@compiled
def _count_since(entries: NDArray[np.uint64], oldest: np.uint64) -> int:
    count = 0
    for entry in entries:
        if entry >> np.uint64(MARK_BITS) >= oldest:
            count += 1
    return count


@compiled
def _copy_since(entries: NDArray[np.uint64], oldest: np.uint64, into: NDArray[np.uint64]) -> int:
    count = 0
    for entry in entries:
        if entry >> np.uint64(MARK_BITS) >= oldest:
            _place(into, entry)
            count += 1
    return count
