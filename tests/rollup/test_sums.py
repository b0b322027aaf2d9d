"""Counters add up to the same, in whatever parts and order they come, and however many keys are added up at once."""

from collections import Counter as Tally

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.model.minute import BUCKET_COUNT_MAX, MinuteCounters
from observatory.rollup.sums import Rows, Sums, joined, rows_of, squeezed
from tests.store.counted import DAY_START, Key, as_dict, counters

keys = st.tuples(st.integers(DAY_START, DAY_START + 3), st.integers(1, 2), st.integers(0, 2), st.sampled_from([1, 3, 64]))
wide_keys = st.tuples(st.integers(0, 2**40), st.integers(1, 2**31 - 1), st.integers(0, 2**31 - 1), st.integers(0, 2**15 - 1))
Part = dict[Key, dict[int, int]]
some_parts = st.lists(
    st.dictionaries(keys | wide_keys, st.dictionaries(st.integers(-345, 551), st.integers(1, 2**40), max_size=3)), min_size=1, max_size=5
)


def rows(parts: list[Part]) -> Rows:
    return rows_of(*(counters((key, 12, histogram) for key, histogram in part.items()) for part in parts))


def by_key(sums: list[MinuteCounters]) -> dict[Key, tuple[tuple[int, ...], dict[int, int]]]:
    return {key: row for each in sums for key, row in as_dict(each).items()}


@given(some_parts, st.integers(1, 6), st.booleans())
def test_sums_are_those_of_counting_by_hand(parts: list[Part], capacity: int, squeeze: bool) -> None:
    added = squeezed(rows(parts)) if squeeze else rows(parts)
    sums = list(Sums(capacity).each(added))
    expected: dict[Key, Tally[int]] = {}
    for part in parts:
        for key, histogram in part.items():
            expected.setdefault(key, Tally()).update(histogram)
    assert sorted(by_key(sums)) == sorted(expected)
    assert all(len(each) <= capacity and list(as_dict(each)) == sorted(as_dict(each)) for each in sums)
    assert {key: histogram for key, (_, histogram) in by_key(sums).items()} == {
        key: {bucket: min(count, BUCKET_COUNT_MAX) for bucket, count in histogram.items()} for key, histogram in expected.items()
    }
    counts = {key: values[0] for key, (values, _) in by_key(sums).items()}
    assert counts == {key: 12 * sum(key in part for part in parts) for key in expected}


@given(some_parts, st.randoms(use_true_random=False))
def test_order_and_intermediate_sums_make_no_difference(parts: list[Part], chance: object) -> None:
    sums, shuffled = Sums(64), list(parts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    half = len(shuffled) // 2 + 1
    between = [rows_of(each) for part in (shuffled[:half], shuffled[half:]) if part for each in sums.each(rows(part))]
    again = list(sums.each(joined(between))) if between else []
    assert by_key(again) == by_key(list(sums.each(rows(parts))))


def test_only_the_first_keys_are_added_up_if_so_asked() -> None:
    first, more = (counters((key, 10, {200: 3}) for key in keys) for keys in (((5, 1, 1, 1), (6, 1, 1, 1)), ((4, 1, 1, 1), (6, 1, 1, 1))))
    (sums,) = Sums(2).each(rows_of(first, more), keys_max=2)
    assert (sums.minute.tolist(), sums.values[:, 0].tolist()) == ([5, 6], [10, 20])


@pytest.mark.parametrize("capacity", [1, 100])
def test_no_rows_have_no_sums(capacity: int) -> None:
    assert list(Sums(capacity).each(rows_of(counters([])))) == []
