"""Who may scrape: this host, and whoever has the folder's key."""

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from observatory.parts import Parts
from observatory.server.app import create_app
from observatory.settings import Settings
from observatory.web.context import parts_of


@pytest.fixture
def key(app: APIFlask) -> str:
    parts = app.extensions["observatory"]
    assert isinstance(parts, Parts)
    return parts.keys.admin


def test_this_host_may_scrape(client: FlaskClient) -> None:
    assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": "127.0.0.1"}).status_code == 200


def test_another_host_needs_the_key(client: FlaskClient, key: str) -> None:
    elsewhere = {"REMOTE_ADDR": "203.0.113.7"}
    assert client.get("/metrics", environ_overrides=elsewhere).status_code == 401
    assert client.get("/metrics", environ_overrides=elsewhere, headers={"Authorization": f"Bearer {key}"}).status_code == 200


def test_a_wrong_key_is_refused_even_from_this_host(client: FlaskClient) -> None:
    answer = client.get("/metrics", headers={"Authorization": "Bearer wrong-ключ"})
    assert answer.status_code == 403
    assert "key" in answer.json["hint"]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
def test_what_a_proxy_on_this_host_forwards_is_not_this_host(client: FlaskClient, header: str) -> None:
    assert client.get("/metrics/services", headers={header: "for=203.0.113.7"}).status_code == 401


def test_an_ingest_token_is_no_key(client: FlaskClient) -> None:
    assert client.get("/metrics", headers={"Authorization": "Bearer obs_012345abcdef_secret"}).status_code == 403


def test_once_a_proxy_is_named_this_host_needs_the_key_too(settings: Settings) -> None:
    """The web server drops a header with a byte that is not ASCII: that none came does not prove that nobody is spoken for."""
    app = create_app(settings.model_copy(update={"proxies": "127.0.0.1"}))
    assert app.test_client().get("/metrics").status_code == 401
    assert app.test_client().get("/metrics", headers={"Authorization": f"Bearer {parts_of(app).keys.admin}"}).status_code == 200
