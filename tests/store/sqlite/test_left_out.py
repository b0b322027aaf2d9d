"""What was left out is there after a kill, once; a folder of before does not tell of then, and says so."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from observatory.store.opening import open_telemetry, prepare_folder
from observatory.store.sqlite.telemetry.schema import telemetry_migrations
from tests.store.counted import DAY, DAY_START
from tests.store.test_left_out import TOMORROW, a_refused_batch

BEFORE = "0012_left_out"


def counted_from(folder: Path, *stretches: tuple[int, int]) -> int:
    """Return from when on it is counted in a folder that was served in these stretches before."""
    prepare_folder(folder)
    (folder / "telemetry.sqlite").unlink(missing_ok=True)
    with closing(sqlite3.connect(folder / "telemetry.sqlite")) as old:
        telemetry_migrations.apply(Database(old), stop_before=BEFORE)
        old.executemany("INSERT INTO run (first_minute, last_minute) VALUES (?, ?)", stretches)
        old.commit()
    with closing(open_telemetry(folder)) as store:
        return store.left_out_from()


def test_a_new_folder_has_always_counted(tmp_path: Path) -> None:
    assert counted_from(tmp_path / "new") == 0


def test_a_folder_of_before_counts_from_where_it_was_served_last(tmp_path: Path) -> None:
    assert counted_from(tmp_path / "old", (DAY_START, DAY_START + 10), (DAY_START + 100, DAY_START + 200)) == DAY_START + 201


KILLED = """
import os, signal, sys
from pathlib import Path
from observatory.store.opening import open_telemetry
from tests.store.test_left_out import a_refused_batch
store = open_telemetry(Path(sys.argv[1]))
assert store.add([a_refused_batch(b"a", 5)]) == [True]
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_loses_nothing_that_was_answered_and_doubles_nothing(tmp_path: Path) -> None:
    prepare_folder(tmp_path / "data")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "data")], check=False)
    assert killed.returncode == -signal.SIGKILL
    with closing(open_telemetry(tmp_path / "data")) as store:
        assert store.left_out(1, DAY, TOMORROW)["rejected"] == 5
        assert store.add([a_refused_batch(b"a", 5)]) == [False]
        assert store.left_out(1, DAY, TOMORROW)["rejected"] == 5
