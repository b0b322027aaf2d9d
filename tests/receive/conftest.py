"""Fixtures of the intake tests."""

import pytest
from flask import Flask

from tests.receive.doors import Doors


@pytest.fixture
def doors(app: Flask) -> Doors:
    """Return the doors of the whole application."""
    return Doors(app)
