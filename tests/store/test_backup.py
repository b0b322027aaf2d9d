"""A folder and its backup: as of one instant, whole or nothing, and every damage found."""

import json
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from observatory.errors import BadInput, Conflict, NotFound, ObservatoryError
from observatory.flows.catalogue import apply_catalogue
from observatory.model.signoff import NewEntry
from observatory.store.backup import MANIFEST_FILE, back_up, check_backup, restore
from observatory.store.opening import open_reader, open_register, open_telemetry, prepare_folder
from tests.builders import a_catalogue, a_service
from tests.registers import in_change, in_look
from tests.store.counted import DAY_START, a_batch, add, total


def silent(done: int, everything: int) -> None:
    """Watch nothing."""


@pytest.fixture
def data(tmp_path: Path, now: datetime) -> Path:
    """Return a folder of one service with a minute of telemetry."""
    folder = tmp_path / "data"
    prepare_folder(folder)
    with closing(open_register(folder)) as register, closing(open_telemetry(folder)) as telemetry:
        apply_catalogue(register, a_catalogue(a_service()), now)
        add(telemetry, [a_batch()])
    (folder / "log-head.json").write_text("{}")
    (folder / "reserve").touch()
    return folder


@pytest.fixture
def backup(data: Path, tmp_path: Path, now: datetime) -> Path:
    """Return a backup of it."""
    folder = tmp_path / "backups" / "first"
    back_up(data, folder, now, silent)
    return folder


def test_what_was_backed_up_is_restored(data: Path, backup: Path, tmp_path: Path, now: datetime) -> None:
    told: list[tuple[int, int]] = []
    restored = tmp_path / "restored"
    made = restore(backup, restored, lambda *progress: told.append(progress))
    assert made == check_backup(backup)
    assert made.made_at == now
    assert told[-1][0] == told[-1][1] == sum(size for size, _ in made.files.values())
    assert {file.name for file in restored.iterdir()} == {"keys.json", "register.sqlite", "telemetry.sqlite", "log-head.json"}
    assert (restored / "keys.json").read_bytes() == (data / "keys.json").read_bytes()
    with closing(open_register(restored)) as register, closing(open_reader(restored)) as telemetry:
        assert [service.id for service in register.catalogue().services] == ["job-portal"]
        assert len(telemetry.minutes(1, DAY_START, DAY_START + 1)) == 1


def test_a_backup_and_what_is_restored_from_it_are_nobody_elses_to_read(backup: Path, tmp_path: Path) -> None:
    restore(backup, tmp_path / "restored", silent)
    for folder in (backup, tmp_path / "restored"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_what_comes_while_telemetry_is_copied_is_not_in_it_and_its_writer_does_not_wait(data: Path, tmp_path: Path, now: datetime) -> None:
    with closing(open_telemetry(data)) as telemetry, closing(open_register(data)) as register:
        fine: list[int] = []

        def write_meanwhile(done: int, everything: int) -> None:
            add(telemetry, [a_batch()])
            if fine:  # The register was copied first, and is free again.
                in_change(register).log.append(NewEntry("note", b"{}", now))
            fine.append(done)

        made = back_up(data, tmp_path / "backup", now, write_meanwhile)
        assert fine
        assert in_look(register).log.tree()[0] > made.log_size
    restore(tmp_path / "backup", tmp_path / "restored", silent)
    with closing(open_reader(tmp_path / "restored")) as copied:
        assert total(copied.minutes(1, DAY_START, DAY_START + 1)) == 10


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_nothing_is_overwritten(data: Path, backup: Path, tmp_path: Path, now: datetime, kind: str) -> None:
    there = tmp_path / "there"
    if kind == "file":
        there.write_text("mine")
    elif kind == "folder":
        there.mkdir()
        (there / "mine").touch()
    else:
        there.symlink_to(tmp_path / "nowhere")
    with pytest.raises(Conflict):
        back_up(data, there, now, silent)
    if kind != "link":
        with pytest.raises(Conflict):
            restore(backup, there, silent)
    assert not list(tmp_path.glob(".there*"))


def flip(file: Path, position: float) -> None:
    content = bytearray(file.read_bytes())
    content[int(position * (len(content) - 1))] ^= 1
    file.write_bytes(content)


def rewrite_digest(backup: Path, name: str) -> None:
    """Let the manifest agree with a changed file, as somebody would who wants it to pass."""
    from hashlib import sha256  # noqa: PLC0415

    manifest = json.loads((backup / MANIFEST_FILE).read_text())
    manifest["files"][name] = {"bytes": (backup / name).stat().st_size, "sha256": sha256((backup / name).read_bytes()).hexdigest()}
    (backup / MANIFEST_FILE).write_text(json.dumps(manifest))


def rename_in_manifest(backup: Path, name: str, other: str) -> None:
    text = (backup / MANIFEST_FILE).read_text()
    (backup / other).write_bytes((backup / name).read_bytes())
    (backup / MANIFEST_FILE).write_text(text.replace(name, other))


def drop_newest_entry(backup: Path) -> None:
    with closing(sqlite3.connect(backup / "register.sqlite", isolation_level=None)) as connection:
        connection.execute("DELETE FROM log WHERE log_index = (SELECT max(log_index) FROM log)")
    rewrite_digest(backup, "register.sqlite")


def forget_service(backup: Path) -> None:
    with closing(sqlite3.connect(backup / "register.sqlite", isolation_level=None)) as connection:
        connection.executescript("DELETE FROM menu; DELETE FROM service;")
    rewrite_digest(backup, "register.sqlite")


def cut(backup: Path) -> None:
    content = (backup / "telemetry.sqlite").read_bytes()
    (backup / "telemetry.sqlite").write_bytes(content[: len(content) // 2])
    rewrite_digest(backup, "telemetry.sqlite")


DAMAGES: list[Callable[[Path], object]] = [
    *(lambda backup, name=name: flip(backup / name, 0.6) for name in ("keys.json", "register.sqlite", "telemetry.sqlite")),
    lambda backup: (backup / "register.sqlite").unlink(),
    lambda backup: (backup / MANIFEST_FILE).unlink(),
    lambda backup: (backup / MANIFEST_FILE).write_text("{}"),
    lambda backup: (backup / MANIFEST_FILE).write_text("[" * 100_000),
    lambda backup: (backup / MANIFEST_FILE).write_bytes(b"\xff\xfe"),
    lambda backup: flip(backup / MANIFEST_FILE, 0.99),
    lambda backup: rename_in_manifest(backup, "log-head.json", "../log-head.json"),
    drop_newest_entry,
    forget_service,
    cut,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_no_damage_passes_and_none_is_restored(backup: Path, tmp_path: Path, damage: Callable[[Path], object]) -> None:
    check_backup(backup)
    damage(backup)
    for use in (check_backup, partial(restore, data=tmp_path / "restored", tell=silent)):
        with pytest.raises(ObservatoryError) as refused:
            use(backup)
        assert isinstance(refused.value, (BadInput, NotFound))
        assert refused.value.hint
    assert not (tmp_path / "restored").exists()


def test_a_damaged_folder_is_not_backed_up(data: Path, tmp_path: Path, now: datetime) -> None:
    with closing(sqlite3.connect(data / "register.sqlite", isolation_level=None)) as connection:
        connection.execute("UPDATE log SET body = x'00' WHERE log_index = 0")
    with pytest.raises(BadInput, match="log entry 0"):
        back_up(data, tmp_path / "backup", now, silent)
    assert list(tmp_path.iterdir()) == [data]


def test_without_a_data_folder_there_is_nothing_to_back_up(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(NotFound):
        back_up(tmp_path / "nowhere", tmp_path / "backup", now, silent)
    with pytest.raises(NotFound):
        check_backup(tmp_path / "nowhere")


def test_a_backup_within_the_folder_itself_is_refused(tmp_path: Path, now: datetime) -> None:
    prepare_folder(tmp_path / "data")
    open_register(tmp_path / "data").close()
    with pytest.raises(BadInput, match="in the data folder itself"):
        back_up(tmp_path / "data", tmp_path / "data" / "inside", now, lambda _done, _all: None)
