"""F17 and F20: another program holds a file's lock; a second instance wants the folder."""

import resource
import threading
from pathlib import Path

import pytest

from tests.faults.conftest import Known, Start
from tests.faults.machine import foreign_lock
from tests.faults.oracle import SENDERS, Outcome
from tests.faults.settling import settle
from tests.servers import observatory

pytestmark = pytest.mark.network

ANSWER_SECONDS_MAX = 6.0
"""Five for the lock, and what a busy machine adds."""
INTERPRETER_SECONDS = 2.0
"""What the interpreter and its modules take; the wait for the lock is no work."""


@pytest.mark.faults
@pytest.mark.parametrize("name", ["telemetry.sqlite", "register.sqlite"])
def test_f17_a_file_locked_for_eight_seconds_is_503_after_five_and_heals(known: Known, start: Start, data: Path, name: str) -> None:
    hold_lock(known, start, data, name, 8.0)


@pytest.mark.faults_long
@pytest.mark.parametrize("name", ["telemetry.sqlite", "register.sqlite"])
def test_f17_a_file_locked_for_half_a_minute_is_503_after_five_and_heals(known: Known, start: Start, data: Path, name: str) -> None:
    hold_lock(known, start, data, name, 30.0)


def hold_lock(known: Known, start: Start, data: Path, name: str, seconds: float) -> None:
    oracle, server = known(400), start()
    oracle.send(server.port, oracle.requests[:50])
    released = threading.Event()
    with foreign_lock(data / name):
        threading.Timer(seconds, released.set).start()
        while not released.is_set():
            oracle.send(server.port, oracle.open[:SENDERS], released.is_set)
    assert len(oracle.of(Outcome.REFUSED)) >= SENDERS
    assert oracle.slowest_seconds <= ANSWER_SECONDS_MAX
    settle(oracle, server, data)


@pytest.mark.faults
def cpu_seconds_of_children() -> float:
    """Return what programs that this process started and waited for have used: how long they took is the machine's business too."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_f20_a_second_instance_is_refused_at_once_and_the_first_does_not_notice(known: Known, start: Start, data: Path) -> None:
    oracle, server = known(400), start()
    sending = threading.Thread(target=oracle.send, args=(server.port, oracle.requests))
    sending.start()
    before = cpu_seconds_of_children()
    second = observatory("run", "--data", data, "--port", "0")
    worked = cpu_seconds_of_children() - before
    sending.join()
    assert (second.returncode, second.stdout) == (2, "")
    assert len(second.stderr.splitlines()) == 1
    assert "in use by process" in second.stderr
    assert worked <= INTERPRETER_SECONDS
    assert len(oracle.of(Outcome.ACKED)) == oracle.count
    settle(oracle, server, data)
