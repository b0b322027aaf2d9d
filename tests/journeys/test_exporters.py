"""OpenTelemetry's own exporters, for Python and JavaScript, deliver everything once: through answers that get lost, 503s, restarts."""

import re
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from observatory.model.columns import Source
from observatory.store.opening import open_reader
from tests.journeys.forgetful_proxy import ForgetfulProxy
from tests.journeys.site import Site, open_site
from tests.servers import Server, environment, wait_until_seen

pytestmark = pytest.mark.network

ROOT = Path(__file__).parents[2]
EXPORTERS = {
    "Python": [sys.executable, str(ROOT / "tests/journeys/export_on_demand.py")],
    "JavaScript": ["node", str(ROOT / "tests/exporters_js/export_on_demand.js")],
}
PORTION = 300
"""Spans, and as many log records, made at a time: three batches of each."""
DELIVERY_SECONDS_MAX = 90.0
POLL_SECONDS = 0.05


class Exporting:
    """A process that makes telemetry on demand."""

    def __init__(self, command: list[str], url: str, token: str, err: Path) -> None:
        self.made = 0
        self._err = err
        variables = environment(PYTHONPATH=str(ROOT))
        with err.open("wb") as file:
            pipe = subprocess.PIPE
            self.process = subprocess.Popen([*command, url, token], env=variables, text=True, stdin=pipe, stdout=pipe, stderr=file)

    def make(self, count: int) -> None:
        """Let it make so many spans and log records; it begins to send them at once."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        self.made += count

    def wait_until_delivered(self) -> None:
        """Return once everything it made was taken."""
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("delivered "), self._err.read_text(encoding="utf-8")

    def end(self) -> None:
        """Let it end as it would by itself; by force if it does not."""
        try:
            self.process.communicate(timeout=DELIVERY_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()


@contextmanager
def exporting(language: str, proxy: ForgetfulProxy, site: Site) -> Iterator[Exporting]:
    """Run an exporter behind the proxy until the block ends."""
    found = Exporting(EXPORTERS[language], f"http://127.0.0.1:{proxy.port}", site.token, site.server.data.with_name("exporter.err"))
    try:
        yield found
    finally:
        found.end()


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Hold the lock of the telemetry file, as a foreign program may."""
    with closing(sqlite3.connect(data / "telemetry.sqlite", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def stored(data: Path) -> tuple[int, int]:
    """Return how many spans and log records are stored."""
    wait_until_seen(data)
    with closing(open_reader(data)) as reader:
        rows = reader.request_totals()
    spans, logs = (sum(row[3] for row in rows if row[2] == source) for source in (Source.OTLP_SPAN, Source.OTLP_LOG))
    return spans, logs


def metric(server: Server, name: str, label: str) -> float:
    """Return the sum of the samples of a metric that have a label."""
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return sum(float(found[1]) for found in re.finditer(rf"^{name}\{{[^}}]*{label}[^}}]*\}} (\S+)$", text, re.MULTILINE))


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DELIVERY_SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(POLL_SECONDS)


@pytest.mark.parametrize("language", EXPORTERS)
def test_everything_is_delivered_once(language: str, start_server: Callable[..., Server], tmp_path: Path) -> None:
    site = open_site(start_server, tmp_path)
    with ForgetfulProxy(site.server.port) as proxy, exporting(language, proxy, site) as exporter:
        exporter.make(PORTION)
        exporter.wait_until_delivered()
        assert stored(site.server.data) == (PORTION, PORTION)

        proxy.lose_answers(4)
        exporter.make(PORTION)
        exporter.wait_until_delivered()
        assert proxy.lost_answers == 4
        assert metric(site.server, "observatory_ingest_items_total", 'outcome="duplicate"') >= 100
        assert stored(site.server.data) == (exporter.made, exporter.made)

        with locked(site.server.data):
            exporter.make(PORTION)
            wait_until(lambda: metric(site.server, "observatory_ingest_requests_total", 'code="503"') > 0)
        exporter.wait_until_delivered()
        assert stored(site.server.data) == (exporter.made, exporter.made)

        for end in (Server.terminate, Server.kill):
            exporter.make(PORTION)
            end(site.server)
            proxy.server_port = 1
            site.server = start_server()
            proxy.server_port = site.server.port
            exporter.wait_until_delivered()
            assert stored(site.server.data) == (exporter.made, exporter.made)
