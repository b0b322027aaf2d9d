"""Every backend there is, one after the other, in a folder of the test's own. No backend is a fake."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from observatory.store.opening import open_register, open_telemetry, prepare_folder
from observatory.store.register import RegisterStore
from observatory.store.telemetry import TelemetryStore


@pytest.fixture(params=["sqlite"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a prepared data folder."""
    prepare_folder(tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def telemetry(folder: Path) -> Iterator[TelemetryStore]:
    """Return the telemetry store of the folder."""
    store = open_telemetry(folder)
    yield store
    store.close()


@pytest.fixture
def register(folder: Path) -> Iterator[RegisterStore]:
    """Return the register of the folder."""
    store = open_register(folder)
    yield store
    store.close()
