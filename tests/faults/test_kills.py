"""F01: the server is killed in the middle of intake, again and again, on one folder."""

import random
import threading
import time
from pathlib import Path

import pytest

from tests.faults.conftest import Known, Start
from tests.faults.folders import check_files
from tests.faults.machine import failing
from tests.faults.oracle import Oracle, Outcome
from tests.faults.settling import sending, settle
from tests.servers import Server

pytestmark = pytest.mark.network

INTAKE_SECONDS_MAX = 0.3
REQUESTS_PER_KILL = 60
FILES_CHECKED_EVERY = 5
KILLED_SECONDS_MAX = 20.0


@pytest.mark.faults
@pytest.mark.parametrize("folder", ["a", "b"])
def test_f01_twenty_five_kills_on_one_folder_lose_and_double_nothing(known: Known, start: Start, data: Path, folder: str) -> None:
    survive_kills(known, start, data, kills=25)


@pytest.mark.faults
def test_f02_kills_at_storage_calls_of_a_server_lose_and_double_nothing(known: Known, start: Start, data: Path) -> None:
    oracle, chance = known(400), random.Random()
    for call in ("pwrite64", "fdatasync"):
        server = start()
        place = f"inject={call}:signal=SIGKILL:when={chance.randint(1, 30)}"
        with failing(server.worker, "-e", f"trace={call}", "-e", place, "-o", "/dev/null"), sending(oracle, server.port):
            server.process.wait(KILLED_SECONDS_MAX)
        check_files(data)
    settle(oracle, start(), data)


@pytest.mark.faults_long
@pytest.mark.parametrize("folder", range(10))
def test_f01_a_hundred_kills_on_each_of_ten_folders_lose_and_double_nothing(known: Known, start: Start, data: Path, folder: int) -> None:
    survive_kills(known, start, data, kills=100)


def survive_kills(known: Known, start: Start, data: Path, kills: int) -> None:
    """Kill so often, and hold the folder against the oracle after each kill and at the end."""
    chance, oracle = random.Random(), known(kills * REQUESTS_PER_KILL)
    for kill in range(kills):
        server = start()
        oracle.check_bounds(data)
        kill_in_the_middle(oracle, server, chance)
        if kill % FILES_CHECKED_EVERY == 0:
            check_files(data)
    assert oracle.unknown_count >= kills, "the kills hit no requests"
    settle(oracle, start(), data)


def kill_in_the_middle(oracle: Oracle, server: Server, chance: random.Random) -> None:
    """Send, and kill the worker, its parent or both at a random moment after the first answer of this run."""
    acked, killed = len(oracle.of(Outcome.ACKED)), threading.Event()
    left = oracle.open
    chance.shuffle(left)
    sending = threading.Thread(target=oracle.send, args=(server.port, left, killed.is_set))
    sending.start()
    while sending.is_alive() and len(oracle.of(Outcome.ACKED)) == acked:
        time.sleep(0.001)
    time.sleep(chance.uniform(0, INTAKE_SECONDS_MAX))
    chance.choice((server.kill_all, server.kill, server.kill_worker))()
    killed.set()
    sending.join()
