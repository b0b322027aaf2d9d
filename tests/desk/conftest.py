"""A running observatory with one service, whose minister has an account and a browser."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from apiflask import APIFlask

from observatory.access.people.enrolment import enrol
from observatory.flows.catalogue import apply_catalogue
from observatory.server.app import create_app
from observatory.settings import Settings
from observatory.store.register import RegisterStore
from tests.builders import a_catalogue, a_service, a_staff_member
from tests.people import Person, SteppingClock, staff_secrets


@pytest.fixture
def clock(now: datetime) -> SteppingClock:
    """What time it is for the application and everybody in front of it."""
    return SteppingClock(now)


@pytest.fixture
def app(settings: Settings, clock: SteppingClock) -> Iterator[APIFlask]:
    """The whole application but its committer, its catalogue applied and the minister's account made."""
    application = create_app(settings, now=clock)
    application.config["TESTING"] = True
    parts = application.extensions["observatory"]
    apply_catalogue(parts.register, a_catalogue(a_service(), a_service("tax", agency_id="labor")), clock())
    enrol(parts.register, parts.keys, a_staff_member(), staff_secrets(), clock())
    yield application
    parts.telemetry.close()
    parts.register.close()


@pytest.fixture
def register(app: APIFlask) -> RegisterStore:
    """The register behind the application."""
    found: RegisterStore = app.extensions["observatory"].register
    return found


@pytest.fixture
def somebody(app: APIFlask, clock: SteppingClock) -> Callable[[], Person]:
    """Return a way to get more people, each with a browser of their own."""
    return lambda: Person(app.test_client(), clock)


@pytest.fixture
def minister(somebody: Callable[[], Person]) -> Person:
    """The minister, not signed in yet."""
    return somebody()
