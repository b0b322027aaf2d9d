"""Whether the process lives, and whether it can serve."""

from apiflask import APIFlask
from flask.testing import FlaskClient

from observatory.publish.health import FirstPages
from observatory.store.group_commit.committer import Committer
from observatory.web.context import parts_of


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
    first_pages = parts_of(app).get(FirstPages)
    first_pages.awaited = True
    client = app.test_client()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.text == "pages: warming, they are made for the first time; telemetry is taken\n"
    assert client.get("/livez").status_code == 200
    first_pages.awaited = False
    assert client.get("/readyz").text == "ready\n"
