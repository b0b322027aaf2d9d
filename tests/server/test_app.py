"""The application is put together and starts nothing by itself."""

import threading
from datetime import datetime

from apiflask import APIFlask
from flask.testing import FlaskClient

from observatory.parts import Parts
from observatory.server.app import create_app
from observatory.settings import Settings


def test_putting_it_together_starts_no_thread(settings: Settings) -> None:
    before = threading.active_count()
    app = create_app(settings)
    assert threading.active_count() == before
    parts = app.extensions["observatory"]
    assert isinstance(parts, Parts)
    parts.telemetry.close()
    parts.register.close()


def test_every_part_lives_at_the_moment_it_was_given(app: APIFlask, now: datetime) -> None:
    assert app.extensions["observatory"].now() == now


def test_it_is_ready_once_its_committer_runs(client: FlaskClient) -> None:
    assert client.get("/readyz").status_code == 200


def test_every_answer_carries_the_security_headers(client: FlaskClient) -> None:
    for path in ("/livez", "/no-such-page", "/metrics"):
        assert client.get(path).headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_an_unknown_address_is_a_problem_for_programs_and_a_page_for_people(client: FlaskClient) -> None:
    assert client.get("/api/v1/nothing").content_type == "application/problem+json"
    assert "text/html" in client.get("/ko/nothing", headers={"Accept": "text/html"}).content_type
