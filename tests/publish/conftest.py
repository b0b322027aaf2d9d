"""What tests of the public reads share: the real application on a read model that says what the test wants."""

import pytest
from apiflask import APIFlask

from observatory.readmodel.summary import Summary
from observatory.web.context import parts_of
from tests.summaries import FixedSummary


@pytest.fixture
def known(app: APIFlask) -> FixedSummary:
    """Return the read model the application uses; `known.services` is what it knows."""
    fixed = FixedSummary()
    parts_of(app).add(fixed, Summary)
    return fixed
