"""What a register promises about the append-only log, on every backend: atomic, consecutive, read exactly as stored."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from observatory.model.signoff import NewEntry
from observatory.store.register import RegisterStore
from observatory.transparency.merkle import EMPTY_ROOT, root_of
from tests.registers import in_change, in_look
from tests.store.backends import Backend


def test_an_empty_log_has_the_hash_of_nothing(register: RegisterStore) -> None:
    assert in_look(register).log.tree() == (0, EMPTY_ROOT)
    assert in_look(register).log.entries() == []


def test_entries_come_back_as_they_were_appended(register: RegisterStore, now: datetime) -> None:
    appended = [in_change(register).log.append(NewEntry(kind, body, now)) for kind, body in (("a", b"1"), ("b", b"\x00\xff"), ("a", b""))]

    assert in_look(register).log.entries() == appended
    assert in_look(register).log.entries(first=1, limit=1) == appended[1:2]
    assert in_look(register).log.entries_of_kind("a") == [appended[0], appended[2]]
    assert in_look(register).log.tree() == (3, root_of(entry.leaf_hash for entry in appended))


def test_many_who_append_at_once_get_consecutive_indexes(register: RegisterStore, backend: Backend, folder: Path, now: datetime) -> None:
    other = backend.register(folder)
    with ThreadPoolExecutor(8) as people:
        appended = list(people.map(lambda n: in_change((register, other)[n % 2]).log.append(NewEntry("kind", b"%d" % n, now)), range(40)))
    other.close()

    assert sorted(entry.index for entry in appended) == list(range(40))
    assert (40, root_of(entry.leaf_hash for entry in in_look(register).log.entries())) == in_look(register).log.tree()
