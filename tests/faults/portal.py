"""A portal that is observed from outside: nginx before a page, with the access log of the README, which a test stops and starts."""

import csv
import getpass
import json
import re
import subprocess
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from tests.catalogue_text import job_portal
from tests.nginx import README, free_port
from tests.servers import Server

START_SECONDS_MAX = 10.0
LOG_FORMAT = re.findall(r"^log_format observatory .*;$", README, re.MULTILINE)[0]
DOWNTIME_ROW = re.compile(r"Downtime</th>(.*?)</tr>", re.DOTALL)
CELL = re.compile(r"<td[^>]*>([^<]*)")


class Portal:
    """One nginx, running or not."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.log = folder / "access.log"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir()
        self.log.touch()
        (folder / "www").mkdir()
        (folder / "www" / "index.html").write_text("hello")
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "fastcgi", "uwsgi", "scgi", "proxy"))
        (folder / "nginx.conf").write_text(
            f"""user {getpass.getuser()}; daemon off; pid {folder}/nginx.pid; worker_processes 1; events {{}}
            http {{ {temporary} {LOG_FORMAT} access_log {self.log} observatory;
            server {{ listen 127.0.0.1:{self.port}; root {folder}/www; }} }}"""
        )

    @property
    def checking(self) -> dict[str, str]:
        """The settings under which it may be checked."""
        return {"OBSERVATORY_PROBE_NETWORKS": "127.0.0.0/8", "OBSERVATORY_PROBE_PORTS": str(self.port)}

    def catalogue(self) -> Path:
        """Return the file of a catalogue that has it checked every ten seconds."""
        file = self._folder / "town.toml"
        probe = f'probe = {{ url = "{self.url}", interval_s = 10 }}'
        file.write_text(
            job_portal(f'[[service.menu]]\nid = "home"\nname_ko = "첫 화면"\nname_en = "Home"\nroutes = ["*"]\n{probe}'), "utf-8"
        )
        return file

    def start(self) -> None:
        """Return when it answers."""
        self._process = subprocess.Popen(["nginx", "-c", str(self._folder / "nginx.conf"), "-e", str(self._folder / "error.log")])
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self.visit():
            assert time.monotonic() < deadline, (self._folder / "error.log").read_text()[:1000]
            time.sleep(0.05)

    def stop(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(START_SECONDS_MAX)

    def visit(self) -> bool:
        """Ask as a citizen does; return whether an answer came."""
        with suppress(OSError):
            asked = urllib.request.Request(self.url, headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
            with urllib.request.urlopen(asked, timeout=2.0) as answer:
                return bool(answer.read())
        return False


def fetched(server: Server, path: str) -> str:
    """Return what the server publishes at a path."""
    with urllib.request.urlopen(server.url + path, timeout=30.0) as answer:
        return str(answer.read().decode())


def incidents(server: Server) -> list[dict[str, object]]:
    """Return the incidents of the service as a whole, the newest first."""
    listed = json.loads(fetched(server, "/api/v1/incidents?service=job-portal"))["incidents"]
    return [each for each in listed if each["menu_id"] is None]


def figures(server: Server, window: str) -> dict[str, object]:
    """Return the figures of a window."""
    found = json.loads(fetched(server, f"/api/v1/services/job-portal/figures?window={window}"))
    assert isinstance(found, dict)
    return found


def downtimes(server: Server, window: str) -> list[int]:
    """Return the minutes of downtime that page, API and CSV tell of a window, 24h or 30d."""
    row = DOWNTIME_ROW.findall(fetched(server, "/en/services/job-portal"))[0]
    cell = CELL.findall(row)[("24h", "30d").index(window)]
    table = list(csv.DictReader(fetched(server, f"/api/v1/services/job-portal/figures.csv?window={window}").splitlines()))
    [whole] = [line for line in table if not line.get("menu_id")]
    told = figures(server, window)["downtime_minutes"]
    assert isinstance(told, int)
    return [minutes_in(cell), told, int(whole["downtime_minutes"])]


def minutes_in(text: str) -> int:
    """Return how many minutes a span is that a page tells, such as `1 h 2 min`."""
    spans = {unit: int(number) for number, unit in re.findall(r"(\d+)\s*(h|min)", text)}
    assert spans, text
    return spans.get("h", 0) * 60 + spans.get("min", 0)


def metric(server: Server, name: str, **labels: str) -> float:
    """Return the sample of `/metrics/services` with these labels, 0 if there is none."""
    for line in fetched(server, "/metrics/services").splitlines():
        if line.startswith(f"{name}{{") and all(f'{key}="{value}"' in line for key, value in labels.items()):
            return float(line.rpartition(" ")[2])
    return 0.0
