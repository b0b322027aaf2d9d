"""F02: the process is killed at its first, second, third ... storage call, in every story of both files."""

import json
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlite_utils import Database, Migrations

from observatory.flows.log_checking import check_log
from observatory.flows.public_log import SignedLog
from observatory.model.signoff import NewEntry
from observatory.store.head_note import read_head_note
from observatory.store.opening import head_note_of, open_reader, open_register, open_telemetry, prepare_folder
from observatory.store.sqlite.register.log_tables import LEAVES, register_migrations
from observatory.store.sqlite.register.log_whole import inspect_log
from observatory.store.sqlite.telemetry.schema import telemetry_migrations
from tests.faults import readied, said, sweep_child
from tests.faults.folders import FILES
from tests.old_log import old_register
from tests.registers import in_look
from tests.store.counted import DAY, DAY_START, RECEIVED, a_batch, total

PROJECT = Path(__file__).parents[2]
CALLS = ("pwrite64", "fdatasync", "fsync", "ftruncate", "unlink")
PLACES_PER_CALL = 10
"""Of each call of each story, chosen anew every time; the long run takes all of them."""
KILLED = 9
MINUTES = 10
KEPT_FROM_BEFORE = 7
CHAIN = [NewEntry("sign-off", b'{"number":%d}' % number, RECEIVED) for number in range(9)]

Run = Callable[[str, Path, list[str]], tuple[int, list[int]]]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Return a way to let a child of one warm process live a story under strace."""
    command = [sys.executable, "-m", "tests.faults.sweep_child"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as sweeper:
        assert sweeper.stdin is not None
        assert sweeper.stdout is not None
        question, answer = sweeper.stdin, sweeper.stdout

        def ask(story: str, folder: Path, options: list[str]) -> tuple[int, list[int]]:
            question.write(json.dumps([story, str(folder), options]) + "\n")
            question.flush()
            ended_by, done = json.loads(answer.readline())
            return ended_by, done

        yield ask
        question.close()


@pytest.mark.faults
@pytest.mark.parametrize("story", sweep_child.STORIES)
def test_f02_a_kill_at_some_storage_calls_leaves_old_or_new_and_never_between(run: Run, tmp_path: Path, story: str) -> None:
    assert sweep(run, tmp_path, story, PLACES_PER_CALL) >= PLACES_PER_CALL


@pytest.mark.faults_long
@pytest.mark.parametrize("story", sweep_child.STORIES)
def test_f02_a_kill_at_every_storage_call_leaves_old_or_new_and_never_between(run: Run, tmp_path: Path, story: str) -> None:
    assert sweep(run, tmp_path, story, places_max=None) >= PLACES_PER_CALL


def sweep(run: Run, tmp_path: Path, story: str, places_max: int | None) -> int:
    """Kill a story at places of each call, and hold what is left against what was done; return at how many."""
    template, folder = tmp_path / "template", tmp_path / "data"
    TEMPLATES[story](template)
    shutil.copytree(template, folder)
    killed = 0
    for call, count in count_calls(run, story, folder, tmp_path / "trace").items():
        places = range(1, count + 1)
        for place in places if places_max is None else random.sample(places, min(places_max, count)):
            shutil.rmtree(folder)
            shutil.copytree(template, folder)
            ended_by, done = run(
                story, folder, ["-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={place}", "-o", "/dev/null"]
            )
            assert ended_by == KILLED, (call, place)
            check_whole(folder)
            CHECKS[story](folder, done)
            sweep_child.tell(story, folder)
            check_whole(folder)
            CHECKS[story](folder, None)
            killed += 1
    return killed


def count_calls(run: Run, story: str, folder: Path, trace: Path) -> dict[str, int]:
    """Return how often each call is made when nothing goes wrong."""
    assert run(story, folder, ["-e", f"trace={','.join(CALLS)}", "-o", str(trace)])[0] == 0
    names = re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.MULTILINE)
    return {call: names.count(call) for call in CALLS if call in names}


def check_whole(folder: Path) -> None:
    """Hold both files, in a copy that nobody has opened yet, against SQLite's own check."""
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy)
    for name in FILES:
        with closing(sqlite3.connect(copy / name)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    shutil.rmtree(copy)


def prepared(folder: Path) -> None:
    prepare_folder(folder)
    open_register(folder).close()


def with_a_day(folder: Path) -> None:
    prepared(folder)
    with closing(open_telemetry(folder)) as store:
        store.add([a_batch(*((DAY_START + minute, 1, 11, 3) for minute in range(MINUTES)), key=b"old")])
        store.flush()


def of_an_older_release(folder: Path) -> None:
    """Make both files as they were before their newest migration, with something in them."""
    folder.mkdir()
    for name, migrations in zip(FILES, (register_migrations, telemetry_migrations), strict=True):
        with closing(sqlite3.connect(folder / name)) as connection:
            database = Database(connection)
            names = names_of(migrations)
            if len(names) > 1:
                migrations.apply(database, stop_before=names[-1])
            connection.execute("CREATE TABLE IF NOT EXISTS kept (value INTEGER)")
            connection.execute("INSERT INTO kept VALUES (?)", [KEPT_FROM_BEFORE])
            connection.commit()


def names_of(migrations: Migrations) -> list[str]:
    return [migration.name for migration in migrations.pending(Database(memory=True))]


def check_intake(folder: Path, done: list[int] | None) -> None:
    with closing(open_telemetry(folder)) as store:
        store.flush()
        stored = total(store.minutes(1, DAY_START, DAY_START + 1))
        assert stored == sum(row[3] for row in store.request_totals())
    count = sweep_child.BATCHES
    assert stored == count if done is None else len(done) <= stored <= len(done) + 1


def check_retention(folder: Path, done: list[int] | None) -> None:
    with closing(open_reader(folder)) as reader:
        rows, strips = len(reader.minutes(1, DAY_START, DAY_START + 1440)), reader.strips(1, DAY, DAY.replace(day=DAY.day + 1))
    assert rows in (0, MINUTES)
    assert [strip.settled for strip in strips] in ([[True]] if rows == 0 else [[], [False]])
    if done is None or done == [0, 1]:
        assert rows == 0
    if done:
        assert strips


def check_migration(folder: Path, done: list[int] | None) -> None:
    for number, (name, migrations) in enumerate(zip(reversed(FILES), (telemetry_migrations, register_migrations), strict=True)):
        with closing(sqlite3.connect(folder / name)) as connection:
            assert connection.execute("SELECT value FROM kept").fetchall() == [(KEPT_FROM_BEFORE,)]
            pending = migrations.pending(Database(connection))
        assert len(pending) <= 1 or len(names_of(migrations)) == 1
        if done is None or number in done:
            assert not pending


def with_a_chain(folder: Path) -> None:
    """Make a register whose log is a chain yet."""
    prepare_folder(folder)
    old_register(folder / "register.sqlite", CHAIN)


def check_conversion(folder: Path, done: list[int] | None) -> None:
    """Hold every entry against what it was; the chain is sound, or the tree that goes on from it."""
    with closing(sqlite3.connect(folder / "register.sqlite")) as connection:
        schema = [migration.name for migration in register_migrations.applied(Database(connection))]
        (size, _), broken = inspect_log(connection, schema)
        stored = connection.execute("SELECT kind, body FROM log ORDER BY log_index").fetchall()
    assert broken is None
    assert stored[: len(CHAIN)] == [(entry.kind, entry.body) for entry in CHAIN]
    assert size == len(stored) == len(CHAIN) + (LEAVES in schema)
    assert LEAVES in schema or (done is not None and not done)


def check_sign_off(folder: Path, done: list[int] | None) -> None:
    with closing(open_register(folder)) as register:
        assert check_log(register).broken is None
        services, entries = len(register.catalogue().services), len(in_look(register).log.entries_of_kind("sign-off"))
    assert services in (0, sweep_child.SERVICES)
    if done is None:
        assert services == sweep_child.SERVICES
    else:
        signed = sum(number > 0 for number in done)
        assert signed <= entries <= signed + 1
        assert services == sweep_child.SERVICES or not done


def check_signing(folder: Path, done: list[int] | None) -> None:
    """Hold the note against the log: what was signed is the beginning of what is there, and it goes on from it."""
    noted = read_head_note(head_note_of(folder))
    with closing(open_register(folder)) as register:
        size = in_look(register).log.tree()[0]
        state = SignedLog(register, prepare_folder(folder), head_note_of(folder)).look(RECEIVED)
    assert (noted.head[0] if noted is not None else 0) >= (len(done) if done is not None else sweep_child.ENTRIES)
    assert noted is None or noted.head[0] <= size
    assert (state.broken, state.size) == (None, size)


@cache
def states_of_what_people_say() -> tuple[str, ...]:
    """Return everything that is kept before the first act, and after each."""
    with TemporaryDirectory() as place:
        folder = Path(place) / "data"
        said.prepared(folder)
        states = [said.everything_kept(folder)]
        for act in said.ACTS:
            with closing(open_register(folder)) as register:
                act.do(register)
            states.append(said.everything_kept(folder))
    return tuple(states)


def check_what_people_say(folder: Path, done: list[int] | None) -> None:
    """Hold every table and the log against what they were before the act that was killed, and after it."""
    states, found = states_of_what_people_say(), said.everything_kept(folder)
    assert len(set(states)) == len(states)
    count = len(said.ACTS) if done is None else len(done)
    assert found in states[count : count + 2]
    with closing(open_register(folder)) as register:
        assert check_log(register).broken is None


TEMPLATES: dict[str, Callable[[Path], None]] = {
    "intake": prepared,
    "retention": with_a_day,
    "migration": of_an_older_release,
    "conversion": with_a_chain,
    "sign-off": prepared,
    "signing": prepared,
    "what people say": said.prepared,
    "making ready": readied.prepared,
}
CHECKS: dict[str, Callable[[Path, list[int] | None], None]] = {
    "intake": check_intake,
    "retention": check_retention,
    "migration": check_migration,
    "conversion": check_conversion,
    "sign-off": check_sign_off,
    "signing": check_signing,
    "what people say": check_what_people_say,
    "making ready": readied.check,
}
