"""A real `observatory witness` for tests: started on a loopback port, asked, stopped by its pid."""

import re
import subprocess
import sys
import time
from pathlib import Path

from observatory.store.opening import make_key_file
from tests.servers import environment

READY = re.compile(r"Witness (\S+) is ready on (http://\S+)")
READY_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 10.0


class RunningWitness:
    """One witness of some logs; what it signed stays in its folder when it is started again."""

    def __init__(self, folder: Path, name: str, *logs: str) -> None:
        self._folder, self._name, self._logs = folder, name, logs
        self._key = folder.with_name(f"{folder.name}.key")
        if not self._key.exists():
            make_key_file(self._key)
        self._out = folder.with_name(f"{folder.name}-{time.monotonic_ns()}.out")
        self.key, self.url = self._start()

    def _start(self) -> tuple[str, str]:
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "observatory",
            "witness",
            self._folder,
            "--name",
            self._name,
            "--key",
            self._key,
            "--port",
            "0",
        ]
        with self._out.open("wb") as out:
            self.process = subprocess.Popen(
                [*command, *(part for log in self._logs for part in ("--log", log))],
                stdout=out,
                stderr=subprocess.DEVNULL,
                env=environment(),
            )
        deadline = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < deadline:
            if found := READY.search(self._out.read_text()):
                return found[1], found[2]
            assert self.process.poll() is None, self._out.read_text()
            time.sleep(0.02)
        raise AssertionError("the witness was not ready in time")

    def policy_line(self, name: str) -> str:
        """Return how it stands in a log policy."""
        return f"witness {name} {self.key} {self.url}"

    def terminate(self) -> int:
        """Ask it to stop; return its exit code."""
        self.process.terminate()
        return self.process.wait(STOP_SECONDS_MAX)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()
