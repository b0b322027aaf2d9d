"""RFC 8785 without fractions: one sequence of bytes per value."""

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.errors import BadInput
from observatory.signoff.canonical_json import BODY_BYTES_MAX, INTEGER_MAX, Json, canonical, parse

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-INTEGER_MAX, INTEGER_MAX) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_what_was_written_reads_back_the_same(value: Json) -> None:
    assert parse(canonical(value)) == value


@given(values)
def test_reading_and_writing_again_gives_the_same_bytes(value: Json) -> None:
    assert canonical(parse(canonical(value))) == canonical(value)


def test_keys_are_sorted_by_utf16_as_in_the_example_of_rfc_8785() -> None:
    names: dict[str, Json] = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}

    read = parse(canonical(names))
    assert isinstance(read, dict)
    assert list(read.values()) == [2, 4, 6, 7, 1, 5, 3]


def test_control_characters_are_escaped_as_rfc_8785_says() -> None:
    assert canonical('\u20ac$\u000f\nA\'B"\\\\"/') == '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1}',
        b'{"b":1,"a":1}',
        b'{"a":1,"a":1}',
        b'"\\u0041"',
        b"1.0",
        b"1e3",
        b"-0",
        b"NaN",
        b"9007199254740992",
        b"9" * 5000,
        b'"\\ud800"',
        b'"\xff"',
        b"\xef\xbb\xbf1",
        b"",
        b"[1",
        b"[" * 17 + b"]" * 17,
        b"[" * 900_000,
        b'"' + b"a" * BODY_BYTES_MAX + b'"',
    ],
)
def test_any_other_bytes_are_refused(body: bytes) -> None:
    with pytest.raises(BadInput):
        parse(body)


@pytest.mark.parametrize("value", [1.5, {"a": 2**53}, {1: "a"}, {"\ud800": 1}, "\udfff", object(), "a" * BODY_BYTES_MAX])
def test_a_value_outside_the_subset_is_refused(value: object) -> None:
    with pytest.raises(BadInput):
        canonical(cast("Json", value))
