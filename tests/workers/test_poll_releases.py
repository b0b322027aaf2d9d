"""What a service runs is noted in the log once it was said twice, and once for each change."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from apiflask import APIFlask

from observatory.flows.catalogue import apply_catalogue
from observatory.flows.release_history import KnownHistory
from observatory.flows.releases import running_release
from observatory.parts import Parts
from observatory.server.app import create_app
from observatory.settings import Settings
from observatory.workers.poll_releases import ASKED_EVERY_S, PollReleases
from tests.builders import a_catalogue, a_service
from tests.moments import NOW
from tests.registers import in_look

pytestmark = pytest.mark.network
DIGEST, OTHER = "sha256:" + "ab" * 32, "sha256:" + "cd" * 32


@dataclass
class Portal:
    """A service that says what it runs."""

    port: int
    digest: str = DIGEST
    asked: int = 0


@pytest.fixture
def portal() -> Iterator[Portal]:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked += 1
            body = json.dumps({"version": "2.4.1", "digest": found.digest}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    found = Portal(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def app(settings: Settings, portal: Portal) -> Iterator[APIFlask]:
    """The application of a service that is asked on loopback, and of one that is asked nowhere."""
    may = settings.model_copy(update={"probe_networks": "127.0.0.1/32", "probe_ports": str(portal.port)})
    application = create_app(may, now=lambda: NOW)
    parts = application.extensions["observatory"]
    asked = replace(a_service(), release_url=f"http://127.0.0.1:{portal.port}/.well-known/service-release")
    apply_catalogue(parts.register, a_catalogue(asked, a_service("library")), NOW)
    yield application
    parts.telemetry.close()
    parts.register.close()


@dataclass
class Pace:
    """Seconds that pass when told to."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def finish(step: PollReleases, parts: Parts) -> None:
    """Take steps until nobody is being asked."""
    while step(parts):
        pass


def polled(parts: Parts, step: PollReleases, pace: Pace, times: int = 1) -> int:
    """Return how often the log was told something."""
    for _ in range(times):
        finish(step, parts)
        pace.seconds += ASKED_EVERY_S
    return len(in_look(parts.register).log.entries_of_kind("release-observed"))


def test_what_is_said_twice_is_noted_once(app: APIFlask, portal: Portal) -> None:
    parts, pace = app.extensions["observatory"], Pace()
    step = PollReleases(pace)

    assert [polled(parts, step, pace) for _ in range(4)] == [0, 1, 1, 1]
    portal.digest = OTHER
    assert [polled(parts, step, pace) for _ in range(3)] == [1, 2, 2]
    running = running_release(KnownHistory(parts.register).look(), "job-portal", "production")
    assert running is not None
    assert running.digest == OTHER
    step.close()


def test_what_changes_every_time_is_never_believed_and_told(app: APIFlask, portal: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    parts, pace = app.extensions["observatory"], Pace()
    step = PollReleases(pace)

    for number in range(5):
        portal.digest = f"sha256:{number:064d}"
        assert polled(parts, step, pace) == 0
    step.close()
    assert capsys.readouterr().out.count("says another release each time") == 1


def test_a_step_that_begins_anew_notes_nothing_twice(app: APIFlask) -> None:
    parts, pace = app.extensions["observatory"], Pace()
    for _ in range(3):
        step = PollReleases(pace)
        noted = polled(parts, step, pace, times=3)
        step.close()

    assert noted == 1


def test_nobody_is_asked_before_their_time(app: APIFlask, portal: Portal) -> None:
    parts, pace = app.extensions["observatory"], Pace()
    step = PollReleases(pace)

    for _ in range(10):
        finish(step, parts)
    assert portal.asked == 1
    step.close()
