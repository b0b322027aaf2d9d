"""What is done eight bytes at once agrees with what Python does one by one, and never leaves a text."""

import struct

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from observatory.kernels.compiling import compiled
from observatory.kernels.words import WORD_BYTES, Bytes, double_of, first_word, is_ascii, put_word, same, word_at, word_of

TEXTS = st.binary(min_size=0, max_size=60)


@compiled
def read(text: Bytes, at: int) -> np.uint64:
    return word_at(text, at)


@compiled
def write(text: Bytes, at: int, word: np.uint64) -> None:
    put_word(text, at, word)


@compiled
def begin(text: Bytes, start: int, count: int) -> np.uint64:
    return first_word(text, start, count)


@compiled
def compare(text: Bytes, start: int, other: Bytes, at: int, count: int) -> bool:
    return same(text, start, other, at, count)


@compiled
def there_and_back(bits: np.uint64) -> tuple[float, np.uint64]:
    return double_of(bits), word_of(double_of(bits))


@pytest.fixture(scope="module", autouse=True)
def _compiled_before_the_clock_runs() -> None:
    array = np.zeros(WORD_BYTES, np.uint8)
    write(array, 0, np.uint64(0))
    for text in (array, np.frombuffer(bytes(WORD_BYTES), np.uint8)):
        read(text, 0)
        begin(text, 0, 1)
        is_ascii(text, 0, 1)
        compare(text, 0, array, 0, 1)


@given(TEXTS, st.integers(-70, 70))
def test_a_word_is_read_and_written_where_there_is_room_for_it(text: bytes, at: int) -> None:
    array = np.frombuffer(text + bytes(WORD_BYTES), np.uint8)[: len(text)]
    if 0 <= at <= len(text) - WORD_BYTES:
        assert read(array, at) == int.from_bytes(text[at : at + WORD_BYTES], "little")
        copy = array.copy()
        write(copy, at, np.uint64(0x0102030405060708))
        assert copy.tobytes() == text[:at] + bytes(range(8, 0, -1)) + text[at + WORD_BYTES :]
    else:
        with pytest.raises(IndexError):
            read(array, at)
        with pytest.raises(IndexError):
            write(array.copy(), at, np.uint64(0))


@given(st.text(max_size=40).map(str.encode) | TEXTS, st.integers(0, 60), st.integers(0, 60))
@example(b"a" * 15 + b"\x80", 0, 16)
@example(b"\x80" + b"a" * 16, 0, 17)
def test_text_is_ascii_where_python_says_so(text: bytes, start: int, end: int) -> None:
    start, end = min(start, len(text)), min(end, len(text))
    if start <= end:
        assert is_ascii(np.frombuffer(text, np.uint8), start, end) == text[start:end].isascii()


@pytest.mark.parametrize(("start", "end"), [(-1, 4), (0, 11), (8, 11)])
def test_text_is_not_looked_at_beyond_its_ends(start: int, end: int) -> None:
    with pytest.raises(IndexError):
        is_ascii(np.zeros(10, np.uint8), start, end)


@given(TEXTS, st.integers(0, 60), st.integers(0, 60))
def test_the_first_word_ends_where_the_text_does(text: bytes, start: int, count: int) -> None:
    array = np.frombuffer(text + b"\xff" * WORD_BYTES, np.uint8)[: len(text)]
    if start + count <= len(text):
        assert begin(array, start, count) == int.from_bytes(text[start : start + min(count, WORD_BYTES)], "little")


@given(st.binary(max_size=150), st.integers(0, 40), st.integers(0, 40), st.integers(0, 150))
def test_texts_are_the_same_where_python_says_so(text: bytes, before: int, after: int, changed: int) -> None:
    one = np.frombuffer(bytes(before) + text, np.uint8)
    other = np.frombuffer(b"\xff" * after + text + b"\xff", np.uint8).copy()
    assert compare(one, before, other, after, len(text))
    if changed < len(text):
        other[after + changed] ^= 0x10
        assert not compare(one, before, other, after, len(text))


@pytest.mark.parametrize(("start", "at", "count"), [(-1, 0, 4), (0, -1, 4), (0, 0, 11), (0, 5, 8), (8, 0, 8)])
def test_texts_are_not_compared_beyond_their_ends(start: int, at: int, count: int) -> None:
    with pytest.raises(IndexError):
        compare(np.zeros(12, np.uint8), start, np.zeros(10, np.uint8), at, count)


@given(st.floats(allow_nan=False))
def test_a_double_is_its_bits(number: float) -> None:
    (bits,) = struct.unpack("<Q", struct.pack("<d", number))
    assert there_and_back(np.uint64(bits)) == (number, bits)
