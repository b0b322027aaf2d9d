"""A catalogue with `probe` just works: the server checks the menu itself, takes up changes, and stops in time."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from observatory.model.columns import Source
from observatory.store.opening import open_reader
from tests.catalogue_text import job_portal
from tests.servers import Server, observatory

pytestmark = pytest.mark.network
PATIENCE_SECONDS = 40.0
INTERVAL_S = 10
MENU = """
  [[service.menu]]
  id = "search"
  name_ko = "일자리 찾기"
  name_en = "Find a job"
  routes = ["/jobs"]
"""


class Portal(ThreadingHTTPServer):
    """A service whose health the test decides."""

    daemon_threads = True

    def __init__(self) -> None:
        self.status = 200
        self.asked = 0
        self.silent = threading.Event()
        super().__init__(("127.0.0.1", 0), Answer)


class Answer(BaseHTTPRequestHandler):
    """Answers with the status of its portal; 0: not at all."""

    server: Portal

    def do_GET(self) -> None:
        self.server.asked += 1
        if self.server.status == 0:
            self.server.silent.wait(PATIENCE_SECONDS)
            return
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def portal() -> Iterator[Portal]:
    server = Portal()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.silent.set()
    server.shutdown()
    server.server_close()


def stored(server: Server) -> tuple[int, int]:
    """Return how many attempts are stored, and how many of them failed."""
    with closing(open_reader(server.data)) as telemetry:
        rows = telemetry.request_totals()
    assert {row[2] for row in rows} <= {Source.PROBE}
    return sum(row[3] for row in rows), sum(row[4] for row in rows)


def wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not until():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.2)


def test_a_menu_is_checked_its_failure_confirmed_and_its_target_taken_from_the_catalogue(
    start_server: Callable[..., Server], portal: Portal, tmp_path: Path
) -> None:
    port = portal.server_address[1]
    catalogue = tmp_path / "services.toml"
    probed = f'probe = {{ url = "http://127.0.0.1:{port}/jobs", interval_s = {INTERVAL_S} }}\n'
    catalogue.write_text(job_portal(), encoding="utf-8")
    server = start_server(
        "--catalogue", catalogue, OBSERVATORY_PROBE_NETWORKS="127.0.0.1/32", OBSERVATORY_PROBE_PORTS=str(port), OBSERVATORY_VANTAGE="seoul"
    )
    assert "menus are checked from here" not in server.err

    catalogue.write_text(job_portal() + MENU + probed, encoding="utf-8")
    assert observatory("catalogue", "apply", catalogue, "--data", server.data).returncode == 0
    wait(lambda: stored(server) >= (1, 0))
    assert stored(server)[1] == 0
    portal.status = 503
    wait(lambda: stored(server)[1] >= 2)
    assert stored(server)[1] % 2 == 0
    portal.status = 0
    asked = portal.asked
    wait(lambda: portal.asked > asked)
    begun = time.monotonic()
    assert server.terminate() == 0
    assert time.monotonic() - begun < 15
    assert "step failed" not in server.err
