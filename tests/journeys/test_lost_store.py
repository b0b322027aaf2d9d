"""A disk that fails under the running server: the sender is told to try again, and the process ends and starts anew."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.journeys.site import Site, open_site
from tests.receive.doors import fresh_traces
from tests.servers import Server

pytestmark = pytest.mark.network

END_SECONDS_MAX = 10.0
ATTACHED = "attached"


def fail_to_sync(pid: int) -> "subprocess.Popen[str]":
    """Make every fdatasync of a process fail from now on; return once it does."""
    command = ["strace", "-f", "-p", str(pid), "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:error=EIO"]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    assert ATTACHED in tracer.stderr.readline()
    return tracer


def test_a_failed_sync_is_answered_with_503_and_ends_the_process(start_server: Callable[..., Server], tmp_path: Path) -> None:
    site = open_site(start_server, tmp_path)
    with fail_to_sync(*site.server.children()) as tracer:
        answer = requests.post(f"{site.server.url}/v1/traces", fresh_traces(1), headers=site.headers, timeout=30)
        code = site.server.process.wait(END_SECONDS_MAX)
        tracer.communicate()
    assert (answer.status_code, code) == (503, 1)
    assert "store lost" in site.server.err
    assert Site(start_server(), site.token).stored() in (0, 1)
