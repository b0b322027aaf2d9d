"""What every fault begins with: a folder, its oracle, and servers that are gone when the test ends."""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.faults.folders import make_folder
from tests.faults.oracle import Oracle
from tests.servers import Server

READY_SECONDS_MAX = 5.0

Start = Callable[..., Server]
Known = Callable[[int], Oracle]


def kept_waiting_seconds(server: Server) -> float:
    """Return how long a server was ready to run while the machine did other work, which is no fault of the server's."""
    files = [Path(f"/proc/{pid}/task/{pid}/schedstat") for pid in (server.process.pid, *server.children())]
    return sum(int(file.read_text().split()[1]) for file in files) / 1e9


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return where the folder under observation is."""
    return tmp_path / "data"


@pytest.fixture
def known(tmp_path: Path, data: Path) -> Known:
    """Return a way to prepare the folder and so many known requests for it."""
    return lambda count: Oracle(tmp_path / "journal", make_folder(data), count)


@pytest.fixture
def start(data: Path, tmp_path: Path) -> Iterator[Start]:
    """Return a way to start servers on the folder. Those still running are stopped, and none may have left a traceback."""
    servers: list[Server] = []

    def begin(*, under: Sequence[str | Path] = ()) -> Server:
        server = Server(data, under=under)
        servers.append(server)
        began = time.monotonic()
        server.wait_until_ready()
        took = time.monotonic() - began - kept_waiting_seconds(server)
        assert took <= READY_SECONDS_MAX, f"ready after {took:.1f} s"
        return server

    yield begin
    for server in servers:
        server.stop()
    said = [server.err for server in servers]
    shutil.rmtree(data, ignore_errors=True)
    assert not [text for text in said if "Traceback" in text]
