"""Open stores of every backend there is, one after the other, in a folder of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from observatory.store.opening import prepare_folder
from observatory.store.register import RegisterStore
from observatory.store.telemetry import TelemetryStore
from tests.store.backends import BACKENDS, Backend


@pytest.fixture(params=list(BACKENDS))
def backend(request: pytest.FixtureRequest) -> Backend:
    """Return how a backend opens its stores."""
    return BACKENDS[request.param]


@pytest.fixture
def folder(backend: Backend, tmp_path: Path) -> Path:
    """Return a prepared data folder."""
    prepare_folder(tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def telemetry(backend: Backend, folder: Path) -> Iterator[TelemetryStore]:
    """Return the telemetry store of the folder."""
    store = backend.telemetry(folder)
    yield store
    store.close()


@pytest.fixture
def register(backend: Backend, folder: Path) -> Iterator[RegisterStore]:
    """Return the register of the folder."""
    store = backend.register(folder)
    yield store
    store.close()
