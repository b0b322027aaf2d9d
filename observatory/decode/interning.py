"""Stretches of a text come in, small numbers go out: equal stretches get equal numbers. Compiled.

So that Python only ever touches what is distinct: a thousand records with ten routes make ten strings.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from observatory.compiled import compiled

Bytes = NDArray[np.uint8]

SEED = np.uint64(hash("observatory") & 0xFFFF_FFFF_FFFF_FFFF)
"""Differs from process to process, as hashes of strings do, so that nobody can send text that all collides."""

_START, _END, _KIND = 0, 1, 2


class Interned(NamedTuple):
    """Distinct stretches, by number. Grows by replacement: keep what `with_room` returns."""

    stretches: NDArray[np.int64]
    """Shape (capacity, 3): start, end and kind of each."""
    hashes: NDArray[np.uint64]
    table: NDArray[np.int32]
    """Open addressing; -1 is free. A power of two, at least twice the capacity."""
    size: NDArray[np.int64]
    """One element: how many there are."""


@compiled
def new_interned() -> Interned:
    """Return an empty table."""
    return Interned(np.empty((32, 3), np.int64), np.empty(32, np.uint64), np.full(64, -1, np.int32), np.zeros(1, np.int64))


@compiled
def equals(text: Bytes, start: int, end: int, word: Bytes) -> bool:
    """Say whether text[start:end] is `word`."""
    if end - start != len(word):
        return False
    for i in range(len(word)):  # noqa: SIM110 - all() is not compiled
        if text[start + i] != word[i]:
            return False
    return True


@compiled
def _hash(text: Bytes, start: int, end: int, seed: np.uint64) -> np.uint64:
    """Return 64 bits that depend on every byte; words of eight, multiplied and folded."""
    bits = seed ^ np.uint64(end - start)
    i = start
    while i + 8 <= end:
        word = np.uint64(0)
        for j in range(8):
            word |= np.uint64(text[i + j]) << np.uint64(8 * j)
        bits = (bits ^ word) * np.uint64(0x9FB21C651E98DF25)
        bits ^= bits >> np.uint64(29)
        i += 8
    word = np.uint64(0)
    while i < end:
        word = word << np.uint64(8) | np.uint64(text[i])
        i += 1
    bits = (bits ^ word) * np.uint64(0xD6E8FEB86659FD93)
    return bits ^ (bits >> np.uint64(32))


@compiled
def with_room(interned: Interned) -> Interned:
    """Return a table that holds the same and has room for one more."""
    if interned.size[0] < len(interned.hashes):
        return interned
    capacity = 2 * len(interned.hashes)
    stretches, hashes = np.empty((capacity, 3), np.int64), np.empty(capacity, np.uint64)
    size = interned.size[0]
    stretches[:size] = interned.stretches[:size]
    hashes[:size] = interned.hashes[:size]
    table = np.full(2 * capacity, -1, np.int32)
    mask = np.uint64(len(table) - 1)
    for number in range(size):
        slot = hashes[number] & mask
        while table[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        table[slot] = number
    return Interned(stretches, hashes, table, interned.size)


@compiled
def intern(interned: Interned, text: Bytes, start: int, end: int, kind: int, seed: np.uint64) -> int:
    """Return the number of text[start:end] among those of its kind; a new one needs room (`with_room`)."""
    bits = _hash(text, start, end, seed) ^ np.uint64(kind)
    mask = np.uint64(len(interned.table) - 1)
    slot = bits & mask
    while True:
        number = interned.table[slot]
        if number < 0:
            break
        if interned.hashes[number] == bits and interned.stretches[number, _KIND] == kind:
            other = interned.stretches[number, _START]
            same = interned.stretches[number, _END] - other == end - start
            i = 0
            while same and i < end - start:
                same = text[other + i] == text[start + i]
                i += 1
            if same:
                return int(number)
        slot = (slot + np.uint64(1)) & mask
    number = interned.size[0]
    interned.table[slot] = number
    interned.hashes[number] = bits
    interned.stretches[number, _START] = start
    interned.stretches[number, _END] = end
    interned.stretches[number, _KIND] = kind
    interned.size[0] = number + 1
    return int(number)
