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
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
PSS = re.compile(r"^Pss: +(\d+) kB", re.MULTILINE)


def free_port() -> int:
    """Return a loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait for a 200 answer; raise if the process ends first or time runs out."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode} before it was ready")
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"no answer from {url} within {START_TIMEOUT_S} s")


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
    """A running server."""

    url: str
    token: str
    pid: int
    data: Path


def observatory(*words: str) -> str:
    """Run an observatory command and return what it prints."""
    return subprocess.run([sys.executable, "-m", "observatory", *words], check=True, capture_output=True, text=True).stdout


@contextlib.contextmanager
def running_observatory(folder: Path | None = None) -> Iterator[Target]:
    """Run a server with the benchmark catalogue and a token for all its services."""
    with contextlib.ExitStack() as stack:
        data = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="observatory-load-")))
        catalogue = data / "benchmark.toml"
        catalogue.write_text(catalogue_toml(), encoding="utf-8")
        prepare_folder(data)
        observatory("catalogue", "apply", str(catalogue), "--data", str(data))
        services = [word for number in range(SERVICE_COUNT) for word in ("--service", service_id(number))]
        token = observatory("token", "create", *services, "--data", str(data)).strip()
        port = free_port()
        log = stack.enter_context((data / "server.log").open("wb"))
        command = [sys.executable, "-m", "observatory", "run", "--data", str(data), "--port", str(port)]
        server = subprocess.Popen(command, stderr=log, stdout=log)
        try:
            wait_until_ready(f"http://127.0.0.1:{port}/readyz", server)
            yield Target(f"http://127.0.0.1:{port}", token, server.pid, data)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(STOP_TIMEOUT_S)
