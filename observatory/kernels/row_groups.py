"""Number rows by their integer keys: rows with equal keys get the same number, found by hashing, compiled."""

import numpy as np
from numpy.typing import NDArray

from observatory.kernels.compiling import compiled, compiled_brief


@compiled
def mix(bits: np.uint64) -> np.uint64:
    """Return 64 well-mixed bits (the finalizer of splitmix64)."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


@compiled_brief
def group_rows(
    a: NDArray[np.int64], b: NDArray[np.int64], c: NDArray[np.int64], seed: np.uint64
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the group of every row and the first row of every group; rows of a group agree in `a`, `b` and `c`.

    Groups are numbered by first appearance. Rows with a negative `b` belong to none: their group is -1.
    """
    rows = len(a)
    slots = 16
    while slots < 2 * rows:
        slots *= 2
    mask = np.uint64(slots - 1)
    # Multipliers that nobody knows: who chose keys that collide would have to.
    of_a, of_b, of_c = mix(seed) | np.uint64(1), mix(~seed) | np.uint64(1), mix(mix(seed)) | np.uint64(1)
    table = np.full(slots, -1, np.int32)
    group = np.empty(rows, np.int32)
    first = np.empty(rows, np.int32)
    groups = 0
    for row in range(rows):
        if b[row] < 0:
            group[row] = -1
            continue
        if row > 0 and a[row] == a[row - 1] and b[row] == b[row - 1] and c[row] == c[row - 1]:
            group[row] = group[row - 1]
            continue
        slot = mix(np.uint64(a[row]) * of_a + np.uint64(b[row]) * of_b + np.uint64(c[row]) * of_c) & mask
        while True:
            found = table[slot]
            if found < 0:
                table[slot] = found = groups
                first[groups] = row
                groups += 1
                break
            other = first[found]
            if a[other] == a[row] and b[other] == b[row] and c[other] == c[row]:
                break
            slot = (slot + np.uint64(1)) & mask
        group[row] = found
    return group, first[:groups].copy()
