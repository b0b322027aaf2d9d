"""Eight bytes of a text at once, as one number: by what compiled decoders read, compare, hash and copy. Compiled.

! Slicing an array and viewing it as words does the same, and costs more than all the rest of the decoder: every slice is
an array of its own, with its bounds worked out anew.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from observatory.kernels.compiling import compiled, inlined

Bytes = NDArray[np.uint8]

WORD_BYTES = 8
_HIGH_BITS = np.uint64(0x8080_8080_8080_8080)

_intrinsic: Callable[[Callable[..., Any]], Any] = intrinsic


def _pointer(context: Any, builder: Any, array_type: Any, array: Any, at: Any) -> Any:
    """Return where the bytes at `at` lie, as the address of a word."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [at]), ir.IntType(8 * WORD_BYTES).as_pointer())


@_intrinsic
def _load(_: Any, text: Any, at: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_pointer(context, builder, signature.args[0], *arguments), align=1)

    return types.uint64(text, types.intp), generate


@_intrinsic
def _store(_: Any, text: Any, at: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, start, bits = arguments
        builder.store(bits, _pointer(context, builder, signature.args[0], array, start), align=1)
        return context.get_dummy_value()

    return types.void(text, types.intp, types.uint64), generate


@_intrinsic
def _as_double(_: Any, word: Any) -> Any:
    return types.float64(types.uint64), lambda _context, builder, _signature, arguments: builder.bitcast(arguments[0], ir.DoubleType())


@_intrinsic
def _as_word(_: Any, double: Any) -> Any:
    return types.uint64(types.float64), lambda _context, builder, _signature, arguments: builder.bitcast(arguments[0], ir.IntType(64))


@inlined
def word_at(text: Bytes, at: int) -> np.uint64:
    """Return the eight bytes at `at`, little end first, as every machine this runs on has them."""
    if at < 0 or at + WORD_BYTES > len(text):
        raise IndexError
    word: np.uint64 = _load(text, at)
    return word


@inlined
def put_word(text: Bytes, at: int, word: np.uint64) -> None:
    """Write eight bytes at `at`."""
    if at < 0 or at + WORD_BYTES > len(text):
        raise IndexError
    _store(text, at, word)


@inlined
def double_of(word: np.uint64) -> float:
    """Return the double of these 64 bits."""
    double: float = _as_double(word)
    return double


@inlined
def word_of(double: float) -> np.uint64:
    """Return the 64 bits of a double."""
    word: np.uint64 = _as_word(double)
    return word


@inlined
def first_word(text: Bytes, start: int, count: int) -> np.uint64:
    """Return the first eight bytes, or all, of the `count` bytes at `start`; beyond the last there are zeros."""
    if count >= WORD_BYTES:
        return word_at(text, start)
    if start >= 0 and start + WORD_BYTES <= len(text):
        word: np.uint64 = _load(text, start) & ((np.uint64(1) << np.uint64(8 * count)) - np.uint64(1))
        return word
    word = np.uint64(0)
    for i in range(count):
        word |= np.uint64(text[start + i]) << np.uint64(8 * i)
    return word


# Up to four words are looked at without a branch, the last ones over again if there are fewer: lengths of texts cannot be
# foreseen, and a wrong guess takes the processor longer than all of them.


@compiled
def is_ascii(text: Bytes, start: int, end: int) -> bool:
    """Say whether text[start:end] has no byte beyond 0x7F."""
    if start < 0 or end > len(text):
        raise IndexError
    count = end - start
    if count < WORD_BYTES:
        return bool(first_word(text, start, count) & _HIGH_BITS == 0)
    last = end - WORD_BYTES
    bits = _load(text, last)
    while start + 3 * WORD_BYTES < last:
        for i in range(4):
            bits |= _load(text, start + i * WORD_BYTES)
        start += 4 * WORD_BYTES
    for i in range(3):
        bits |= _load(text, min(start + i * WORD_BYTES, last))
    return bool(bits & _HIGH_BITS == 0)


@inlined
def same(text: Bytes, start: int, other: Bytes, at: int, count: int) -> bool:
    """Say whether `count` bytes are the same in both texts, from `start` on in one, from `at` on in the other."""
    if start < 0 or at < 0 or start + count > len(text) or at + count > len(other):
        raise IndexError
    if count < WORD_BYTES:
        return bool(first_word(text, start, count) == first_word(other, at, count))
    last = count - WORD_BYTES
    bits = _load(text, start + last) ^ _load(other, at + last)
    i = 0
    while i + 3 * WORD_BYTES < last:
        for j in range(i, i + 4 * WORD_BYTES, WORD_BYTES):
            bits |= _load(text, start + j) ^ _load(other, at + j)
        i += 4 * WORD_BYTES
    for _ in range(3):
        i = min(i, last)
        bits |= _load(text, start + i) ^ _load(other, at + i)
        i += WORD_BYTES
    return bool(bits == 0)
