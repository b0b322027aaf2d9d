"""Debian's Prometheus scrapes a real server, and its queries give the numbers of the API."""

import json
import re
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.catalogue_text import job_portal
from tests.servers import Server, observatory

pytestmark = pytest.mark.network

ROOT = Path(__file__).parents[2]
WAIT_SECONDS_MAX = 40.0
POLL_SECONDS = 0.2
STOP_SECONDS_MAX = 20.0
OUTAGE_MINUTES = 20
CATALOGUE = job_portal("grade = 1")


def answer_of(url: str) -> dict[str, object]:
    """Return the JSON at an address."""
    with urllib.request.urlopen(url, timeout=5) as answer:
        found: dict[str, object] = json.load(answer)
        return found


class Prometheus:
    """Debian's Prometheus on a port of its own; stopped by its pid."""

    def __init__(self, folder: Path, scraped: Server) -> None:
        folder.mkdir()
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(folder / "rules.yml")],
            "scrape_configs": [
                {
                    "job_name": "observatory",
                    "metrics_path": "/metrics/services",
                    "static_configs": [{"targets": [scraped.url.removeprefix("http://")]}],
                }
            ],
        }
        rules = (ROOT / "dashboards" / "rules.yml").read_text(encoding="utf-8")
        (folder / "rules.yml").write_text(re.sub(r"interval: \w+", "interval: 1s", rules), encoding="utf-8")
        (folder / "prometheus.yml").write_text(json.dumps(config), encoding="utf-8")
        command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
        command += [f"--web.listen-address={self.url.removeprefix('http://')}", "--log.level=warn"]
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return what a query finds now; nothing while Prometheus still starts."""
        try:
            found = answer_of(f"{self.url}/api/v1/query?{urllib.parse.urlencode({'query': expression})}")
        except OSError:
            return []
        data = found["data"]
        assert isinstance(data, dict)
        result: list[dict[str, Any]] = data["result"]
        return result

    def wait_for(self, expression: str) -> dict[str, Any]:
        """Return the first thing a query finds, once it finds something."""
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while time.monotonic() < deadline:
            if found := self.query(expression):
                return found[0]
            time.sleep(POLL_SECONDS)
        raise AssertionError(f"{expression} finds nothing")

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(STOP_SECONDS_MAX)


@pytest.fixture
def probed(server: Server, tmp_path: Path) -> Server:
    """A server that knows three hours of probes of two days ago, twenty minutes of them failed."""
    catalogue, probes = tmp_path / "catalogue.toml", tmp_path / "probes.csv"
    catalogue.write_text(CATALOGUE, encoding="utf-8")
    assert observatory("catalogue", "apply", catalogue, "--data", server.data).returncode == 0
    begin = (datetime.now(UTC) - timedelta(days=2)).replace(second=0, microsecond=0)  # noqa: TID251 - a real server has the real time
    lines = ["checked_at,service,state,http_status,response_ms"]
    for minute in range(180):
        failed = 60 <= minute < 60 + OUTAGE_MINUTES
        moment = f"{begin + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}"
        lines.append(f"{moment},job-portal,{'down,503' if failed else 'up,200'},120")
    probes.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = observatory("import-probes", probes, "--interval", "1m", "--data", server.data)
    assert done.returncode == 0, done.stderr
    return server


@pytest.fixture
def prometheus(probed: Server, tmp_path: Path) -> Iterator[Prometheus]:
    running = Prometheus(tmp_path / "prometheus", probed)
    yield running
    running.stop()


def wait_for_downtime(server: Server) -> dict[str, object]:
    """Return the figures of the job portal once its outage is judged."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while time.monotonic() < deadline:
        figures = answer_of(f"{server.url}/api/v1/services/job-portal/figures?window=30d")
        if figures["downtime_minutes"]:
            return figures
        time.sleep(POLL_SECONDS)
    raise AssertionError("the outage was not judged")


def test_a_query_gives_the_downtime_of_the_api(probed: Server, prometheus: Prometheus) -> None:
    figures = wait_for_downtime(probed)
    found = prometheus.wait_for('observatory_downtime_30d_seconds{service_id="job-portal"} / 60 > 0')
    assert found["value"][1] == str(figures["downtime_minutes"])
    assert figures["downtime_minutes"] == OUTAGE_MINUTES
    assert prometheus.query('up{job="observatory"}')[0]["value"][1] == "1"
    assert prometheus.query("observatory_requests_total")[0]["metric"]["source"] == "probe"


def test_the_shipped_rules_work_on_it(prometheus: Prometheus) -> None:
    for name in ("Watchdog", "SignoffMissing"):
        prometheus.wait_for(f'ALERTS{{alertname="{name}",alertstate="firing"}}')
    rules = answer_of(f"{prometheus.url}/api/v1/rules")["data"]
    assert isinstance(rules, dict)
    assert {rule["health"] for group in rules["groups"] for rule in group["rules"]} <= {"ok", "unknown"}
    assert not prometheus.query('ALERTS{alertname="ObserverBlind",alertstate="firing"}')
