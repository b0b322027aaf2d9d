"""`observatory run` as an operator meets it: start, stop, refusals, and what a crash leaves behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.servers import POLL_SECONDS, Server, environment, observatory

pytestmark = pytest.mark.network

REFUSAL_SECONDS_MAX = 2.0


@contextmanager
def taken_port() -> Iterator[int]:
    """Give a port that somebody else listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        yield other.getsockname()[1]


def is_alive(pid: int) -> bool:
    """Return whether a process runs; one that waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except FileNotFoundError:
        return False


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Return whether something came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def test_it_says_it_is_ready_once_it_is_and_only_then(server: Server) -> None:
    with urllib.request.urlopen(f"{server.url}/readyz", timeout=5) as answer:
        assert answer.status == 200
    assert server.out == f"Observatory is ready on {server.url}\n"


def test_when_it_says_so_its_front_page_was_served_in_both_languages(server: Server) -> None:
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=5) as answer:
        metrics = answer.read().decode()
    assert 'observatory_http_request_duration_seconds_count{code="200",handler="status_page",method="GET"} 2.0' in metrics


def test_what_it_logs_are_json_lines_without_addresses(server: Server) -> None:
    urllib.request.urlopen(f"{server.url}/livez?who=me", timeout=5).close()
    assert server.terminate() == 0
    events = [json.loads(line) for line in server.err.splitlines()]
    assert "ready" in {event["event"] for event in events}
    assert "who=me" not in server.err


def test_sigterm_ends_it_with_success_and_leaves_nothing_running(server: Server) -> None:
    workers = server.children()
    assert server.terminate() == 0
    assert not any(is_alive(pid) for pid in workers)


def test_ctrl_c_ends_it_with_success(server: Server) -> None:
    os.killpg(server.process.pid, signal.SIGINT)
    assert server.process.wait(30) == 0


def test_a_second_one_on_the_same_folder_is_refused_at_once(server: Server) -> None:
    began = time.monotonic()
    observatory("run", "--data", server.data, "--port", "none")
    starting = time.monotonic() - began
    second = observatory("run", "--data", server.data, "--port", "0")
    took = time.monotonic() - began - starting
    assert (second.returncode, second.stdout) == (2, "")
    assert len(second.stderr.splitlines()) == 1
    assert str(server.data) in second.stderr
    # Starting Python takes what it takes on a busy machine; the refusal itself may not.
    assert took < REFUSAL_SECONDS_MAX + 2 * starting


def test_a_taken_port_is_refused_with_one_line(tmp_path: Path) -> None:
    with taken_port() as port:
        refused = observatory("run", "--data", tmp_path / "data", "--port", str(port))
    assert refused.returncode == 2
    assert refused.stderr == (
        f"observatory: cannot listen on 127.0.0.1 port {port}: address already in use. choose another with --host and --port\n"
    )


def test_a_port_that_another_observatory_would_share_is_refused(server: Server, tmp_path: Path) -> None:
    refused = observatory("run", "--data", tmp_path / "other", "--port", str(server.port))
    assert refused.returncode == 2
    assert "address already in use" in refused.stderr


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"OBSERVATORY_POTR": "8000"}, "cannot read setting OBSERVATORY_POTR: no such name"),
        ({"OBSERVATORY_THREADS": "1"}, "cannot use setting OBSERVATORY_THREADS"),
        ({"OBSERVATORY_PORT": "http"}, "cannot use setting OBSERVATORY_PORT"),
    ],
)
def test_a_bad_setting_is_refused_with_one_line(tmp_path: Path, variables: dict[str, str], message: str) -> None:
    refused = observatory("run", "--data", tmp_path / "data", timeout=30.0, **variables)
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"observatory: {message}")
    assert len(refused.stderr.splitlines()) == 1


def test_a_bad_catalogue_is_refused_and_nothing_listens(tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue.toml"
    catalogue.write_text('[[service]]\nid = "Bad Id"\n', encoding="utf-8")
    refused = observatory("run", "--data", tmp_path / "data", "--port", "0", "--catalogue", catalogue)
    assert refused.returncode == 1
    assert "catalogue.toml" in refused.stderr
    assert refused.stdout == ""


def test_killing_it_leaves_no_orphan_and_it_starts_again_at_once(start_server: Callable[..., Server]) -> None:
    first = start_server()
    (worker,) = first.children()
    first.kill()
    again = start_server()
    assert not is_alive(worker)
    assert again.out == f"Observatory is ready on {again.url}\n"


def test_it_ends_with_an_error_when_its_worker_is_killed(server: Server) -> None:
    (worker,) = server.children()
    os.kill(worker, signal.SIGKILL)
    assert server.process.wait(10) == 1
    assert "worker lost" in server.err


def test_sigterm_while_it_starts_ends_it_promptly(tmp_path: Path) -> None:
    starting = Server(tmp_path / "data")
    assert wait_until(lambda: bool(starting.children()), 20)
    began = time.monotonic()
    assert starting.terminate(20) in (0, 1)
    assert time.monotonic() - began < 5


def test_it_listens_on_loopback_unless_told_otherwise(server: Server) -> None:
    listening = [line.split() for line in Path(f"/proc/{server.children()[0]}/net/tcp").read_text().splitlines()[1:]]
    addresses = {fields[1].partition(":")[0] for fields in listening if fields[1].endswith(f":{server.port:04X}") and fields[3] == "0A"}
    assert addresses == {"0100007F"}


def test_requests_under_way_are_answered_before_it_ends(server: Server) -> None:
    """A body that arrives slowly is still read, judged and answered after SIGTERM."""
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(b"POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Type: application/json\r\n")
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        slow.sendall(b"Connection: close\r\n\r\n{}")
        answer = slow.makefile("rb").readline()
    assert server.process.wait(30) == 0
    assert answer == b"HTTP/1.1 401 Unauthorized\r\n"


def test_without_a_command_it_lists_them() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "observatory", "--help"], env=environment(), capture_output=True, text=True, check=True, timeout=60
    )
    assert " run " in listed.stdout
