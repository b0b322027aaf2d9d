"""A data folder is made once, private to its owner, and refused with one clear line where it cannot be trusted."""

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from observatory.errors import BadSettings, Conflict
from observatory.store.file_systems import mounted_as
from observatory.store.opening import make_key_file, open_reader, open_register, open_telemetry, prepare_folder
from observatory.store.sqlite.connections import connect_reader, connect_writer
from tests.registers import in_look

# What every command does first; all of them wait for the word, so that they do it at once.
PREPARE_AND_OPEN = """
import sys
from pathlib import Path
from observatory.flows.catalogue import apply_catalogue
from observatory.store.opening import open_register, open_telemetry, prepare_folder
from tests.builders import a_catalogue
from tests.store.counted import RECEIVED
folder = Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
keys = prepare_folder(folder)
register = open_register(folder)
apply_catalogue(register, a_catalogue(), RECEIVED)
telemetry = open_telemetry(folder)
telemetry.beat(1, first=True)
telemetry.close()
register.close()
print(keys)
"""

MOUNTS = """/dev/vda / ext4 rw 0 0
server:/export /srv/data nfs4 rw 0 0
/dev/vdb /srv/data/local\\040disk ext4 rw 0 0
me@host: /home/me/far fuse.sshfs rw 0 0
"""


def test_keys_are_random_and_stay_the_same(tmp_path: Path) -> None:
    keys = prepare_folder(tmp_path / "one")
    assert len(keys.secret) == 32
    assert len(keys.admin) >= 40
    assert prepare_folder(tmp_path / "one") == keys
    assert prepare_folder(tmp_path / "two") != keys


def test_nobody_else_may_read_the_folder_or_its_keys(tmp_path: Path) -> None:
    prepare_folder(tmp_path / "data")
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "data" / "keys.json").stat().st_mode) == 0o600


def test_a_folder_of_ours_that_is_open_to_others_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    prepare_folder(folder)
    open_register(folder).close()
    folder.chmod(0o755)
    for file in folder.iterdir():
        file.chmod(0o664)

    prepare_folder(folder)

    assert {stat.S_IMODE(place.stat().st_mode) for place in (folder, *folder.iterdir())} == {0o700, 0o600}


def test_an_open_folder_with_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o755)
    (folder / "letter.txt").write_text("dear")
    folder.chmod(0o755)

    with pytest.raises(BadSettings, match="open to others"):
        prepare_folder(folder)
    assert [file.name for file in folder.iterdir()] == ["letter.txt"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_a_key_file_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    key = tmp_path / "key"
    make_key_file(key)

    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(prepare_folder(tmp_path / "data", key_file=key).outside or b"") == 32
    with pytest.raises(Conflict, match="there is one already"):
        make_key_file(key)


@pytest.mark.parametrize(
    ("text", "mode", "reason"),
    [(None, 0, "no such file"), ("00ff", 0o600, "damaged"), ("xyz", 0o600, "damaged"), ("00" * 32, 0o640, "others")],
)
def test_a_key_file_that_cannot_be_trusted_is_refused(tmp_path: Path, text: str | None, mode: int, reason: str) -> None:
    key = tmp_path / "key"
    if text is not None:
        key.write_text(text)
        key.chmod(mode)

    with pytest.raises(BadSettings, match=reason):
        prepare_folder(tmp_path / "data", key_file=key)


def test_preparing_leaves_nothing_else_behind(tmp_path: Path) -> None:
    prepare_folder(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["keys.json", "telemetry.sqlite"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/data", "nfs4"),
        ("/srv/data/deep/er", "nfs4"),
        ("/srv/data/local disk/x", "ext4"),
        ("/srv/database", "ext4"),
        ("/home/me/far", "fuse.sshfs"),
    ],
)
def test_the_innermost_mount_says_what_a_folder_is_on(path: str, kind: str) -> None:
    assert mounted_as(Path(path), MOUNTS) == kind


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs"])
def test_network_file_systems_are_refused(tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\nfar:/ {tmp_path} {kind} rw 0 0\n")
    with pytest.raises(BadSettings, match=f"network file system .{kind}.") as refused:
        prepare_folder(tmp_path / "data", mounts)
    assert refused.value.hint == "choose a folder on a local disk"


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadSettings, match=r"cannot use data folder .*: not a directory"):
        prepare_folder(tmp_path / "file" / "data")


def test_a_folder_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(BadSettings, match="cannot use data folder /proc"):
        prepare_folder(Path("/proc"))


@pytest.mark.parametrize("damaged", ["", "{}", "[]", '{"secret": "zz", "admin": "a"}'])
def test_damaged_keys_are_refused_not_replaced(tmp_path: Path, damaged: str) -> None:
    prepare_folder(tmp_path)
    (tmp_path / "keys.json").write_text(damaged)
    with pytest.raises(BadSettings, match=r"cannot read .*keys\.json"):
        prepare_folder(tmp_path)
    assert (tmp_path / "keys.json").read_text() == damaged


def test_eight_processes_may_open_a_fresh_folder_at_once(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PREPARE_AND_OPEN, str(tmp_path / "data")],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    assert {process.stdout.readline() for process in processes if process.stdout} == {"ready\n"}
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = {process.communicate()[0] for process in processes}
    assert len(said) == 1
    assert [process.returncode for process in processes] == [0] * 8
    with closing(open_register(tmp_path / "data")) as register:
        assert [entry.kind for entry in in_look(register).log.entries()] == ["service-registered"]


@pytest.mark.parametrize(("name", "opening"), [("telemetry", open_telemetry), ("register", open_register), ("telemetry", open_reader)])
def test_a_newer_schema_is_refused(folder: Path, name: str, opening: object) -> None:
    open_register(folder).close()
    with closing(sqlite3.connect(folder / f"{name}.sqlite")) as connection, connection:
        connection.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, '0099_later', '')", (name,))
    with pytest.raises(BadSettings, match=rf"cannot open {name}\.sqlite: a newer release .*0099_later"):
        use(opening, folder)


def use(opening: object, folder: Path) -> None:
    """Open a store and ask it something."""
    assert callable(opening)
    with closing(opening(folder)) as store:
        store.unjudged()


def test_a_reader_waits_for_a_writer_to_bring_the_file_up_to_date(folder: Path) -> None:
    file = folder / "telemetry.sqlite"
    file.unlink()
    reader = open_reader(folder)
    sqlite3.connect(file).close()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA user_version = 1")
    with pytest.raises(BadSettings, match="older release"):
        reader.unjudged()
    open_telemetry(folder).close()
    assert reader.unjudged() == []
    reader.close()


@pytest.mark.parametrize(("name", "opening"), [("telemetry", open_telemetry), ("register", open_register)])
def test_a_damaged_file_is_refused(folder: Path, name: str, opening: object) -> None:
    (folder / f"{name}.sqlite").write_bytes(b"no database at all" * 1000)
    with pytest.raises(BadSettings, match=rf"cannot use {name}\.sqlite: the file is damaged") as refused:
        use(opening, folder)
    assert "backup" in refused.value.hint


def test_a_register_in_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"cannot use register\.sqlite: its file cannot be opened"):
        open_register(tmp_path / "nowhere")


def test_telemetry_is_written_ahead_and_the_register_is_not(folder: Path) -> None:
    open_register(folder).close()
    for name, mode in (("telemetry", "wal"), ("register", "delete")):
        with closing(sqlite3.connect(folder / f"{name}.sqlite")) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == (mode,)


def test_every_commit_waits_for_the_disk(folder: Path) -> None:
    with closing(connect_writer(folder / "register.sqlite", journal_mode="TRUNCATE")) as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("truncate",)
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_a_reader_cannot_write(folder: Path) -> None:
    with closing(connect_reader(folder / "telemetry.sqlite")) as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM minute")
