"""A real `observatory run` for tests: started on a loopback port, waited for, asked, stopped by its pid."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

READY = re.compile(r"Observatory is ready on http://[^:]+:(\d+)")
READY_SECONDS_MAX = 180.0
"""A first start compiles the decoders, unless `make` has done so before."""
STOP_SECONDS_MAX = 35.0
SEEN_SECONDS_MAX = 15.0
POLL_SECONDS = 0.02


def environment(**variables: str) -> dict[str, str]:
    """Return the environment of a child: ours without OBSERVATORY_*, and these."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OBSERVATORY_")}
    return inherited | {"PYTHONUNBUFFERED": "1"} | variables


def observatory(*arguments: str | Path, timeout: float = 60.0, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end and return what it said."""
    command = [sys.executable, "-m", "observatory", *map(str, arguments)]
    return subprocess.run(command, env=environment(**variables), capture_output=True, text=True, timeout=timeout, check=False)


def wait_until_seen(data: Path) -> None:
    """Return when readers see everything that is stored in the folder of a running server."""
    deadline = time.monotonic() + SEEN_SECONDS_MAX
    while time.monotonic() < deadline:
        with closing(sqlite3.connect(f"file:{data}/telemetry.sqlite?mode=ro", uri=True)) as connection:
            if connection.execute("SELECT count(*) FROM journal").fetchone() == (0,):
                return
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"not all that is stored was seen within {SEEN_SECONDS_MAX} s")


class Server:
    """One process group; what it says is kept in files so that a failing test can show it."""

    def __init__(self, data: Path, *arguments: str | Path, port: int = 0, under: Sequence[str | Path] = (), **variables: str) -> None:
        """Start it; `under` names a program that runs it in its own place, as `prlimit` does."""
        data.mkdir(parents=True, exist_ok=True)
        self.data = data
        self.port = port
        self._out = data.parent / f"{data.name}-{time.monotonic_ns()}.out"
        self._err = self._out.with_suffix(".err")
        command = [*under, sys.executable, "-m", "observatory", "run", "--data", data, "--port", str(port), *arguments]
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(command, stdout=out, stderr=err, env=environment(**variables), start_new_session=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def out(self) -> str:
        """What it printed for people."""
        return self._out.read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        """What it logged, one JSON object per line, or why it refused to start."""
        return self._err.read_text(encoding="utf-8")

    def wait_until_ready(self, seconds: float = READY_SECONDS_MAX) -> "Server":
        """Return when it says that it is ready; fail with its output when it ends or takes too long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := READY.search(self.out):
                self.port = int(found[1])
                return self
            assert self.process.poll() is None, f"observatory run ended with {self.process.returncode}:\n{self.err}"
            time.sleep(POLL_SECONDS)
        raise AssertionError(f"observatory run was not ready within {seconds} s:\n{self.err}")

    def terminate(self, seconds: float = STOP_SECONDS_MAX) -> int:
        """Ask it to stop as an operator would; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self) -> None:
        """End it as a crash would: only the process started here, nothing it may clean up."""
        self.process.kill()
        self.process.wait()

    def kill_worker(self) -> None:
        """End the process that does the work; the one that watches it ends by itself."""
        for pid in self.children():
            os.kill(pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS_MAX)

    def kill_all(self) -> None:
        """End every process of it at once, as a power cut would."""
        for pid in self.children():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.kill()

    def children(self) -> list[int]:
        """Return the pids of its direct children."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(pid) for task in tasks for pid in task.read_text().split()]

    @property
    def worker(self) -> int:
        """The pid of the process that does the work."""
        [pid] = self.children()
        return pid

    def stop(self) -> None:
        """Stop it if it still runs, by force if it will not."""
        if self.process.poll() is None:
            try:
                self.terminate()
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
