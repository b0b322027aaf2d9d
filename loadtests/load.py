"""Run one locust scenario for a bounded time against a server of its own, and print what the server used.

Usage: python -m loadtests.load [scenario] [users] [seconds]
"""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from loadtests.country.server import running_country
from loadtests.target import Target, running_observatory, usage_of


@dataclass(frozen=True, slots=True)
class Scenario:
    """What locust runs, and on which server."""

    file: str
    server: Callable[[], AbstractContextManager[Target]]


SCENARIOS = {
    "otlp_burst": Scenario("otlp_burst.py", running_observatory),
    "status_page_crowd": Scenario("status_page_crowd.py", running_country),
}


def main(arguments: list[str]) -> int:
    """Return locust's exit code: 1 if any request failed."""
    name, users, seconds = (*arguments, *("otlp_burst", "20", "30")[len(arguments) :])
    if name not in SCENARIOS or not users.isdecimal() or not seconds.isdecimal():
        print(f"usage: python -m loadtests.load [{'|'.join(SCENARIOS)}] [users] [seconds]", file=sys.stderr)
        return 2
    here, scenario = Path(__file__).parent, SCENARIOS[name]
    with scenario.server() as target:
        # A process of its own: importing locust patches sockets.
        locust = [sys.executable, "-m", "locust", "-f", str(here / scenario.file), "--headless", "--only-summary"]
        bounds = ["--host", target.url, "-u", users, "-r", users, "-t", f"{seconds}s"]
        environment = {**os.environ, "OTLP_BURST_TOKEN": target.token, "PYTHONPATH": str(here.parent)}
        ended = subprocess.run([*locust, *bounds], env=environment, check=False)
        usage = usage_of(target.pid)
        print(f"server: {usage.cpu_s:.1f} s of processor time, {usage.memory_bytes / 2**20:.0f} MiB of memory")
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
