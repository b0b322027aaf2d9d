"""A temporary folder in, a running observatory with the benchmark catalogue out; gone again when the block ends."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from loadtests.bodies import SERVICE_COUNT, catalogue_toml, service_id
from observatory.store.opening import prepare_folder

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 40
POLL_S = 0.02
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
PSS = re.compile(r"^Pss: +(\d+) kB", re.MULTILINE)


def free_port() -> int:
    """Return a loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(url: str, process: subprocess.Popen[bytes], timeout_s: float = START_TIMEOUT_S) -> None:
    """Wait for a 200 answer; raise if the process ends first or time runs out."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode} before it was ready")
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(POLL_S)
    raise RuntimeError(f"no answer from {url} within {timeout_s} s")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process and its children have used."""

    cpu_s: float
    memory_bytes: int
    """Resident; what several processes share counts once, in parts (proportional set size)."""


def usage_of(pid: int) -> Usage:
    """Return processor time and memory of a process and all its living descendants."""
    cpu_ticks = memory_bytes = 0
    waiting = [pid]
    while waiting:
        current = waiting.pop()
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{current}/stat").read_text().rsplit(")", 1)[1].split()
            cpu_ticks += int(fields[11]) + int(fields[12])
            memory_bytes += 1024 * int(PSS.findall(Path(f"/proc/{current}/smaps_rollup").read_text())[0])
            for task in Path(f"/proc/{current}/task").iterdir():
                waiting.extend(int(child) for child in (task / "children").read_text().split())
    return Usage(cpu_ticks / CLOCK_TICKS, memory_bytes)


@dataclass(frozen=True, slots=True)
class Target:
    """A running server, and a token for the services of `loadtests.bodies`."""

    url: str
    token: str
    pid: int
    data: Path


def observatory(*words: str) -> str:
    """Run an observatory command and return what it prints."""
    return subprocess.run([sys.executable, "-m", "observatory", *words], check=True, capture_output=True, text=True).stdout


def new_token(data: Path) -> str:
    """Return a token for all services of the benchmark catalogue."""
    services = [word for number in range(SERVICE_COUNT) for word in ("--service", service_id(number))]
    return observatory("token", "create", *services, "--data", str(data)).strip()


@contextlib.contextmanager
def serving(data: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run a server on a folder; its address is returned before it answers, and it is stopped when the block ends."""
    port = free_port()
    with (data / "server.log").open("wb") as log:
        command = [sys.executable, "-m", "observatory", "run", "--data", str(data), "--port", str(port)]
        server = subprocess.Popen(command, stderr=log, stdout=log)
        try:
            yield f"http://127.0.0.1:{port}", server
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(STOP_TIMEOUT_S)


@contextlib.contextmanager
def running_observatory(folder: Path | None = None) -> Iterator[Target]:
    """Run a server with the benchmark catalogue and a token for all its services."""
    with contextlib.ExitStack() as stack:
        data = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="observatory-load-")))
        catalogue = data / "benchmark.toml"
        catalogue.write_text(catalogue_toml(), encoding="utf-8")
        prepare_folder(data)
        observatory("catalogue", "apply", str(catalogue), "--data", str(data))
        token = new_token(data)
        url, server = stack.enter_context(serving(data))
        wait_until_ready(f"{url}/readyz", server)
        yield Target(url, token, server.pid, data)
