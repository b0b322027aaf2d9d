"""`observatory demo`, as `make run` starts it: a populated site in both languages, gone without a trace after Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from tests.servers import POLL_SECONDS, environment, observatory

pytestmark = pytest.mark.network

AWAKE_SECONDS_MAX = 180.0
ASLEEP_SECONDS_MAX = 30.0


def a_free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port: int = listening.getsockname()[1]
        return port


def page(url: str) -> str | None:
    """Return a page, None while nobody listens."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            text: str = answer.read().decode()
            return text
    except urllib.error.URLError:
        return None


def processes_on(folder: Path) -> list[str]:
    """Return the command lines of all processes that were started with a folder, in their arguments or environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in told:
            found.append(told.decode(errors="replace")[:200])
    return found


def test_a_taken_port_is_told_before_anything_is_prepared(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        told = observatory("demo", "--data", tmp_path / "data", "--port", str(port))
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith(f"observatory: cannot listen on 127.0.0.1 port {port}: address already in use")
    assert told.stderr.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_the_town_wakes_up_populated_and_leaves_nothing_running(tmp_path: Path) -> None:
    data, port = tmp_path / "data", a_free_port()
    command = [sys.executable, "-m", "observatory", "demo", "--data", str(data), "--port", str(port)]
    with (tmp_path / "said").open("wb") as said:
        demo = subprocess.Popen(command, stdout=said, stderr=said, env=environment(), start_new_session=True)
    try:
        deadline = time.monotonic() + AWAKE_SECONDS_MAX
        while (korean := page(f"http://127.0.0.1:{port}/ko/")) is None:
            assert demo.poll() is None, (tmp_path / "said").read_text()
            assert time.monotonic() < deadline
            time.sleep(POLL_SECONDS)
        english = page(f"http://127.0.0.1:{port}/en/")
    finally:
        os.killpg(demo.pid, signal.SIGINT)
        demo.wait(ASLEEP_SECONDS_MAX)
    assert english is not None
    assert "Demonstration data" in english
    assert "1 failure" in english
    assert "시연" in korean
    assert processes_on(data) == []
    assert "Traceback" not in (tmp_path / "said").read_text()
