"""Fixtures and rules for every test: time stands still, sockets stay shut, nothing is skipped."""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import hypothesis
import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from observatory.server.app import create_app
from observatory.server.worker import Background
from observatory.settings import PREFIX, Settings
from tests.moments import NOW
from tests.servers import Server

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
LOOPBACK = ["127.0.0.1", "::1", "localhost"]
SOCKET_MARKERS = ("network", "browser")


def pytest_configure() -> None:
    """Keep the settings of whoever runs the tests out of them, and a shell that lets its background jobs ignore Ctrl-C.

    No example of a property fails because the machine was busy.
    """
    hypothesis.settings.register_profile("unhurried", deadline=None)
    hypothesis.settings.load_profile("unhurried")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        del os.environ[name]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Open loopback to the tests marked for it; leave out those whose data are not on this machine."""
    absent = [item for item in items if needs_shared_data(item)] if not SHARED_DATA.is_dir() else []
    if absent:
        config.hook.pytest_deselected(items=absent)
        items[:] = [item for item in items if item not in absent]
    for item in items:
        if any(item.get_closest_marker(name) for name in SOCKET_MARKERS):
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))


def needs_shared_data(item: pytest.Item) -> bool:
    """Return whether a test reads the real inputs beside the checkout."""
    return item.get_closest_marker("shared_data") is not None or "shared_data" in getattr(item, "fixturenames", ())


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in which a test was skipped: what nobody runs protects nobody."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("a skipped test is a failure", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture
def now() -> datetime:
    """Return the moment at which every test happens."""
    return NOW


@pytest.fixture
def shared_data() -> Path:
    """Return the folder of real inputs; tests that ask for it are left out where it is absent."""
    return SHARED_DATA


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings with a data folder of this test's own."""
    return Settings(data=tmp_path / "data")


@pytest.fixture
def app(settings: Settings) -> Iterator[APIFlask]:
    """Return the whole application on an empty folder, its committer running and its background steps not."""
    application = create_app(settings, now=lambda: NOW)
    application.config["TESTING"] = True
    background = Background(application, steps=())
    background.start()
    yield application
    background.stop()


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    """Return a client that speaks to the application without a network."""
    return app.test_client()


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Return a way to start real servers; those still running when the test ends are stopped."""
    servers: list[Server] = []

    def start(*arguments: str | Path, port: int = 0, **variables: str) -> Server:
        server = Server(tmp_path / "data", *arguments, port=port, **variables)
        servers.append(server)
        return server.wait_until_ready()

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def server(start_server: Callable[..., Server]) -> Server:
    """Return a real `observatory run` on an empty folder, ready on a loopback port."""
    return start_server()
