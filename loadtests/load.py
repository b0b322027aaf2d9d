"""Run one locust scenario for a bounded time against a server of its own, and print what the server used.

Usage: python -m loadtests.load [scenario] [users] [seconds]
"""

import os
import subprocess
import sys
from pathlib import Path

from loadtests.target import running_observatory, usage_of

SCENARIOS = {"otlp_burst": "otlp_burst.py"}


def main(arguments: list[str]) -> int:
    """Return locust's exit code: 1 if any request failed."""
    scenario, users, seconds = (*arguments, *("otlp_burst", "20", "30")[len(arguments) :])
    if scenario not in SCENARIOS or not users.isdecimal() or not seconds.isdecimal():
        print(f"usage: python -m loadtests.load [{'|'.join(SCENARIOS)}] [users] [seconds]", file=sys.stderr)
        return 2
    here = Path(__file__).parent
    with running_observatory() as target:
        # A process of its own: importing locust patches sockets.
        locust = [sys.executable, "-m", "locust", "-f", str(here / SCENARIOS[scenario]), "--headless", "--only-summary"]
        bounds = ["--host", target.url, "-u", users, "-r", users, "-t", f"{seconds}s"]
        environment = {**os.environ, "OTLP_BURST_TOKEN": target.token, "PYTHONPATH": str(here.parent)}
        ended = subprocess.run([*locust, *bounds], env=environment, check=False)
        usage = usage_of(target.pid)
        print(f"server: {usage.cpu_s:.1f} s of processor time, {usage.memory_bytes / 2**20:.0f} MiB of memory")
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
