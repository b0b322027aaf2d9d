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

from observatory.store.interface import KEY_BYTES, Batch, TelemetryStore
from observatory.store.opening import open_telemetry
from observatory.store.sqlite import duplicates
from observatory.store.sqlite.key_index import SLOTS_MIN, KeyIndex
from observatory.store.sqlite.telemetry_schema import telemetry_migrations
from tests.store.counted import RECEIVED, a_batch, a_batch_no_table_takes, a_key, add, counters

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
def test_every_group_that_holds_a_key_is_a_candidate_until_it_is_forgotten(
    groups: list[list[bytes]], oldest: int, asked: list[bytes]
) -> None:
    index = KeyIndex()
    for group, keys in enumerate(groups, 1):
        index.add(b"".join(keys), group)

    def holding(first: int) -> list[tuple[int, int]]:
        return sorted(
            (at, group)
            for at, key in enumerate(asked)
            for group, keys in enumerate(groups, 1)
            for each in keys
            if each == key and group >= first
        )

    assert sorted(index.candidates(b"".join(asked))) == holding(1)
    index.make_room(5, oldest)
    assert sorted(index.candidates(b"".join(asked))) == holding(oldest)


def test_an_index_grows_with_its_keys_and_shrinks_when_they_are_forgotten() -> None:
    index, per_group, groups = KeyIndex(), 1000, 150
    for group in range(1, groups + 1):
        keys = numbered(group * per_group, per_group)
        if not index.has_room(per_group):
            index.make_room(per_group, 1)
        index.add(b"".join(keys), group)
    assert per_group * groups > 2 * SLOTS_MIN
    for group in range(1, groups + 1):
        found = index.candidates(b"".join(numbered(group * per_group, per_group)))
        assert set(found) >= {(position, group) for position in range(per_group)}
    strangers = index.candidates(b"".join(numbered(10**9, 10_000)))
    assert len(strangers) < 100
    index.make_room(1, groups)
    assert len(index.candidates(b"".join(numbered(groups * per_group, per_group)))) == per_group
    assert not index.candidates(b"".join(numbered(per_group, per_group)))


def test_old_keys_leave_the_index_when_it_needs_room(connection: sqlite3.Connection) -> None:
    book = duplicates.KeyBook(connection)
    rounds, each = 12, SLOTS_MIN // 8
    for number in range(rounds):
        received = timedelta(hours=2 * number)
        batches = keyed(*numbered(number * each, each), after=received)
        assert all(book.are_new(connection, batches))
        duplicates.forget_keys(connection, RECEIVED + received, 100)
        assert not any(book.are_new(connection, batches))
    assert connection.execute("SELECT count(*) FROM key_group").fetchone() == (1,)
    assert len(book.index.candidates(b"".join(numbered(0, each)))) < 10  # Strangers, by chance.


def test_what_a_group_costs_does_not_depend_on_how_many_are_in_it(connection: sqlite3.Connection) -> None:
    book, statements = duplicates.KeyBook(connection), list[str]()
    connection.set_trace_callback(statements.append)
    assert book.are_new(connection, keyed(*numbered(0, 1000))) == [True] * 1000
    assert len(statements) == 1


def test_what_was_rolled_back_is_neither_known_nor_kept(connection: sqlite3.Connection) -> None:
    book, stored, failed = duplicates.KeyBook(connection), keyed(*numbered(0, 50)), keyed(*numbered(50, 50))
    book.begin()
    assert all(book.are_new(connection, stored))
    for _ in range(SLOTS_MIN // 50):
        book.begin()
        connection.execute("BEGIN")
        assert all(book.are_new(connection, failed))
        connection.execute("ROLLBACK")
        book.take_back()
    assert len(book.index.candidates(b"".join(numbered(0, 100)))) == 50
    book.begin()
    assert not any(book.are_new(connection, stored))
    book.take_back()
    assert not any(book.are_new(connection, stored))


@settings(deadline=None)
@given(first=st.lists(names, max_size=30), last=st.lists(names, max_size=30))
def test_taking_back_leaves_the_index_as_it_was(first: list[bytes], last: list[bytes]) -> None:
    index = KeyIndex()
    index.add(b"".join(first), 1)
    before = index.candidates(b"".join(first))
    index.add(b"".join(last), 2)
    index.take_back(b"".join(last), 2)
    assert index.candidates(b"".join(first)) == before
    assert {group for _, group in index.candidates(b"".join(last))} <= {1}


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
