"""A signal to stop is heard whenever it comes, and whichever thread the kernel gives it to."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.journeys.test_demonstration import a_free_port, processes_on
from tests.servers import POLL_SECONDS, Server, environment

pytestmark = pytest.mark.network

REACHED_SECONDS_MAX = 120.0
STOPPED_SECONDS_MAX = 20.0
"""Less than a worker that did not hear has until it is killed."""

RUN = """
import sys
from observatory.cli import main
sys.argv = ["observatory", "run", "--data", sys.argv[1], "--port", "0"]
main()
"""

WORKER_JUST_FORKED = """
import os, time
os.register_at_fork(after_in_child=lambda: (reached(), time.sleep(1)))
"""

LOOP_NOT_YET_RUNNING = """
import time
import granian.server.mp as server
make = server.RSGIWorker
def make_late(*arguments):
    reached()
    time.sleep(1)
    return make(*arguments)
server.RSGIWorker = make_late
"""

BETWEEN_TWO_WORKERS = """
import sys, time
from observatory import exit_codes
from observatory.server import parent
serve, load = parent.serve_with_one_worker, parent.load_worker
def ends_compiled(settings, lock, exit_code, *, first):
    if not first:
        return load(settings, lock, exit_code, first=False)
    exit_code.value = exit_codes.COMPILED
    sys.exit(exit_codes.COMPILED)
def serve_late(*arguments, first):
    if not first:
        reached()
        time.sleep(1)
    return serve(*arguments, first=first)
parent.load_worker, parent.serve_with_one_worker = ends_compiled, serve_late
"""

DEMONSTRATION = """
import sys
from observatory.demo import prepared_town
prepared_town._add_past = lambda *_: None
from observatory.cli import main
sys.argv = ["observatory", "demo", "--data", sys.argv[1], "--port", sys.argv[2]]
main()
"""

TOWN_AWAKE = """
from observatory.demo import demonstration
welcome = demonstration._welcome
demonstration._welcome = lambda *arguments: (welcome(*arguments), reached())
"""

SERVICE_NOT_YET_SERVING = """
import time
from observatory.demo import demonstration
catalogue = demonstration.town_catalogue
demonstration.town_catalogue = lambda: (reached(), time.sleep(1), catalogue())[-1]
"""


@contextmanager
def reaching(place: str, tmp_path: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Give a program that has just called `reached`; whatever it started is ended with it."""
    sign = tmp_path / "reached"
    program = f"def reached():\n    open({str(sign)!r}, 'w').close()\n{place}"
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "data"), *arguments],
            stdout=said,
            stderr=said,
            env=environment(),
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + REACHED_SECONDS_MAX
        while not sign.exists():
            assert process.poll() is None, (tmp_path / "said").read_text()
            assert time.monotonic() < deadline, (tmp_path / "said").read_text()
            time.sleep(POLL_SECONDS)
        yield process
    finally:
        for pid in [*children(process.pid), process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def threads(pid: int) -> list[Path]:
    return list(Path(f"/proc/{pid}/task").glob("*"))


def children(pid: int) -> list[int]:
    return [int(child) for thread in threads(pid) for child in (thread / "children").read_text().split()]


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(WORKER_JUST_FORKED, id="worker just forked"),
        pytest.param(LOOP_NOT_YET_RUNNING, id="loop not yet running"),
        pytest.param(BETWEEN_TWO_WORKERS, id="between two workers"),
    ],
)
def test_sigterm_is_heard_while_nobody_listens_yet(place: str, tmp_path: Path) -> None:
    with reaching(place + RUN, tmp_path) as process:
        process.terminate()
        assert process.wait(STOPPED_SECONDS_MAX) == 0


def test_only_the_thread_that_waits_for_a_signal_to_stop_is_ever_given_it(server: Server) -> None:
    """Given to another thread it would be noted, and not seen before something else wakes the main thread."""
    for number in (signal.SIGTERM, signal.SIGINT):
        [taker] = [thread for thread in threads(server.process.pid) if not blocks(thread, number)]
        assert taker.name != str(server.process.pid)


def blocks(thread: Path, number: int) -> bool:
    [blocked] = [line.split()[1] for line in (thread / "status").read_text().splitlines() if line.startswith("SigBlk")]
    return bool(int(blocked, 16) >> (number - 1) & 1)


def test_a_demonstration_hears_ctrl_c_that_another_of_its_threads_was_given(tmp_path: Path) -> None:
    with reaching(TOWN_AWAKE + DEMONSTRATION, tmp_path, str(a_free_port())) as demo:
        another = next(int(thread.name) for thread in threads(demo.pid) if thread.name != str(demo.pid))
        assert ctypes.CDLL(None).tgkill(demo.pid, another, signal.SIGINT) == 0
        assert demo.wait(STOPPED_SECONDS_MAX) == 0
    assert processes_on(tmp_path / "data") == []


def test_a_demonstration_told_to_stop_in_the_middle_of_its_start_ends_what_it_started(tmp_path: Path) -> None:
    with reaching(SERVICE_NOT_YET_SERVING + DEMONSTRATION, tmp_path, str(a_free_port())) as demo:
        demo.send_signal(signal.SIGINT)
        assert demo.wait(STOPPED_SECONDS_MAX) == 0
    assert processes_on(tmp_path / "data") == []
