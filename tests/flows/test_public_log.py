"""The head of the log is signed only while the log continues what was signed before, also over a restart."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from observatory.errors import BadInput
from observatory.flows.public_log import SIGNED_AGAIN_AFTER, SignedLog
from observatory.flows.signing_keys import BOTH_SIGN, SigningKeys
from observatory.model.signoff import NewEntry
from observatory.store.opening import head_note_of, make_key_file, open_register, prepare_folder
from observatory.store.register import RegisterStore
from observatory.transparency.checkpoint import open_checkpoint
from observatory.transparency.leaf import leaf_data, recorded_text
from observatory.transparency.merkle import hash_leaf
from tests.moments import NOW
from tests.registers import in_change, in_look


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An observatory whose key lies outside its folder."""
    make_key_file(tmp_path / "key")
    prepare_folder(tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def register(folder: Path) -> Iterator[RegisterStore]:
    opened = open_register(folder)
    SigningKeys(opened, prepare_folder(folder, key_file=folder.with_name("key"))).make_first(NOW)
    yield opened
    opened.close()


def watch(folder: Path, register: RegisterStore) -> SignedLog:
    """Return what a server started now would watch the log with."""
    key = folder.with_name("key")
    keys = prepare_folder(folder, key_file=key)
    return SignedLog(register, keys, head_note_of(folder, key))


def append(register: RegisterStore, count: int, now: datetime) -> None:
    for number in range(count):
        in_change(register).log.append(NewEntry("test", b'{"number":%d}' % number, now))


def edit(folder: Path, *statements: str) -> None:
    """Change the register as somebody with the file and sqlite3 would."""
    connection = sqlite3.connect(folder / "register.sqlite")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_an_empty_log_is_signed_and_every_growth(folder: Path, register: RegisterStore, now: datetime) -> None:
    log = watch(folder, register)
    empty = log.look(now).checkpoint
    append(register, 3, now)
    grown = log.look(now).checkpoint

    assert empty is not None
    assert grown is not None
    assert (empty.size, grown.size) == (1, 4)
    assert (grown.size, grown.root) == in_look(register).log.tree()
    for signed in (empty, grown):
        assert open_checkpoint(signed.content, [log.signer.signers(now)[0].key]) == signed.checkpoint


def test_a_log_that_rests_is_signed_anew_every_hour_only(folder: Path, register: RegisterStore, now: datetime) -> None:
    log = watch(folder, register)
    first = log.look(now).checkpoint

    assert log.look(now + timedelta(minutes=59)).checkpoint is first
    later = log.look(now + SIGNED_AGAIN_AFTER).checkpoint
    assert later is not None
    assert later.signed_at == now + SIGNED_AGAIN_AFTER


@pytest.mark.parametrize(
    "statements",
    [
        ("DELETE FROM log WHERE log_index = 2", "UPDATE log_head SET size = 2, hash = (SELECT hash FROM log_node WHERE level = 1)"),
        ("UPDATE log SET leaf_hash = zeroblob(32) WHERE log_index = 2", "UPDATE log_head SET hash = zeroblob(32)"),
        ("DELETE FROM log", "UPDATE log_head SET size = 0, hash = x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'"),
        ("UPDATE log SET body = x'7b7d' WHERE log_index = 0",),
    ],
)
@pytest.mark.parametrize("restarted", [True, False])
def test_a_log_that_was_rewritten_or_cut_is_not_signed(
    folder: Path, register: RegisterStore, now: datetime, statements: tuple[str, ...], *, restarted: bool
) -> None:
    append(register, 3, now)
    log = watch(folder, register)
    before = log.look(now).checkpoint
    edit(folder, *statements)
    if restarted:
        log = watch(folder, register)

    state = log.look(now + timedelta(minutes=2))

    assert state.broken is not None
    assert state.checkpoint == before


def test_one_decision_rewritten_with_its_own_hash_is_found_once_the_log_grows(folder: Path, register: RegisterStore, now: datetime) -> None:
    append(register, 3, now)
    log = watch(folder, register)
    log.look(now)
    [second] = in_look(register).log.entries(1, 1)
    forged = hash_leaf(leaf_data(second.kind, recorded_text(second.recorded_at), b"{}"))
    edit(folder, f"UPDATE log SET body = x'7b7d', leaf_hash = x'{forged.hex()}' WHERE log_index = 1")  # noqa: S608  # as somebody with the file would
    append(register, 1, now)

    state = log.look(now)

    assert state.broken is not None
    assert state.broken.index == second.index


def test_what_is_appended_while_the_log_is_read_is_no_flaw(folder: Path, register: RegisterStore, now: datetime) -> None:
    append(register, 50, now)
    stop, others = threading.Event(), open_register(folder)

    def go_on() -> None:
        while not stop.wait(0.002):
            append(others, 1, now)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        states = [watch(folder, register).look(now) for _ in range(10)]
    finally:
        stop.set()
        thread.join()
        others.close()
    assert [state.broken for state in states] == [None] * 10


def test_a_register_put_back_from_an_old_copy_is_not_signed(folder: Path, register: RegisterStore, now: datetime, tmp_path: Path) -> None:
    append(register, 2, now)
    shutil.copy(folder / "register.sqlite", tmp_path / "old")
    append(register, 2, now)
    watch(folder, register).look(now)
    register.close()
    shutil.copy(tmp_path / "old", folder / "register.sqlite")

    state = watch(folder, open_register(folder)).look(now)

    assert state.broken is not None
    assert state.broken.reason == "is missing: the log once had 5 entries"


def test_a_rewritten_log_of_the_same_length_is_not_signed_after_it_grew(folder: Path, register: RegisterStore, now: datetime) -> None:
    append(register, 2, now)
    watch(folder, register).look(now)
    edit(folder, "DELETE FROM log", "DELETE FROM log_node", "DELETE FROM log_head")
    append(register, 5, now + timedelta(days=1))

    state = watch(folder, register).look(now)

    assert state.broken is not None
    assert state.broken.index == 2


def test_a_log_that_was_given_another_name_is_not_signed(folder: Path, register: RegisterStore, now: datetime) -> None:
    append(register, 2, now)
    watch(folder, register).look(now)
    edit(folder, "UPDATE log_origin SET name = 'other.go.kr/log'")

    state = watch(folder, register).look(now)

    assert state.broken is not None
    assert state.broken.reason.startswith("is of another log than was signed before")


@pytest.mark.parametrize("spoilt", ["", "{}", '{"size": 0}'])
def test_a_note_that_was_damaged_or_changed_stops_signing(folder: Path, register: RegisterStore, now: datetime, spoilt: str) -> None:
    append(register, 1, now)
    watch(folder, register).look(now)
    note = head_note_of(folder, folder.with_name("key"))
    note.write_text(spoilt or note.read_text().replace("log-", "log_"))

    assert watch(folder, register).look(now).broken is not None


def test_a_full_disk_keeps_the_last_head_and_is_tried_again(folder: Path, register: RegisterStore, now: datetime) -> None:
    log = watch(folder, register)
    before = log.look(now).checkpoint
    append(register, 1, now)
    note = head_note_of(folder, folder.with_name("key"))
    note.unlink()
    note.mkdir()

    assert log.look(now).checkpoint == before
    note.rmdir()
    after = log.look(now + timedelta(minutes=1)).checkpoint
    assert after is not None
    assert after.size == 2


def test_after_a_rotation_checkpoints_are_believed_by_the_old_key_and_by_the_new(
    folder: Path, register: RegisterStore, now: datetime
) -> None:
    log = watch(folder, register)
    (old,) = log.signer.signers(now)
    keys = SigningKeys(register, prepare_folder(folder, key_file=folder.with_name("key")))
    keys.rotate(now, compromised=False)
    rotated = log.look(now).checkpoint
    new, still = log.signer.signers(now)

    assert rotated is not None
    assert still.key == old.key
    for signer in (old, new):
        assert open_checkpoint(rotated.content, [signer.key]) == rotated.checkpoint
    append(register, 1, now + BOTH_SIGN)
    later = log.look(now + BOTH_SIGN).checkpoint
    assert later is not None
    assert open_checkpoint(later.content, [new.key]) == later.checkpoint
    with pytest.raises(BadInput):
        open_checkpoint(later.content, [old.key])


def test_a_key_that_somebody_else_may_have_signs_no_checkpoint_any_more(folder: Path, register: RegisterStore, now: datetime) -> None:
    log = watch(folder, register)
    (old,) = log.signer.signers(now)
    SigningKeys(register, prepare_folder(folder, key_file=folder.with_name("key"))).rotate(now, compromised=True)

    checkpoint = log.look(now).checkpoint

    assert checkpoint is not None
    with pytest.raises(BadInput):
        open_checkpoint(checkpoint.content, [old.key])
