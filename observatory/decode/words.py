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

from observatory.compiled import compiled, inlined

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


@compiled
def is_ascii(text: Bytes, start: int, end: int) -> bool:
    """Say whether text[start:end] has no byte beyond 0x7F."""
    if start < 0 or end > len(text):
        raise IndexError
    if end - start < WORD_BYTES:
        while start < end and text[start] < 0x80:
            start += 1
        return start == end
    bits = _load(text, end - WORD_BYTES)
    for i in range(start, end - WORD_BYTES, WORD_BYTES):
        bits |= _load(text, i)
    return bool(bits & _HIGH_BITS == 0)
