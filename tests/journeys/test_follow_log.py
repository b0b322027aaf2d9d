"""`follow-log` beside a real server: whatever happens to the log, the follower or the server, every line is stored once."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from observatory import clock
from tests.journeys.site import Site, open_site
from tests.servers import Server, environment, observatory

pytestmark = pytest.mark.network

BEHIND_SECONDS_MAX = 5.0
"""How far a follower may be behind beside a server that runs: a second, and what a busy machine adds."""
RECOVERY_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 10.0
MEMORY_KIB_MAX = 150_000


class Following:
    """A follower of one log in a process of its own."""

    def __init__(self, log: Path, data: Path, *options: str) -> None:
        self.log = log
        self._err = log.with_name(f"{log.name}-{time.monotonic_ns()}.err")
        command = [sys.executable, "-m", "observatory", "follow-log", str(log), "--data", str(data), "--json", *options]
        with self._err.open("wb") as err:
            self.process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=err)

    @property
    def err(self) -> str:
        return self._err.read_text(encoding="utf-8")

    def wait_until_said(self, text: str) -> None:
        deadline = time.monotonic() + RECOVERY_SECONDS_MAX
        while text not in self.err:
            assert self.process.poll() is None, self.err
            assert time.monotonic() < deadline, self.err
            time.sleep(0.02)

    def memory_kib(self) -> int:
        """Return the most memory it ever had."""
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8"))
        assert found
        return int(found[1])

    def stop(self, number: signal.Signals = signal.SIGTERM) -> dict[str, int]:
        """Stop it as an operator would; return its summary."""
        self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=STOP_SECONDS_MAX)
        assert self.process.returncode == 0, self.err
        summary: dict[str, int] = json.loads(out)
        return summary

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


class Writer:
    """What writes the log: every line differs, and tells the time."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.count = 0

    def write(self, lines: int = 10) -> None:
        now = datetime.fromtimestamp(int(clock.now().timestamp()), UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
        numbers = range(self.count, self.count + lines)
        with self.log.open("a") as file:
            file.writelines(f'203.0.113.9 - - [{now}] "GET /jobs?n={n} HTTP/1.1" 200 12 "-" "Mozilla/5.0 Firefox/142.0"\n' for n in numbers)
        self.count += lines


def wait_until_stored(site: Site, count: int, seconds: float = RECOVERY_SECONDS_MAX) -> None:
    deadline = time.monotonic() + seconds
    while (stored := site.stored()) < count:
        assert time.monotonic() < deadline, f"{stored} of {count} are stored"
        time.sleep(0.05)
    assert stored == count


@pytest.fixture
def site(start_server: Callable[..., Server], tmp_path: Path) -> Site:
    return open_site(start_server, tmp_path)


@pytest.fixture
def follow(site: Site, tmp_path: Path) -> Iterator[Callable[..., Following]]:
    started: list[Following] = []

    def start(*options: str) -> Following:
        following = Following(tmp_path / "access.log", site.server.data, *options)
        started.append(following)
        return following

    yield start
    for following in started:
        following.kill()


def test_a_followed_log_is_stored_through_every_rotation(site: Site, follow: Callable[..., Following]) -> None:
    following = follow()
    writer = Writer(following.log)
    following.wait_until_said("is not there yet")
    writer.write()
    wait_until_stored(site, 10)
    for _ in range(3):
        writer.write(1000)
        wait_until_stored(site, writer.count, BEHIND_SECONDS_MAX)
    following.log.rename(following.log.with_name("access.log.1"))
    writer.write()
    wait_until_stored(site, writer.count, BEHIND_SECONDS_MAX)
    following.log.with_name("access.log.2").write_bytes(following.log.read_bytes())
    os.truncate(following.log, 0)
    writer.write()
    wait_until_stored(site, writer.count, BEHIND_SECONDS_MAX)
    with following.log.open("a") as log:
        log.write("nonsense\n")
    following.wait_until_said(f"refused: no_time (first: {following.log}:11)")
    assert following.memory_kib() < MEMORY_KIB_MAX
    summary = following.stop()
    assert (summary["stored"], summary["already_imported"], summary["lines_read"]) == (writer.count, 0, writer.count + 1)


def test_a_follower_that_is_killed_goes_on_where_it_stopped(site: Site, follow: Callable[..., Following]) -> None:
    following = follow()
    writer = Writer(following.log)
    for _ in range(3):
        writer.write(5000)
        while not site.stored() % 5000:
            time.sleep(0.01)
            if site.stored() == writer.count:
                break
        following.kill()
        writer.write(100)
        following.log.rename(following.log.with_name(f"access.log.{writer.count}"))
        writer.write(100)
        following = follow()
        wait_until_stored(site, writer.count)
    following.stop(signal.SIGINT)


def test_a_server_that_restarts_gets_every_line_once(
    site: Site, follow: Callable[..., Following], start_server: Callable[..., Server]
) -> None:
    following = follow()
    writer = Writer(following.log)
    for number in range(3):
        writer.write(2000)
        wait_until_stored(site, writer.count)
        writer.write(20_000)
        if number == 0:
            site.server.terminate()
        else:
            site.server.kill()
        following.wait_until_said("waiting: ")
        writer.write(10)
        following.log.rename(following.log.with_name(f"access.log.{number}"))
        writer.write(10)
        site = Site(start_server(), site.token)  # on another port
        wait_until_stored(site, writer.count)
    assert following.stop()["stored"] <= writer.count
    again = observatory("import-log", following.log, *following.log.parent.glob("access.log.?"), "--data", site.server.data, "--json")
    assert json.loads(again.stdout)["stored"] == 0, again.stderr
    assert site.stored() == writer.count


def test_without_a_server_a_follower_says_so_and_waits(
    site: Site, follow: Callable[..., Following], start_server: Callable[..., Server]
) -> None:
    site.server.terminate()
    following = follow("--service", "job-portal")
    writer = Writer(following.log)
    writer.write()
    following.wait_until_said("no observatory serves")
    site = Site(start_server(), site.token)
    wait_until_stored(site, writer.count)
    assert following.stop()["stored"] == writer.count
