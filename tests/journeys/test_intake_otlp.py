"""What a real exporter sends is what is published; what a broken connection leaves open is settled by sending again."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from observatory import clock
from tests.journeys.exporter_process import duration_ms, status
from tests.journeys.site import Site, open_site
from tests.receive.doors import a_span, traces
from tests.servers import Server, environment

pytestmark = pytest.mark.network

SPANS = 10_000
STEP_NS = 300 * 10**6
EXPORT_SECONDS_MAX = 120
ANSWER_SECONDS_MAX = 30.0


@pytest.fixture
def site(start_server: Callable[..., Server], tmp_path: Path) -> Site:
    return open_site(start_server, tmp_path)


def test_ten_thousand_spans_of_a_real_exporter_are_counted_exactly(site: Site) -> None:
    first_end_s = int(clock.now().timestamp()) // 3600 * 3600 - 2 * 3600
    exporter = Path(__file__).with_name("exporter_process.py")
    command = [sys.executable, str(exporter), site.server.url, site.token, str(SPANS), str(first_end_s * 10**9), str(STEP_NS)]
    sent = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=EXPORT_SECONDS_MAX, check=True)
    assert sent.stderr == ""

    window = f"from={moment(first_end_s)}&to={moment(first_end_s + 3600)}"
    figures = site.wait_for(f"/api/v1/services/job-portal/figures?{window}", lambda found: found["requests"] == SPANS)
    answered = [duration_ms(number) for number in range(SPANS) if status(number) == 200]
    assert (figures["requests"], figures["failed_requests"]) == (SPANS, SPANS - len(answered))
    [menu] = figures["menus"]
    assert menu["load_time"]["n"] == len(answered)
    assert menu["load_time"]["mean_ms"] == pytest.approx(sum(answered) / len(answered), abs=0.01)


def moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Sending:
    """Bodies of known spans, and what their sender knows of each: the oracle of a crash."""

    bodies: dict[int, bytes]
    spans_per_body: int
    acked: set[int] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, count: int, spans_per_body: int) -> "Sending":
        def body(number: int) -> bytes:
            return traces(*(recent_span(number * spans_per_body + n) for n in range(spans_per_body)))

        return cls({number: body(number) for number in range(count)}, spans_per_body)

    def send_unanswered(self, site: Site, stop: threading.Event) -> None:
        """Send what has no answer yet, from eight threads, until `stop`; an answer other than 200 and 503 is an error."""
        left = [number for number in self.bodies if number not in self.acked]
        random.shuffle(left)
        with ThreadPoolExecutor(8) as senders:
            for error in senders.map(lambda number: self._send(site, number, stop), left):
                assert error is None, error

    def _send(self, site: Site, number: int, stop: threading.Event) -> str | None:
        if stop.is_set():
            return None
        try:
            answer = requests.post(f"{site.server.url}/v1/traces", self.bodies[number], headers=site.headers, timeout=ANSWER_SECONDS_MAX)
        except requests.RequestException:
            return None
        if answer.status_code == requests.codes.ok:
            with self.lock:
                self.acked.add(number)
        return (
            None
            if answer.status_code in (requests.codes.ok, requests.codes.service_unavailable)
            else f"{answer.status_code}: {answer.text}"
        )


BASE_NS = int(clock.now().timestamp() - 3600) * 10**9


def recent_span(number: int) -> Span:
    span = a_span(duration_ms=100)
    span.end_time_unix_nano = BASE_NS + number * 10**6
    span.start_time_unix_nano = span.end_time_unix_nano - 10**8
    return span


def test_a_kill_in_the_middle_of_sending_loses_and_doubles_nothing(site: Site, start_server: Callable[..., Server]) -> None:
    sending = Sending.of(count=400, spans_per_body=5)
    for acked_before_kill in (100, 250):
        stop = threading.Event()
        with ThreadPoolExecutor(1) as background:
            running = background.submit(sending.send_unanswered, site, stop)
            while len(sending.acked) < acked_before_kill:
                time.sleep(0.001)
            site.server.kill()
            stop.set()
            running.result()
        site = Site(start_server(), site.token)
        stored, acked = site.stored(), len(sending.acked) * sending.spans_per_body
        assert acked <= stored <= len(sending.bodies) * sending.spans_per_body
    sending.send_unanswered(site, threading.Event())
    assert len(sending.acked) == len(sending.bodies)
    assert site.stored() == len(sending.bodies) * sending.spans_per_body


def test_a_stop_in_the_middle_of_sending_answers_whoever_was_heard(site: Site, start_server: Callable[..., Server]) -> None:
    sending = Sending.of(count=200, spans_per_body=5)
    stop = threading.Event()
    with ThreadPoolExecutor(1) as background:
        running = background.submit(sending.send_unanswered, site, stop)
        while len(sending.acked) < 50:
            time.sleep(0.001)
        assert site.server.terminate() == 0
        stop.set()
        running.result()
    assert site.stored() == len(sending.acked) * sending.spans_per_body
    site = Site(start_server(), site.token)
    sending.send_unanswered(site, threading.Event())
    assert site.stored() == len(sending.bodies) * sending.spans_per_body
