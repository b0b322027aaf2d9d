"""Which batches were stored before: what is kept of their keys, and the index in memory that says where."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from observatory.store.opening import open_telemetry
from observatory.store.sqlite.telemetry import duplicates
from observatory.store.sqlite.telemetry.key_index import SPAN_KEYS, KeyIndex
from observatory.store.sqlite.telemetry.schema import telemetry_migrations
from observatory.store.telemetry import KEY_BYTES, Batch, TelemetryStore
from tests.store.counted import RECEIVED, a_batch, a_batch_no_table_takes, a_key, add, counters

SLOTS = 1 << 16
"""Of a small block."""

names = st.integers(0, 30).map(lambda number: a_key(bytes([number])))


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "telemetry.sqlite", isolation_level=None)) as opened:
        telemetry_migrations.apply(Database(opened))
        yield opened


def numbered(first: int, count: int) -> list[bytes]:
    return [a_key(number.to_bytes(8, "big")) for number in range(first, first + count)]


def keyed(*keys: bytes, after: timedelta = timedelta()) -> list[Batch]:
    nothing = counters([])
    return [Batch(nothing, RECEIVED + after, key) for key in keys]


@settings(deadline=None)  # The first call compiles.
@given(groups=st.lists(st.lists(names, max_size=5), max_size=20), oldest=st.integers(1, 20), asked=st.lists(names, max_size=10))
def test_every_group_that_holds_a_key_is_within_a_candidate_until_it_is_forgotten(
    groups: list[list[bytes]], oldest: int, asked: list[bytes]
) -> None:
    index = KeyIndex(block_slots=8)
    for group, keys in enumerate(groups, 1):
        if not index.has_room(len(keys)):
            index.make_room(1)
        index.add(b"".join(keys), group)
    holding = {(at, group) for at, key in enumerate(asked) for group, keys in enumerate(groups, 1) if key in keys}
    assert holding <= within_candidates(index, asked)
    index.make_room(oldest)
    assert {(at, group) for at, group in holding if group >= oldest} <= within_candidates(index, asked)


def within_candidates(index: KeyIndex, asked: list[bytes]) -> set[tuple[int, int]]:
    return {(at, group) for groups, positions in index.candidates(b"".join(asked)).items() for at in positions for group in groups}


def test_a_candidate_is_a_few_groups_and_a_stranger_hardly_ever_one() -> None:
    index, per_group, groups = KeyIndex(SLOTS), 50, SLOTS // 50
    for group in range(1, groups + 1):
        if not index.has_room(per_group):
            index.make_room(1)
        index.add(b"".join(numbered(group * per_group, per_group)), group)
    for group in range(1, groups + 1, 97):
        keys = numbered(group * per_group, per_group)
        assert within_candidates(index, keys) >= {(position, group) for position in range(per_group)}
        assert all(len(candidate) <= SPAN_KEYS // per_group + 1 for candidate in index.candidates(b"".join(keys)))
    assert len(index.candidates(b"".join(numbered(10**9, 10_000)))) < 100
    index.make_room(groups)
    assert len(within_candidates(index, numbered(groups * per_group, per_group))) >= per_group
    assert len(index.candidates(b"".join(numbered(per_group, per_group)))) < 5  # Of its block nothing is left.


def test_old_keys_leave_the_index_when_it_needs_room(connection: sqlite3.Connection) -> None:
    book = duplicates.KeyBook(connection, KeyIndex(SLOTS))
    rounds, each = 12, SLOTS // 8
    for number in range(rounds):
        received = timedelta(hours=2 * number)
        batches = keyed(*numbered(number * each, each), after=received)
        assert all(book.are_new(connection, batches))
        duplicates.forget_keys(connection, RECEIVED + received, 100)
        assert not any(book.are_new(connection, batches))
    assert connection.execute("SELECT count(*) FROM key_group").fetchone() == (1,)
    assert len(book.index.candidates(b"".join(numbered(0, each)))) < 10  # Strangers, by chance.


def test_a_key_is_known_after_all_before_it_were_forgotten(connection: sqlite3.Connection) -> None:
    book = duplicates.KeyBook(connection)
    later = timedelta(hours=2)
    for first in range(3):
        assert book.are_new(connection, keyed(*numbered(first, 1))) == [True]
    duplicates.forget_keys(connection, RECEIVED + later, 100)
    assert connection.execute("SELECT count(*) FROM key_group").fetchone() == (0,)
    batches = keyed(*numbered(0, 3), after=later)
    assert book.are_new(connection, batches) == [True] * 3
    assert book.are_new(connection, batches) == [False] * 3


def test_what_a_group_costs_does_not_depend_on_how_many_are_in_it(connection: sqlite3.Connection) -> None:
    book, statements = duplicates.KeyBook(connection), list[str]()
    connection.set_trace_callback(statements.append)
    assert book.are_new(connection, keyed(*numbered(0, 1000))) == [True] * 1000
    assert len(statements) == 1


def test_what_was_rolled_back_is_neither_known_nor_kept(connection: sqlite3.Connection) -> None:
    book, stored, failed = duplicates.KeyBook(connection, KeyIndex(SLOTS)), keyed(*numbered(0, 50)), keyed(*numbered(50, 50))
    book.begin()
    assert all(book.are_new(connection, stored))
    for _ in range(SLOTS // 50):
        book.begin()
        connection.execute("BEGIN")
        assert all(book.are_new(connection, failed))
        connection.execute("ROLLBACK")
        book.take_back()
    assert {position for position, _ in within_candidates(book.index, numbered(0, 100))} == set(range(50))
    assert book.index.has_room(SLOTS * 7 // 8 - 50)
    book.begin()
    assert not any(book.are_new(connection, stored))
    book.take_back()
    assert not any(book.are_new(connection, stored))


@settings(deadline=None)
@given(first=st.lists(names, max_size=30), last=st.lists(names, max_size=30))
def test_taking_back_leaves_the_index_as_it_was(first: list[bytes], last: list[bytes]) -> None:
    index = KeyIndex(block_slots=128)
    index.add(b"".join(first), 1)
    before = index.candidates(b"".join((*first, *last)))
    index.take_back(index.add(b"".join(last), 2))
    assert index.candidates(b"".join((*first, *last))).keys() <= {range(1, 3)}
    assert [*before.values()] == [*index.candidates(b"".join((*first, *last))).values()]


def test_a_batch_that_fails_takes_nothing_back_that_was_stored(telemetry: TelemetryStore) -> None:
    assert telemetry.add(keyed(*numbered(0, 2))) == [True, True]
    with pytest.raises(sqlite3.IntegrityError):
        telemetry.add([*keyed(*numbered(2, 2)), a_batch_no_table_takes()])
    assert telemetry.add(keyed(*numbered(0, 4))) == [False, False, True, True]


def test_a_batch_with_a_key_and_nothing_else_is_remembered(telemetry: TelemetryStore) -> None:
    assert telemetry.add(keyed(*numbered(0, 2))) == [True, True]
    assert telemetry.add(keyed(*numbered(0, 3))) == [False, False, True]


def test_keys_of_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=f"has {KEY_BYTES} bytes, not 5"):
        keyed(b"short")


def test_keys_that_an_older_release_has_stored_are_known(folder: Path) -> None:
    (folder / "telemetry.sqlite").unlink()
    with closing(sqlite3.connect(folder / "telemetry.sqlite")) as old:
        telemetry_migrations.apply(Database(old), stop_before="0006_key_groups")
        moments = [int((RECEIVED - timedelta(minutes=age)).timestamp() * 1000) for age in range(70)]
        old.executemany("INSERT INTO batch_key VALUES (?, ?)", zip(numbered(0, 70), moments, strict=True))
        old.commit()
    with closing(open_telemetry(folder)) as store:
        again = [add(store, [a_batch(key=age.to_bytes(8, "big"))]) for age in range(70)]
        assert again == [[False]] * 61 + [[True]] * 9
