"""What tests of open data share: an application that has something to publish."""

from collections.abc import Iterator

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from tests.observed import observed_town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[APIFlask]:
    """Return an application that observed two services; tests that share it must not change it."""
    with observed_town(tmp_path_factory.mktemp("town")) as app:
        yield app


@pytest.fixture
def api(town: APIFlask) -> FlaskClient:
    """Return a client of that application."""
    return town.test_client()
