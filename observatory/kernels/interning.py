"""Number the distinct stretches of a text: equal stretches get equal numbers. Compiled.

So that Python only ever touches what is distinct: a thousand records with ten routes make ten strings.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from observatory.kernels.compiling import compiled, inlined
from observatory.kernels.words import WORD_BYTES, first_word, same, word_at

Bytes = NDArray[np.uint8]

_START, _END, _KIND, _HASH = range(4)


class Interned(NamedTuple):
    """Distinct stretches, by number."""

    entries: NDArray[np.int64]
    """Shape (capacity, 4): start, end, kind and hash of each."""
    table: NDArray[np.int32]
    """Open addressing; -1 is free. A power of two, at least twice the capacity."""
    size: NDArray[np.int64]
    """One element: how many there are."""

    def stretches(self) -> list[tuple[int, int, int]]:
        """Return start, end and kind of each."""
        return [(start, end, kind) for start, end, kind, _ in self.entries[: int(self.size[0])].tolist()]


def new_interned(capacity: int = 32) -> Interned:
    """Return an empty table with room for that many."""
    table = np.empty(2 << (capacity - 1).bit_length(), np.int32)
    table.fill(-1)
    return Interned(np.empty((capacity, 4), np.int64), table, np.zeros(1, np.int64))


def with_room(interned: Interned) -> Interned:
    """Return a table that holds the same and is not full."""
    if not is_full(interned):
        return interned
    larger = new_interned(2 * len(interned.entries))
    _copy(interned, larger)
    return larger


@compiled
def is_full(interned: Interned) -> bool:
    """Say whether there is no room for another."""
    return bool(interned.size[0] == len(interned.entries))


@compiled
def clear(interned: Interned) -> None:
    """Make a table empty again."""
    interned.size[0] = 0
    for slot in range(len(interned.table)):
        interned.table[slot] = -1


@compiled
def _copy(old: Interned, new: Interned) -> None:
    mask = np.uint64(len(new.table) - 1)
    for number in range(old.size[0]):
        for i in range(4):
            new.entries[number, i] = old.entries[number, i]
        slot = np.uint64(old.entries[number, _HASH]) & mask
        while new.table[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        new.table[slot] = number
    new.size[0] = old.size[0]


@inlined
def equals(text: Bytes, start: int, end: int, word: Bytes) -> bool:
    """Say whether text[start:end] is `word`."""
    return end - start == len(word) and same(text, start, word, 0, len(word))


@compiled
def _hash(text: Bytes, start: int, end: int, seed: np.uint64) -> np.uint64:
    """Return 64 bits that depend on every byte; words of eight, multiplied and folded."""
    bits = seed ^ np.uint64(end - start)
    last = max(start, end - WORD_BYTES)
    for i in range(start, last, WORD_BYTES):
        bits = (bits ^ word_at(text, i)) * np.uint64(0x9FB21C651E98DF25)
        bits ^= bits >> np.uint64(29)
    bits = (bits ^ first_word(text, last, end - last)) * np.uint64(0xD6E8FEB86659FD93)
    return bits ^ (bits >> np.uint64(32))


@compiled
def intern(interned: Interned, text: Bytes, start: int, end: int, kind: int, seed: np.uint64) -> int:
    """Return the number of text[start:end] among those of its kind; the table must not be full."""
    bits = _hash(text, start, end, seed ^ np.uint64(kind))
    mask = np.uint64(len(interned.table) - 1)
    slot = bits & mask
    entries = interned.entries
    while interned.table[slot] >= 0:
        number = interned.table[slot]
        if entries[number, _HASH] == np.int64(bits) and entries[number, _KIND] == kind:
            known = entries[number, _START]
            if entries[number, _END] - known == end - start and same(text, start, text, known, end - start):
                return int(number)
        slot = (slot + np.uint64(1)) & mask
    number = interned.size[0]
    interned.table[slot] = number
    entries[number, _START], entries[number, _END], entries[number, _KIND] = start, end, kind
    entries[number, _HASH] = np.int64(bits)
    interned.size[0] = number + 1
    return int(number)
