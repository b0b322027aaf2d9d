"""From a stopped web server to the page: one failure, as long as it was, the same number wherever it is told; a short stop is none.

The short form sends what a real nginx and real checks of it said, told to have been yesterday, which network doors take. The long form
waits for all of it in real time.
"""

import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from observatory import clock
from tests.faults.conftest import kept_waiting_seconds
from tests.faults.portal import Portal, downtimes, figures, incidents, metric
from tests.servers import Server, environment, observatory

pytestmark = pytest.mark.network

SEEN_SECONDS_MAX = 40.0
SHORT_STOP, LONG_STOP = range(5, 7), range(15, 22)
"""Minutes in which the portal was stopped."""
MINUTES = 40
OFF_SECONDS_MAX = 15.0


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    made = Portal(tmp_path / "portal")
    yield made
    made.stop()


def yesterday_morning() -> datetime:
    zone = ZoneInfo("Asia/Seoul")
    day = clock.now().astimezone(zone).date() - timedelta(days=1)
    return datetime(day.year, day.month, day.day, 6, tzinfo=zone).astimezone(UTC)


def is_stopped(minute: int) -> bool:
    return minute in SHORT_STOP or minute in LONG_STOP


def checked(portal: Portal) -> dict[str, object]:
    """Return what a check of the portal says as it is now."""
    told = json.loads(observatory("probe", portal.url, "--json", timeout=60.0, **portal.checking).stdout)
    state = "up" if told["passed"] else "down"
    return {"service": "job-portal", "menu": "home", "state": state, "http_status": told["status"], "outcome": told["outcome"]}


def send(server: Server, token: str, path: str, body: bytes, media: str) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": media}
    with urllib.request.urlopen(urllib.request.Request(server.url + path, body, headers)) as answer:
        told = json.loads(answer.read())
        assert (told["rejected"], told["refused"]) == ({}, {})


def lines_of_yesterday(portal: Portal, begin: datetime) -> bytes:
    """Return the line of a visit for every second in which the portal was not stopped."""
    [line, *_] = [json.loads(each) for each in portal.log.read_text().splitlines()]
    seconds = (second for second in range(MINUTES * 60) if not is_stopped(second // 60))
    return b"".join(json.dumps({**line, "time": f"{begin.timestamp() + second:.3f}"}).encode() + b"\n" for second in seconds)


def checks_of_yesterday(up: dict[str, object], down: dict[str, object], begin: datetime) -> bytes:
    """Return a check every ten seconds, and a second attempt of each that failed."""
    told = []
    for second in range(0, MINUTES * 60, 10):
        at = (begin + timedelta(seconds=second)).isoformat()
        told += [{**down, "checked_at": at}] * 2 if is_stopped(second // 60) else [{**up, "checked_at": at}]
    return json.dumps(told).encode()


@pytest.mark.faults
def test_an_outage_of_yesterday_is_one_failure_and_one_number_everywhere(tmp_path: Path, portal: Portal) -> None:
    portal.start()
    up = checked(portal)
    portal.stop()
    down = checked(portal)
    assert (up["outcome"], down["outcome"]) == ("passed", "connect")

    data, begin = tmp_path / "data", yesterday_morning()
    server = Server(data, "--catalogue", portal.catalogue(), under=(), port=0, OBSERVATORY_PROBER="false").wait_until_ready()
    try:
        vantage = observatory("token", "create", "--vantage", "busan", "--data", data).stdout.strip()
        agency = observatory("token", "create", "--service", "job-portal", "--data", data).stdout.strip()
        log_door = "/v1/access-log?service=job-portal&format=nginx-json"
        send(server, agency, log_door, lines_of_yesterday(portal, begin), "text/plain")
        send(server, vantage, "/v1/probes", checks_of_yesterday(up, down, begin), "application/json")
        deadline = time.monotonic() + SEEN_SECONDS_MAX
        while figures(server, "30d")["downtime_minutes"] != len(SHORT_STOP) + len(LONG_STOP):
            assert time.monotonic() < deadline + kept_waiting_seconds(server), figures(server, "30d")
            time.sleep(0.5)

        [failure] = incidents(server)
        assert [failure["started_at"], failure["ended_at"]] == [
            f"{begin + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}" for minute in (LONG_STOP.start, LONG_STOP.stop)
        ]
        assert (failure["down_minutes"], failure["severity"]) == (len(LONG_STOP), "major")
        told = figures(server, "30d")
        assert (told["failures"], told["isolated_minutes"]) == (1, len(SHORT_STOP))
        assert (told["measured_minutes"], told["partial_minutes"]) == (MINUTES, 0)
        seconds = metric(server, "observatory_downtime_30d_seconds", service_id="job-portal")
        assert [*downtimes(server, "30d"), seconds / 60] == [len(SHORT_STOP) + len(LONG_STOP)] * 4
        assert server.terminate() == 0
    finally:
        server.stop()


@contextmanager
def visitors(portal: Portal) -> Iterator[None]:
    """Visit the portal every second while the block lasts."""
    ended = threading.Event()

    def visit() -> None:
        while not ended.wait(1.0):
            portal.visit()

    thread = threading.Thread(target=visit, daemon=True)
    thread.start()
    yield
    ended.set()
    thread.join()


@contextmanager
def followed(portal: Portal, data: Path) -> Iterator[None]:
    """Send the portal's log to the server while the block lasts."""
    command = ("follow-log", portal.log, "--service", "job-portal", "--format", "nginx-json", "--data", data)
    process = subprocess.Popen([sys.executable, "-m", "observatory", *map(str, command)], env=environment())
    yield
    process.terminate()
    assert process.wait(30.0) == 0


def wait_for_minute() -> datetime:
    """Return at the begin of a minute: what is told of minutes can be no nearer to the truth than that."""
    time.sleep(60 - clock.now().timestamp() % 60)
    return clock.now()


def stopped_for(portal: Portal, minutes: int) -> Sequence[datetime]:
    """Stop the portal and start it again; return when that was."""
    begun = wait_for_minute()
    portal.stop()
    time.sleep(minutes * 60 - 1)
    ended = wait_for_minute()
    portal.start()
    return begun, ended


@pytest.mark.faults_long
def test_an_outage_is_told_as_it_was_while_it_happens(tmp_path: Path, portal: Portal) -> None:
    data = tmp_path / "data"
    portal.start()
    server = Server(data, "--catalogue", portal.catalogue(), under=(), port=0, **portal.checking).wait_until_ready()
    try:
        with visitors(portal), followed(portal, data):
            metric(server, "observatory_observed_seconds_total")  # Counters begin with the first look.
            time.sleep(120)
            stopped_for(portal, len(SHORT_STOP))
            time.sleep(6 * 60)
            begun, ended = stopped_for(portal, len(LONG_STOP))
            time.sleep(12 * 60)  # until every minute of it is final
            [failure] = incidents(server)
            for told, truth in (("started_at", begun), ("ended_at", ended)):
                off = datetime.fromisoformat(str(failure[told])) - truth
                assert abs(off.total_seconds()) <= OFF_SECONDS_MAX, (told, failure[told], truth)
            assert failure["detected_at"] is not None
            total = len(SHORT_STOP) + len(LONG_STOP)
            down, isolated = (
                metric(server, "observatory_observed_seconds_total", service_id="job-portal", state=name) / 60
                for name in ("down", "isolated")
            )
            assert (down, isolated) == (len(LONG_STOP), len(SHORT_STOP))
            assert [*downtimes(server, "24h"), down + isolated] == [total] * 4
            assert figures(server, "24h")["failures"] == 1
    finally:
        server.stop()
