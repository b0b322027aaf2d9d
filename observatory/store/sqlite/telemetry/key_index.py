"""Find which groups of stored keys may hold a key: an index in memory, under five bytes for a key. Compiled.

Where it says "nowhere", that is certain. Where it says "maybe", the file knows.

Keys go into blocks, each full before the next one begins, and a block leaves as a whole once its groups are forgotten:
so memory grows in even steps with the keys of the window, and no key is ever moved.
"""

import secrets
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from observatory.kernels.compiling import compiled_brief
from observatory.store.telemetry import KEY_BYTES

BLOCK_SLOTS = 1 << 22
"""Of four bytes: one block holds the keys of a quarter of an hour at 4000 a second."""
FULL_OF_EIGHT = 7
"""Of eight slots so many are used at most; beyond that, looking for a free one takes long."""
MARK_BITS = 18
"""Of a slot, to tell keys by that have the same place; the others number spans of groups."""
MARK_MASK = (1 << MARK_BITS) - 1
SPAN_KEYS = BLOCK_SLOTS >> 14
"""After so many keys a new span begins: what the file is asked for at once. So all spans of a block have a number."""
_FACTOR = np.uint64(secrets.randbits(64) | 1)
"""Nobody knows it, so nobody can send bodies whose keys all get one place."""


class KeyIndex:
    """In which groups keys are. The numbers of groups only grow. One thread."""

    def __init__(self, block_slots: int = BLOCK_SLOTS) -> None:
        self._block_slots = block_slots
        self._blocks = [_Block(block_slots)]

    def has_room(self, key_count: int) -> bool:
        """Return whether so many keys can be added without another block."""
        return self._blocks[-1].has_room(key_count)

    def make_room(self, oldest_group: int) -> None:
        """Forget blocks whose groups are all before `oldest_group`, and begin another."""
        self._blocks = [block for block in self._blocks if block.newest_group >= oldest_group]
        self._blocks.append(_Block(self._block_slots))

    def add(self, keys: bytes, group: int) -> NDArray[np.int64]:
        """Note that these keys, one after the other, are in a group; return the slots they took. There has to be room for them."""
        return self._blocks[-1].add(keys, group)

    def take_back(self, slots: NDArray[np.int64]) -> None:
        """Undo the last `add`, which returned these slots."""
        self._blocks[-1].take_back(slots)

    def candidates(self, keys: bytes) -> dict[range, list[int]]:
        """Return spans of groups, and for each of them the positions of those of these keys, one after the other, it may hold."""
        found = defaultdict[range, list[int]](list)
        for block in self._blocks:
            block.find(keys, found)
        return found


def warm() -> None:
    """Compile what the first batch would otherwise wait for."""
    block = _Block(1)
    block.add(b"", 0)
    block.find(b"", {})


class _Block:
    """As many keys as fit, and in which span of groups each of them is."""

    def __init__(self, slots: int) -> None:
        self._entries = np.zeros(slots, np.uint32)
        self._place_shift = np.uint64(64 - MARK_BITS - (slots.bit_length() - 1))
        self._used = 0
        self._first_groups: list[int] = []
        """Of each span; an entry has their number from 1, and no entry is 0."""
        self._span_used = 0
        self.newest_group = 0

    def has_room(self, key_count: int) -> bool:
        return 8 * (self._used + key_count) <= FULL_OF_EIGHT * len(self._entries)

    def add(self, keys: bytes, group: int) -> NDArray[np.int64]:
        if not self._first_groups or self._span_used >= SPAN_KEYS:
            self._first_groups.append(group)
            self._span_used = 0
        slots = _add(self._entries, self._places(keys), np.uint64(len(self._first_groups)))
        self._used += len(slots)
        self._span_used += len(slots)
        self.newest_group = group
        return slots

    def take_back(self, slots: NDArray[np.int64]) -> None:
        self._entries[slots] = 0
        self._used -= len(slots)
        self._span_used -= len(slots)

    def find(self, keys: bytes, found: dict[range, list[int]]) -> None:
        for position, span in _find(self._entries, self._places(keys)).tolist():
            following = self._first_groups[span] if span < len(self._first_groups) else self.newest_group + 1
            found[range(self._first_groups[span - 1], following)].append(position)

    def _places(self, keys: bytes) -> NDArray[np.uint64]:
        """Return the first slot and the mark of each key, in one number."""
        return np.frombuffer(keys, "<u8")[:: KEY_BYTES // 8] * _FACTOR >> self._place_shift


@compiled_brief
def _add(entries: NDArray[np.uint32], places: NDArray[np.uint64], span: np.uint64) -> NDArray[np.int64]:
    """Fill a free slot for each key; return which."""
    last = np.uint64(len(entries) - 1)
    slots = np.empty(len(places), np.int64)
    for position, place in enumerate(places):
        slot = place >> np.uint64(MARK_BITS)
        while entries[slot] != 0:
            slot = (slot + np.uint64(1)) & last
        entries[slot] = span << np.uint64(MARK_BITS) | place & np.uint64(MARK_MASK)
        slots[position] = slot
    return slots


@compiled_brief
def _find(entries: NDArray[np.uint32], places: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return rows of (position, span) for every entry with the mark of the key at that position."""
    last = np.uint64(len(entries) - 1)
    found = np.empty((0, 2), np.int64)
    for room in (False, True):  # Counted first: as a rule there are none.
        count = 0
        for position in range(len(places)):
            slot, mark = places[position] >> np.uint64(MARK_BITS), places[position] & np.uint64(MARK_MASK)
            while entries[slot] != 0:
                if entries[slot] & np.uint64(MARK_MASK) == mark:
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
