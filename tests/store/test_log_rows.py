"""The append-only log in SQLite: atomic, consecutive, read exactly as stored."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from observatory.errors import Conflict
from observatory.store.opening import open_register, prepare_folder
from observatory.store.register import RegisterStore
from observatory.store.sqlite.connections import connect_writer, transaction
from observatory.store.sqlite.register.public_log import append_entry, entries, log_head
from observatory.transparency.chain import GENESIS, first_broken


@pytest.fixture
def register(tmp_path: Path) -> Iterator[RegisterStore]:
    """An empty register."""
    prepare_folder(tmp_path)
    opened = open_register(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def connection(register: RegisterStore, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of somebody else to the same register."""
    opened = connect_writer(tmp_path / "register.sqlite")
    yield opened
    opened.close()


def test_an_empty_log_has_the_hash_of_nothing(register: RegisterStore) -> None:
    assert register.log_head() == (0, GENESIS)
    assert register.entries() == []


def test_entries_come_back_as_they_were_appended(register: RegisterStore, now: datetime) -> None:
    appended = [register.append_entry(kind, body, now) for kind, body in (("a", b"1"), ("b", b"\x00\xff"), ("a", b""))]

    assert register.entries() == appended
    assert register.entries(first=1, limit=1) == appended[1:2]
    assert register.entries_of_kind("a") == [appended[0], appended[2]]
    assert register.log_head() == (3, appended[2].hash)


def test_an_entry_is_stored_with_the_change_it_tells_of_or_not_at_all(connection: sqlite3.Connection, now: datetime) -> None:
    def change_and_fail() -> None:
        with transaction(connection):
            connection.execute("INSERT INTO vantage (source, name) VALUES (9, 'seoul')")
            append_entry(connection, "vantage", b"seoul", now)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        change_and_fail()

    assert log_head(connection) == (0, GENESIS)
    assert entries(connection) == []
    assert connection.execute("SELECT count(*) FROM vantage").fetchone() == (0,)


def test_many_who_append_at_once_get_consecutive_indexes(register: RegisterStore, tmp_path: Path, now: datetime) -> None:
    other = open_register(tmp_path)
    with ThreadPoolExecutor(8) as people:
        appended = list(people.map(lambda n: (register, other)[n % 2].append_entry("kind", b"%d" % n, now), range(40)))
    other.close()

    assert sorted(entry.index for entry in appended) == list(range(40))
    assert first_broken(register.entries(), register.log_head()) is None


def test_a_log_with_an_entry_where_the_next_belongs_is_not_appended_to(
    register: RegisterStore, connection: sqlite3.Connection, now: datetime
) -> None:
    register.append_entry("kind", b"body", now)
    connection.execute("UPDATE log_head SET size = 0")

    with pytest.raises(Conflict, match="entry 0 is already there"):
        register.append_entry("kind", b"body", now)
