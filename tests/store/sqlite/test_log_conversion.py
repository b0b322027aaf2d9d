"""The chain that the log was becomes leaves of a tree, byte for byte, and whoever kept a head of it can still hold it against."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from observatory.errors import BadInput, BadSettings
from observatory.flows.log_checking import check_log
from observatory.flows.public_log import SignedLog
from observatory.model.signoff import NewEntry
from observatory.store.backup import back_up, restore
from observatory.store.head_note import read_head_note
from observatory.store.opening import head_note_of, open_register, prepare_folder
from observatory.transparency.leaf import data_of, recorded_text
from observatory.transparency.merkle import hash_leaf
from tests.old_log import old_register, sign_head, write_old_note
from tests.registers import in_change, in_look


@pytest.fixture
def entries(now: datetime) -> list[NewEntry]:
    """What stands in the chain; the last is longer than a bundle of entries may hold."""
    bodies = [b'{"n":%d}' % number for number in range(6)] + [b"", b'"%b"' % (b"x" * 70_000)]
    return [NewEntry("sign-off", body, now + timedelta(seconds=number)) for number, body in enumerate(bodies)]


@pytest.fixture
def heads(tmp_path: Path, entries: list[NewEntry]) -> list[tuple[int, bytes]]:
    """Each head that the chain had."""
    prepare_folder(tmp_path)
    return old_register(tmp_path / "register.sqlite", entries)


def test_every_entry_becomes_a_leaf_and_the_last_names_the_chain(
    tmp_path: Path, entries: list[NewEntry], heads: list[tuple[int, bytes]]
) -> None:
    with closing(open_register(tmp_path)) as register:
        *leaves, closing_leaf = in_look(register).log.entries()
        report = check_log(register)

    assert [(leaf.kind, leaf.body, leaf.recorded_at) for leaf in leaves] == [(each.kind, each.body, each.recorded_at) for each in entries]
    first = b"sign-off\n" + recorded_text(entries[0].recorded_at).encode() + b'\n{"n":0}'
    assert (data_of(leaves[0]), leaves[0].leaf_hash) == (first, hash_leaf(first))
    assert len(data_of(leaves[-1])) < 200
    assert closing_leaf.kind == "log-converted"
    assert closing_leaf.body == b'{"chain_head":"%b","entries":8}' % heads[-1][1].hex().encode()
    assert closing_leaf.recorded_at == entries[-1].recorded_at
    assert (report.size, report.broken) == (9, None)


def test_every_head_of_the_chain_is_still_held_against_the_log(tmp_path: Path, heads: list[tuple[int, bytes]]) -> None:
    with closing(open_register(tmp_path)) as register:
        assert check_log(register, heads).broken is None
        for size, digest in heads:
            broken = check_log(register, [(size, bytes([digest[0] ^ 1]) + digest[1:])]).broken
            assert broken is not None
            assert broken.index == max(0, size - 1)
        assert check_log(register, [(9, heads[-1][1])]).broken is not None


def test_a_log_without_entries_is_an_empty_tree(tmp_path: Path, now: datetime) -> None:
    prepare_folder(tmp_path)
    old_register(tmp_path / "register.sqlite", [])
    with closing(open_register(tmp_path)) as register:
        assert in_look(register).log.entries() == []
        assert in_change(register).log.append(NewEntry("a", b"{}", now)).index == 0


def test_a_broken_chain_is_not_converted_and_nothing_is_changed(tmp_path: Path, heads: list[tuple[int, bytes]]) -> None:
    with closing(sqlite3.connect(tmp_path / "register.sqlite")) as connection:
        connection.execute("UPDATE log SET body = x'7b7d' WHERE log_index = 3")
        connection.commit()
    for _ in range(2):
        with pytest.raises(BadSettings, match="entry 3 was changed"):
            open_register(tmp_path)


def test_the_note_of_a_head_is_understood_once_and_replaced(tmp_path: Path, now: datetime, heads: list[tuple[int, bytes]]) -> None:
    keys, note = prepare_folder(tmp_path), head_note_of(tmp_path)
    write_old_note(note, sign_head(keys.secret, *heads[5], now))
    with closing(open_register(tmp_path)) as register:
        state = SignedLog(register, keys, note).look(now)
        kept = read_head_note(note)

    assert (state.broken, state.checkpoint is not None) == (None, True)
    assert kept is not None
    assert kept.signed == state.checkpoint


def test_a_log_that_departs_from_the_noted_head_is_not_signed(tmp_path: Path, now: datetime, heads: list[tuple[int, bytes]]) -> None:
    keys, note = prepare_folder(tmp_path), head_note_of(tmp_path)
    write_old_note(note, sign_head(keys.secret, 5, bytes(32), now))
    with closing(open_register(tmp_path)) as register:
        state = SignedLog(register, keys, note).look(now)

    assert state.checkpoint is None
    assert state.broken is not None
    assert state.broken.index == 4


def test_a_backup_made_before_is_checked_as_the_chain_it_holds(tmp_path: Path, now: datetime, heads: list[tuple[int, bytes]]) -> None:
    backup, restored = tmp_path.parent / "before", tmp_path.parent / "restored"
    made = back_up(tmp_path, backup, now, lambda _done, _all: None)
    assert (made.log_size, made.log_head) == (8, heads[-1][1].hex())
    restore(backup, restored, lambda _done, _all: None)
    with closing(open_register(restored)) as register:
        assert check_log(register, heads).broken is None
    with closing(sqlite3.connect(tmp_path / "register.sqlite")) as connection:
        connection.execute("UPDATE log SET body = x'00' WHERE log_index = 2")
        connection.commit()
    with pytest.raises(BadInput, match="log entry 2"):
        back_up(tmp_path, backup.with_name("after"), now, lambda _done, _all: None)
