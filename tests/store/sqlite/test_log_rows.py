"""The rows of the append-only log in SQLite, as somebody with the file sees and edits them."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from observatory.errors import Conflict
from observatory.model.signoff import NewEntry
from observatory.store.register import RegisterStore
from observatory.store.sqlite.connections import connect_writer, transaction
from observatory.store.sqlite.register.public_log import SqliteLog
from observatory.transparency.merkle import EMPTY_ROOT
from tests.registers import in_change


@pytest.fixture
def connection(register: RegisterStore, folder: Path) -> Iterator[sqlite3.Connection]:
    """A connection of somebody else to the same register."""
    opened = connect_writer(folder / "register.sqlite")
    yield opened
    opened.close()


def test_an_entry_is_stored_with_the_change_it_tells_of_or_not_at_all(connection: sqlite3.Connection, now: datetime) -> None:
    def change_and_fail() -> None:
        with transaction(connection):
            connection.execute("INSERT INTO vantage (source, name) VALUES (9, 'seoul')")
            SqliteLog(connection).append(NewEntry("vantage", b"seoul", now))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        change_and_fail()

    assert SqliteLog(connection).tree() == (0, EMPTY_ROOT)
    assert SqliteLog(connection).entries() == []
    assert connection.execute("SELECT count(*) FROM vantage").fetchone() == (0,)


def test_a_log_with_an_entry_where_the_next_belongs_is_not_appended_to(
    register: RegisterStore, connection: sqlite3.Connection, now: datetime
) -> None:
    in_change(register).log.append(NewEntry("kind", b"body", now))
    connection.execute("UPDATE log_head SET size = 0")

    with pytest.raises(Conflict, match="entry 0 is already there"):
        in_change(register).log.append(NewEntry("kind", b"body", now))


@pytest.mark.parametrize(
    ("edit", "refusal"),
    [
        ("UPDATE log_node SET hash = zeroblob(32) WHERE level = 1", "what is kept of its tree was changed"),
        ("DELETE FROM log_node", "a part of it is missing"),
        ("INSERT INTO log_node VALUES (2, 0, zeroblob(32))", "what is kept of its tree was changed"),
        ("UPDATE log_head SET hash = zeroblob(32)", "what is kept of its tree was changed"),
        (
            "CREATE TRIGGER rot AFTER INSERT ON log BEGIN UPDATE log SET body = x'00' WHERE log_index = NEW.log_index; END",
            "does not read back as it was written",
        ),
        ("CREATE TRIGGER race AFTER INSERT ON log BEGIN UPDATE log_head SET size = size + 1; END", "somebody else has just appended"),
    ],
)
def test_nothing_is_appended_to_what_is_not_as_it_was_left(
    register: RegisterStore, connection: sqlite3.Connection, now: datetime, edit: str, refusal: str
) -> None:
    for number in range(3):
        in_change(register).log.append(NewEntry("kind", b"%d" % number, now))
    connection.execute(edit)

    with pytest.raises(Conflict, match=refusal):
        in_change(register).log.append(NewEntry("kind", b"3", now))

    assert len(SqliteLog(connection).entries()) == 3
