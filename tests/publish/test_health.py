"""Whether the process lives, and whether it can serve."""

from apiflask import APIFlask
from flask.testing import FlaskClient

from observatory.parts import Parts
from observatory.publish.health import expect_first_pages
from observatory.store.group_commit.committer import Committer


def parts_of(app: APIFlask) -> Parts:
    parts = app.extensions["observatory"]
    assert isinstance(parts, Parts)
    return parts


def test_a_process_that_answers_lives(client: FlaskClient) -> None:
    answer = client.get("/livez")
    assert (answer.status_code, answer.text, answer.headers["Cache-Control"]) == (200, "alive\n", "no-store")


def test_with_stores_and_committer_it_is_ready(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ready\n")


def test_without_its_committer_it_is_not_ready_and_says_so(app: APIFlask) -> None:
    committer = parts_of(app).writer
    assert isinstance(committer, Committer)
    committer.stop(5)
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.text) == (503, "committer: telemetry is not accepted\n")
    assert app.test_client().get("/livez").status_code == 200


def test_before_its_first_pages_are_made_it_lives_and_is_not_ready(app: APIFlask) -> None:
    pages_are_made = expect_first_pages(app)
    client = app.test_client()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.text == "pages: warming, the front page is made for the first time; telemetry is taken\n"
    assert client.get("/livez").status_code == 200
    pages_are_made()
    assert client.get("/readyz").text == "ready\n"
