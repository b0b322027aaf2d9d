"""Agents on other hosts are places with a vote each: real processes, a real server, a real page that only one place sees fail."""

import gzip
import http.server
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from observatory import clock
from observatory.model.delivery import FILE_HEADER, OFFSET_HEADER
from observatory.store.opening import open_reader, open_register
from tests.catalogue_text import job_portal
from tests.servers import Server, environment, observatory, wait_until_seen

pytestmark = pytest.mark.network
PATIENCE_S = 90.0
STOP_S_MAX = 5.0
MENUS = 5


class Page(http.server.BaseHTTPRequestHandler):
    """Fails for whoever comes from Busan."""

    def do_GET(self) -> None:
        self.send_response(500 if "busan" in self.headers.get("User-Agent", "") else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
        """Say nothing."""


@pytest.fixture
def page_port() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def keep_token(file: Path, token: str) -> None:
    """Write a token where only its owner reads it."""
    file.touch(0o600)
    file.write_text(token)


class Agent:
    """A real `observatory probe-agent`."""

    def __init__(self, folder: Path, name: str, server: Server, token: str, page_port: int) -> None:
        self.spool = folder / f"spool-{name}"
        token_file = folder / f"{name}.token"
        keep_token(token_file, token)
        self._err = folder / f"{name}.err"
        command = ("probe-agent", "--server", server.url, "--token-file", token_file, "--vantage", name, "--spool", self.spool)
        variables = {**checking(page_port), "OBSERVATORY_PUBLIC_URL": f"https://{name}.example"}
        with self._err.open("ab") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "observatory", *map(str, command)], env=environment(**variables), stderr=err, stdout=err
            )

    @property
    def said(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self._err.read_text().splitlines()]

    @property
    def waiting(self) -> list[tuple[Path, list[bytes]]]:
        return [(file, file.read_bytes().splitlines()) for file in sorted(self.spool.glob("*.jsonl"))]

    def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_S_MAX)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def checking(page_port: int) -> dict[str, str]:
    return {"OBSERVATORY_PROBE_NETWORKS": "127.0.0.0/8", "OBSERVATORY_PROBE_PORTS": str(page_port)}


def town(folder: Path, page_port: int | None) -> Path:
    probe = f'probe = {{ url = "http://127.0.0.1:{page_port}/", interval_s = 10 }}' if page_port else ""
    menus = "\n".join(
        f'[[service.menu]]\nid = "menu-{n}"\nname_ko = "{n}"\nname_en = "{n}"\nroutes = ["/{n}"]\n{probe}' for n in range(MENUS)
    )
    file = folder / "town.toml"
    file.write_text(job_portal(menus), encoding="utf-8")
    return file


def until(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def votes(data: Path, minute: datetime) -> tuple[dict[str, bool], set[str]]:
    """Return what every vantage says of the first menu in a minute, and how its menu was judged."""
    told = observatory("explain", "job-portal", f"{minute:%Y-%m-%dT%H:%MZ}", "--data", data, "--json")
    document = json.loads(told.stdout)
    cast = {vote["vantage"]: vote["failed"] for vote in document["votes"] if vote["menu"] == "menu-0"}
    return cast, {subject["published_verdict"] for subject in document["subjects"] if subject["menu"] == "menu-0"}


def stored(data: Path, vantage: str) -> int:
    """Return how many attempts of a vantage are stored."""
    wait_until_seen(data)
    with closing(open_register(data)) as register, register.look() as books:
        source = books.probes.vantage(vantage)
    with closing(open_reader(data)) as telemetry:
        return sum(row[3] for row in telemetry.request_totals() if row[2] == source)


def send_by_hand(server: Server, token: str, file: Path, lines: list[bytes]) -> bool:
    """Send a batch as its agent would, who never hears the answer; return whether it had been stored before."""
    _, series, number = file.stem.split("-")
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
        FILE_HEADER: series,
        OFFSET_HEADER: str(int(number)),
    }
    body = gzip.compress(b"[" + b",".join(lines) + b"]")
    with urllib.request.urlopen(urllib.request.Request(f"{server.url}/v1/probes", body, headers)) as answer:
        return bool(json.loads(answer.read())["duplicate"])


def test_one_place_of_three_fails_alone_and_an_agent_that_was_killed_doubles_nothing(tmp_path: Path, page_port: int) -> None:
    data = tmp_path / "data"
    server = Server(data, "--catalogue", town(tmp_path, page_port), under=(), port=0, **checking(page_port)).wait_until_ready()
    tokens = {name: observatory("token", "create", "--vantage", name, "--data", data).stdout.strip() for name in ("seoul", "busan")}
    agents = {name: Agent(tmp_path, name, server, token, page_port) for name, token in tokens.items()}
    seoul, busan = agents.values()
    try:
        expected = {"observatory": False, "seoul": False, "busan": True}
        until(lambda: votes(data, clock.now() - timedelta(minutes=1)) == (expected, {"up"}), "three places never voted")

        server.kill_all()
        until(lambda: sum(len(lines) for _, lines in busan.waiting) >= 2 * MENUS, "nothing waited for the server")
        busan.kill()
        assert seoul.terminate() == 0
        assert [event["level"] for event in seoul.said].count("warning") == 1
        waiting = busan.waiting

        assert observatory("catalogue", "apply", town(tmp_path, None), "--data", data).returncode == 0
        server = Server(data, port=server.port).wait_until_ready()
        before = stored(data, "busan")
        file, oldest = waiting[0]
        known = send_by_hand(server, tokens["busan"], file, oldest)
        agents["busan"] = busan = Agent(tmp_path, "busan", server, tokens["busan"], page_port)
        until(lambda: not busan.waiting, "what waited was never sent")
        lines = sum(len(lines) for _, lines in waiting) - (len(oldest) if known else 0)
        assert stored(data, "busan") == before + lines
        assert busan.terminate() == 0
    finally:
        for agent in agents.values():
            agent.kill()
        server.stop()


def test_a_token_of_another_place_or_of_none_ends_the_agent_with_one_line(tmp_path: Path) -> None:
    data = tmp_path / "data"
    server = Server(data, "--catalogue", town(tmp_path, None)).wait_until_ready()
    try:
        seoul = observatory("token", "create", "--vantage", "seoul", "--data", data).stdout.strip()
        agency = observatory("token", "create", "--service", "job-portal", "--data", data).stdout.strip()
        for token, said in ((seoul, "the token is of vantage seoul"), (agency, "403"), ("obs_no", "403")):
            file = tmp_path / "token"
            keep_token(file, token)
            arguments = ("--server", server.url, "--token-file", file, "--vantage", "busan", "--spool", tmp_path / "spool")
            ended = observatory("probe-agent", *arguments)
            assert ended.returncode == 1
            assert said in ended.stderr.replace("'", "")
            assert ended.stderr.count("\n") == 1
    finally:
        server.stop()


@pytest.mark.parametrize(
    "url", ["http://observatory.example", "ftp://127.0.0.1", "https://a@b.example", "http://127.0.0.1.example.org", ""]
)
def test_a_token_is_shown_to_nobody_on_the_way(tmp_path: Path, url: str) -> None:
    keep_token(tmp_path / "token", "obs_a_b")
    ended = observatory("probe-agent", "--server", url, "--token-file", tmp_path / "token", "--spool", tmp_path / "spool")
    assert (ended.returncode, "https" in ended.stderr) == (1, True)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_token_that_others_may_read_or_change_is_refused_with_one_line(tmp_path: Path, mode: int) -> None:
    keep_token(tmp_path / "token", "obs_a_b")
    (tmp_path / "token").chmod(mode)
    ended = observatory("probe-agent", "--server", "https://a.example", "--token-file", tmp_path / "token", "--spool", tmp_path / "spool")
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert f"cannot use token file {tmp_path / 'token'}: others may read or change it" in ended.stderr
    assert f"chmod 600 {tmp_path / 'token'}" in ended.stderr


def test_an_agent_that_waits_for_an_answer_ends_all_the_same(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        keep_token(tmp_path / "token", "obs_a_b")
        command = ("probe-agent", "--server", f"http://127.0.0.1:{silent.getsockname()[1]}", "--token-file", tmp_path / "token")
        agent = subprocess.Popen(
            [sys.executable, "-m", "observatory", *map(str, command), "--spool", str(tmp_path / "spool")], env=environment()
        )
        try:
            silent.settimeout(PATIENCE_S)
            asked, _ = silent.accept()
            with asked:
                agent.send_signal(signal.SIGTERM)
                assert agent.wait(STOP_S_MAX) == 0
        finally:
            agent.kill()
            agent.wait()
