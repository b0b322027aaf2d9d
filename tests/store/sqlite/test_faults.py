"""What a store does when the machine fails it: a foreign lock, a full disk, a failing disk, a killed process."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from observatory.errors import BadSettings, Overloaded
from observatory.flows.catalogue import apply_catalogue
from observatory.model.signoff import NewEntry
from observatory.store.lost import StoreLost
from observatory.store.opening import open_reader, open_register, open_telemetry, prepare_folder
from observatory.store.register import RegisterStore
from observatory.store.sqlite.connections import SqliteFile, connect_writer, database_error
from observatory.store.sqlite.telemetry.store import SqliteTelemetryStore
from observatory.store.telemetry import TelemetryStore
from tests.builders import a_catalogue
from tests.registers import in_change
from tests.store.counted import DAY_START, RECEIVED, a_batch, a_batch_no_table_takes, add, total

PROJECT = Path(__file__).parents[3]
M = DAY_START
SHORT_S = 0.2
BATCHES_PER_KILL = 400
KILLS = 5

ADD_UNTIL_KILLED = """
import sys
from pathlib import Path
from observatory.store.opening import open_telemetry
from tests.store.counted import a_batch
store = open_telemetry(Path(sys.argv[1]))
for number in range(int(sys.argv[2]), 10**9):
    assert store.add([a_batch(count=1, key=number.to_bytes(8, "big"))]) == [True]
    print(number, flush=True)
    if number % 3 == 0:
        store.flush()
"""

# Runs as root of a name space of its own, in which nothing but this process sees the small disk.
FILL_A_SMALL_DISK = """
import subprocess, sys
from datetime import timedelta
from pathlib import Path
from observatory.errors import Overloaded
from observatory.flows.catalogue import apply_catalogue
from observatory.store.opening import open_register, open_telemetry, prepare_folder
from tests.builders import a_catalogue
from tests.store.counted import DAY_START, RECEIVED, a_batch, total
folder = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder], check=True)
prepare_folder(folder)
store, register = open_telemetry(folder), open_register(folder)
apply_catalogue(register, a_catalogue(), RECEIVED)
stored = 0
try:
    while True:
        keys = [(DAY_START + stored, 1, menu, 3) for menu in range(100)]
        assert store.add([a_batch(*keys, key=stored.to_bytes(4, "big"))]) == [True]
        stored += 1
        if stored % 3 == 0:
            store.flush()
except Overloaded as error:
    print(error.message)
assert stored * 1000 - total(store.minutes(1, DAY_START, DAY_START + stored + 1)) in (0, 1000, 2000, 3000)
subprocess.run(["mount", "-o", "remount,size=8m", folder], check=True)
assert store.add([a_batch((DAY_START + stored, 1, 1, 3), key=stored.to_bytes(4, "big"))]) == [True]
store.flush()
assert total(store.minutes(1, DAY_START, DAY_START + stored + 1)) == stored * 1000 + 10
print("went on")
"""


FORGET_ON_A_FULL_DISK = """
import os, sqlite3, subprocess, sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from observatory.errors import Overloaded
from observatory.store.opening import open_telemetry, prepare_folder
from observatory.store.sqlite.telemetry.blobs import keys_to_blob
from tests.store.counted import DAY, DAY_START, RECEIVED, a_batch, a_key
folder = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", folder], check=True)
prepare_folder(folder)
with closing(sqlite3.connect(folder / "telemetry.sqlite")) as connection:
    keys = ({a_key(number.to_bytes(8, "big")): int(RECEIVED.timestamp() * 1000)} for number in range(3000))
    rows = ((*key.values(), keys_to_blob(key)) for key in keys)
    connection.executemany("INSERT INTO key_group (newest_ms, keys) VALUES (?, ?)", rows)
    connection.commit()
store, later = open_telemetry(folder), RECEIVED + timedelta(days=3)
old = (later, RECEIVED + timedelta(minutes=1), DAY_START - 1440, DAY - timedelta(days=400))
assert store.add([a_batch(key=bytes(8))]) == [False]
assert store.forget(RECEIVED, RECEIVED - timedelta(days=1), DAY_START - 1440, DAY - timedelta(days=400)) == 0
assert (folder / "reserve").stat().st_size == 8 << 20
with (folder / "ballast").open("wb", buffering=0) as ballast:
    try:
        while ballast.write(bytes(4096)): pass
    except OSError: pass
try:
    for number in range(10**6):
        store.add([a_batch((DAY_START + number, 1, 1, 3), key=b"n" + number.to_bytes(8, "big"))])
except Overloaded as error:
    print(error.message)
forgotten = 0
while some := store.forget(*old):
    forgotten += some
print("forgot", forgotten >= 3000)
(folder / "ballast").unlink()
assert store.add([a_batch(key=b"after", received_at=later)]) == [True]
store.forget(*old)
assert (folder / "reserve").exists()
print("went on")
"""


OWN_NAME_SPACE = ["unshare", "--mount", "--map-root-user"]


def may_mount() -> bool:
    """Return whether this machine lets a test have a disk of its own; some containers do not."""
    return subprocess.run([*OWN_NAME_SPACE, "true"], capture_output=True, check=False).returncode == 0


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the lock that keeps everybody else from writing, as another program would."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def test_telemetry_locked_for_too_long_is_overloaded_and_heals(folder: Path) -> None:
    with closing(open_telemetry(folder, busy_timeout_s=SHORT_S)) as store:
        with locked(folder / "telemetry.sqlite"):
            started = time.monotonic()
            with pytest.raises(Overloaded, match="another program has locked it"):
                store.add([a_batch(key=b"k")])
            assert SHORT_S <= time.monotonic() - started < 5 * SHORT_S
            assert total(store.minutes(1, M, M + 1)) == 0
        assert store.add([a_batch(key=b"k")]) == [True]


@pytest.mark.parametrize(
    "use",
    [
        lambda register: register.catalogue(),
        lambda register: apply_catalogue(register, a_catalogue(), RECEIVED),
        lambda register: in_change(register).log.append(NewEntry("kind", b"{}", RECEIVED)),
        lambda register: in_change(register).probes.add_vantage("seoul"),
    ],
)
def test_a_register_locked_for_too_long_is_overloaded_and_heals(folder: Path, use: Callable[[RegisterStore], object]) -> None:
    with closing(open_register(folder, busy_timeout_s=SHORT_S)) as register:
        with locked(folder / "register.sqlite"), pytest.raises(Overloaded, match="another program has locked it"):
            use(register)
        use(register)


def test_a_folder_that_is_locked_at_the_start_is_refused(folder: Path) -> None:
    open_register(folder).close()
    with locked(folder / "register.sqlite"), pytest.raises(BadSettings, match="another program has locked it"):
        open_register(folder, busy_timeout_s=SHORT_S)


def test_readers_read_on_while_another_program_holds_the_write_lock(telemetry: TelemetryStore, folder: Path) -> None:
    add(telemetry, [a_batch()])
    with closing(sqlite3.connect(folder / "telemetry.sqlite", isolation_level=None)) as other, closing(open_reader(folder)) as reader:
        other.execute("BEGIN IMMEDIATE")
        assert total(reader.minutes(1, M, M + 1)) == 10


def test_a_long_reader_does_not_keep_telemetry_from_being_stored(telemetry: TelemetryStore, folder: Path) -> None:
    add(telemetry, [a_batch()])
    with closing(sqlite3.connect(folder / "telemetry.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM minute").fetchall()
        assert add(telemetry, [a_batch()]) == [True]
        assert total(telemetry.minutes(1, M, M + 1)) == 20


def test_a_store_without_room_is_overloaded_and_heals(telemetry: TelemetryStore) -> None:
    assert isinstance(telemetry, SqliteTelemetryStore)
    add(telemetry, [a_batch(key=b"a")])
    with telemetry._writer._lend() as connection:
        room = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {room}")
    with pytest.raises(Overloaded, match="the disk is full"):
        add(telemetry, [a_batch(*((M + minute, 1, 11, 3) for minute in range(1000)), key=b"b")])
    assert total(telemetry.minutes(1, M, M + 1000)) == 10
    with telemetry._writer._lend() as connection:
        connection.execute(f"PRAGMA max_page_count = {2 * room + 1000}")
    assert add(telemetry, [a_batch((M, 1, 11, 3), key=b"b")]) == [True]


if may_mount():

    def test_a_full_disk_is_overloaded_and_what_was_stored_stays(tmp_path: Path) -> None:
        done = subprocess.run(
            [*OWN_NAME_SPACE, sys.executable, "-c", FILL_A_SMALL_DISK, tmp_path], capture_output=True, text=True, check=False, cwd=PROJECT
        )
        assert done.stdout.splitlines() == ["cannot use telemetry.sqlite: the disk is full", "went on"], done.stderr


if may_mount():

    def test_retention_runs_on_a_full_disk_because_room_was_kept_for_it(tmp_path: Path) -> None:
        done = subprocess.run(
            [*OWN_NAME_SPACE, sys.executable, "-c", FORGET_ON_A_FULL_DISK, tmp_path],
            capture_output=True,
            text=True,
            check=False,
            cwd=PROJECT,
        )
        assert done.stdout.splitlines() == ["cannot use telemetry.sqlite: the disk is full", "forgot True", "went on"], done.stderr


def test_a_group_of_batches_is_stored_whole_or_not_at_all(telemetry: TelemetryStore) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        telemetry.add([a_batch(key=b"k"), a_batch_no_table_takes()])
    telemetry.flush()
    assert (total(telemetry.minutes(1, M, M + 1)), telemetry.unjudged()) == (0, [])
    assert telemetry.add([a_batch(key=b"k")]) == [True]


def an_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorcode, error.sqlite_errorname = code, "SQLITE_X"
    return error


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        (sqlite3.SQLITE_BUSY, Overloaded),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, Overloaded),
        (sqlite3.SQLITE_LOCKED, Overloaded),
        (sqlite3.SQLITE_FULL, Overloaded),
        (sqlite3.SQLITE_READONLY, Overloaded),
        (sqlite3.SQLITE_CANTOPEN, Overloaded),
        (sqlite3.SQLITE_IOERR_SHMSIZE, Overloaded),
        (sqlite3.SQLITE_IOERR_FSYNC, StoreLost),
        (sqlite3.SQLITE_IOERR_WRITE, StoreLost),
        (sqlite3.SQLITE_IOERR_READ, StoreLost),
        (sqlite3.SQLITE_CORRUPT, StoreLost),
        (sqlite3.SQLITE_NOTADB, StoreLost),
        (sqlite3.SQLITE_ERROR, sqlite3.OperationalError),
        (sqlite3.SQLITE_MISUSE, sqlite3.OperationalError),
    ],
)
def test_each_error_of_sqlite_means_try_later_or_lost_or_a_bug(code: int, meant: type[Exception]) -> None:
    assert type(database_error(an_error(code), "telemetry.sqlite")) is meant


def test_a_file_that_failed_once_is_never_tried_again(folder: Path) -> None:
    file = SqliteFile(folder / "telemetry.sqlite", lambda: connect_writer(folder / "telemetry.sqlite"))
    with pytest.raises(StoreLost), file.writing():
        raise an_error(sqlite3.SQLITE_IOERR_FSYNC)
    with pytest.raises(StoreLost), file.writing():
        raise AssertionError("the file was used again")
    file.close()


def test_a_damaged_page_is_found_when_it_is_read(folder: Path) -> None:
    with closing(open_telemetry(folder)) as store:
        add(store, [a_batch((M + minute, 1, 11, 3)) for minute in range(2000)])
    damage(folder / "telemetry.sqlite")
    with closing(open_reader(folder)) as reader, pytest.raises(StoreLost, match="damaged"):
        reader.minutes(1, M, M + 2000)


def damage(file: Path) -> None:
    """Overwrite every page but the first few, which hold the schema."""
    content = bytearray(file.read_bytes())
    content[20 * 4096 :] = b"\xff" * (len(content) - 20 * 4096)
    file.write_bytes(content)


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    prepare_folder(folder)
    sent = 0
    for kill in range(KILLS):
        acked = add_until_killed(folder, sent, after=BATCHES_PER_KILL // KILLS + 7 * kill)
        sent = acked + 1
        stored = stored_keys(folder)
        assert set(range(acked + 1)) <= stored
        assert stored <= set(range(acked + 2))
        sent = len(stored)
    with closing(open_telemetry(folder)) as store:
        store.flush()
        assert total(store.minutes(1, M, M + 1)) == sent
        assert store.request_totals()[0][3] == sent
        again = [store.add([a_batch(count=1, key=number.to_bytes(8, "big"))]) for number in range(sent)]
        assert again == [[False]] * sent


def add_until_killed(folder: Path, first: int, *, after: int) -> int:
    """Let a process add batches one by one, kill it once so many were acknowledged, return the last acknowledged number."""
    command = [sys.executable, "-c", ADD_UNTIL_KILLED, str(folder), str(first)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT)
    assert process.stdout is not None
    for _ in range(after):
        process.stdout.readline()
    process.kill()
    rest, _ = process.communicate()
    lines = rest.splitlines()
    complete = lines if rest.endswith("\n") else lines[:-1]
    return int(complete[-1]) if complete else first + after - 1


def stored_keys(folder: Path) -> set[int]:
    """Return the numbers of all stored batches, from a copy that another process made of the folder as the kill left it."""
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy)
    with closing(sqlite3.connect(copy / "telemetry.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        groups = [blob for (blob,) in connection.execute("SELECT keys FROM key_group")]
        assert {len(blob) for blob in groups} == {40}
        keys = {int.from_bytes(blob[16:32], "big") for blob in groups}
    shutil.rmtree(copy)
    return keys


ADD_KEYS = """
import os, sys
from pathlib import Path
from observatory.store.lost import StoreLost
from observatory.store.opening import open_telemetry
from tests.store.counted import a_batch
store = open_telemetry(Path(sys.argv[1]))
for key in sys.argv[2:]:
    try:
        print(store.add([a_batch(key=key.encode())]))
    except StoreLost as error:
        print("lost:", error)
os._exit(0)
"""


@pytest.mark.parametrize("call", ["pwrite64", "fdatasync"])
def test_a_disk_that_fails_once_loses_the_store(folder: Path, call: str) -> None:
    trace = folder.parent / "trace"
    traced(folder, ["safe", "first"], "-e", f"trace={call}", "-o", trace)
    last_call_of_the_first = len(trace.read_text().splitlines())
    shutil.rmtree(folder)
    prepare_folder(folder)
    inject = f"inject={call}:error=EIO:when={last_call_of_the_first}"
    done = traced(folder, ["safe", "first", "second"], "-e", f"trace={call}", "-e", inject, "-o", os.devnull)
    lost = "lost: cannot use telemetry.sqlite: the disk failed"
    assert [line[: len(lost)] for line in done.stdout.splitlines()] == ["[True]", lost, lost], done.stderr
    with closing(open_telemetry(folder)) as store:
        assert store.add([a_batch(key=b"safe")]) == [False]
        assert store.add([a_batch(key=b"second")]) == [True]


def traced(folder: Path, keys: list[str], *options: str | Path) -> subprocess.CompletedProcess[str]:
    """Add one batch for each key under strace."""
    command = ["strace", "-f", "-qq", *options, sys.executable, "-c", ADD_KEYS, folder, *keys]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROJECT)
