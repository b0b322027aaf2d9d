"""The chain names the first entry that is not what was appended."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.transparency.chain import GENESIS, ChainEntry, entry_hash, first_broken
from observatory.transparency.leaf import recorded_text

MOMENT = datetime(2026, 11, 20, 1, 2, 3, 456, tzinfo=UTC)


def a_chain(count: int) -> tuple[list[ChainEntry], tuple[int, bytes]]:
    entries: list[ChainEntry] = []
    previous = GENESIS
    for index in range(count):
        body = b"body %d" % index
        digest = entry_hash(previous, index, "sign-off", recorded_text(MOMENT), body)
        entries.append(ChainEntry(index, "sign-off", body, MOMENT, previous, digest))
        previous = digest
    return entries, (count, previous)


def test_the_hash_is_the_one_the_description_says() -> None:
    described = b"\x00" + GENESIS + bytes(7) + b"\x05" + bytes(7) + b"\x08sign-off" + bytes(7) + b"\x01t" + bytes(7) + b"\x02{}"

    assert entry_hash(GENESIS, 5, "sign-off", "t", b"{}") == hashlib.sha256(described).digest()


def test_times_are_written_in_utc_with_microseconds() -> None:
    assert recorded_text(datetime(2026, 11, 20, 10, 2, 3, tzinfo=timezone(timedelta(hours=9)))) == "2026-11-20T01:02:03.000000Z"


@pytest.mark.parametrize("count", [0, 1, 5])
def test_an_untouched_log_is_sound(count: int) -> None:
    assert first_broken(*a_chain(count)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"body": b"other"},
        {"kind": "sign-of"},
        {"recorded_at": MOMENT + timedelta(microseconds=1)},
        {"hash": bytes(32)},
        {"hash": b""},
        {"previous_hash": bytes(32)},
        {"previous_hash": b""},
        {"index": 9},
    ],
)
@pytest.mark.parametrize("index", [0, 2, 4])
def test_any_change_to_an_entry_names_it(change: dict[str, Any], index: int) -> None:
    entries, head = a_chain(5)
    entries[index] = replace(entries[index], **change)

    found = first_broken(entries, head)

    assert found is not None
    assert found.index == index


def test_an_entry_rehashed_after_a_change_is_given_away_by_the_next() -> None:
    entries, head = a_chain(3)
    forged = entry_hash(GENESIS, 0, "sign-off", recorded_text(MOMENT), b"forged")
    entries[0] = replace(entries[0], body=b"forged", hash=forged)

    found = first_broken(entries, head)

    assert found is not None
    assert (found.index, "previous hash" in found.reason) == (1, True)


def test_a_missing_entry_is_named() -> None:
    entries, head = a_chain(4)

    found = first_broken(entries[:1] + entries[2:], head)

    assert found is not None
    assert (found.index, "missing" in found.reason) == (1, True)


@pytest.mark.parametrize("kept", [0, 3])
def test_a_cut_off_tail_is_named(kept: int) -> None:
    entries, head = a_chain(4)

    found = first_broken(entries[:kept], head)

    assert found is not None
    assert (found.index, "4 entries were appended" in found.reason) == (kept, True)


def test_an_entry_the_head_does_not_know_is_named() -> None:
    entries, _ = a_chain(4)
    _, older_head = a_chain(3)

    found = first_broken(entries, older_head)

    assert found is not None
    assert found.index == 3


def test_a_rewritten_newest_entry_is_given_away_by_the_head() -> None:
    entries, head = a_chain(3)
    forged = entry_hash(entries[1].hash, 2, "sign-off", recorded_text(MOMENT), b"forged")
    entries[2] = replace(entries[2], body=b"forged", hash=forged)

    found = first_broken(entries, head)

    assert found is not None
    assert (found.index, "head" in found.reason) == (2, True)


@given(st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3), st.binary(max_size=3)), min_size=2, max_size=2, unique=True))
def test_no_two_entries_share_a_hash(parts: list[tuple[str, str, bytes]]) -> None:
    (kind, time, body), (other_kind, other_time, other_body) = parts

    assert entry_hash(GENESIS, 0, kind, time, body) != entry_hash(GENESIS, 0, other_kind, other_time, other_body)
