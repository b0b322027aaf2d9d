"""Kernels are compiled before the first test, so that no test's time is the compiler's."""

import pytest

from observatory.decode.warming import warm


@pytest.fixture(autouse=True, scope="session")
def _compiled_kernels() -> None:
    warm()
