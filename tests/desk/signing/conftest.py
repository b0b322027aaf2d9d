"""Both services have a frozen release, so that there is something to sign."""

import pytest

from observatory.store.register import RegisterStore
from tests.frozen import OTHER_DIGEST, freeze
from tests.people import SteppingClock


@pytest.fixture(autouse=True)
def _frozen(register: RegisterStore, clock: SteppingClock) -> None:
    """Freeze a release of each service."""
    freeze(register, clock(), "tax", digest=OTHER_DIGEST)
    freeze(register, clock())
