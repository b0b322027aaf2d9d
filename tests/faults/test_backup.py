"""F24: backups of a server under load, killed at any moment, restored elsewhere and served: what passes the check is exact."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Collection
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from observatory.errors import ObservatoryError
from observatory.store.backup import check_backup, restore
from tests.faults.conftest import Known, Start
from tests.faults.oracle import Oracle, Outcome
from tests.faults.settling import sending, settle
from tests.servers import Server, environment, observatory

pytestmark = [pytest.mark.network, pytest.mark.faults]

COUNT, BACKUPS, KILLS = 3000, 2, 8
WORK_SECONDS = 0.5
"""About how long a backup works; the kills are spread over it."""
POLL_SECONDS = 0.002
BALLAST_ROWS = 150_000
"""Of files that were imported once: some ten megabytes, so that a backup takes a while."""


def load_with_history(data: Path) -> None:
    with closing(sqlite3.connect(data / "telemetry.sqlite")) as connection, connection:
        connection.executemany("INSERT INTO import_position VALUES (?, ?)", ((os.urandom(32), 1) for _ in range(BALLAST_ROWS)))


def acked(oracle: Oracle) -> frozenset[int]:
    return frozenset(request.number for request in oracle.of(Outcome.ACKED))


def passes(backup: Path) -> bool:
    """Tell whether a backup says that it is whole and sound."""
    try:
        check_backup(backup)
    except ObservatoryError:
        return False
    return True


def restored(oracle: Oracle, before: Collection[int], backup: Path, place: Path) -> Oracle:
    """Restore a backup and hold it against what was acknowledged before it began; return what its senders know then."""
    restore(backup, place / "data", lambda _done, _all: None)
    outcomes = {number: Outcome.ACKED if number in before else Outcome.UNKNOWN for number in range(oracle.count)}
    then = replace(oracle, journal=place / "journal", outcomes=outcomes, errors=[])
    then.check_bounds(place / "data")
    return then


def test_f24_whatever_backup_passes_its_check_holds_all_that_was_answered_before_it_began(
    known: Known, start: Start, data: Path, tmp_path: Path
) -> None:
    oracle = known(COUNT)
    load_with_history(data)
    server, shelf = start(), tmp_path / "backups"
    whole: dict[Path, frozenset[int]] = {}
    with sending(oracle, server.port):
        for number in range(BACKUPS):
            folder = shelf / f"whole-{number}"
            before = acked(oracle)
            made = observatory("backup", folder, "--data", data)
            assert made.returncode == 0, made.stderr
            whole[folder] = before
        begun_kills = acked(oracle)
        for number in range(KILLS):
            command: list[str | Path] = [sys.executable, "-m", "observatory", "backup", shelf / f"killed-{number}", "--data", data]
            process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL)
            while process.poll() is None and not any(shelf.glob(f".killed-{number}.*")):
                time.sleep(POLL_SECONDS)
            time.sleep(number * WORK_SECONDS / KILLS)
            process.kill()
            process.wait()
        left = acked(oracle)
    assert len(whole[shelf / "whole-1"]) > len(whole[shelf / "whole-0"]), "nothing came meanwhile"
    assert left >= begun_kills
    assert server.terminate() == 0
    passing = {folder for folder in shelf.iterdir() if passes(folder)}
    assert set(whole) <= passing
    assert {folder for folder in shelf.iterdir() if not folder.name.startswith(".")} <= passing, "a name was given too early"
    assert {folder for folder in shelf.iterdir() if folder.name.startswith(".")}, "no backup was killed at work"
    for number, folder in enumerate(sorted(passing)):
        place = tmp_path / f"elsewhere-{number}"
        then = restored(oracle, whole.get(folder, begun_kills), folder, place)
    elsewhere = Server(place / "data").wait_until_ready()
    try:
        settle(then, elsewhere, place / "data")
    finally:
        elsewhere.stop()
