"""Kernels are compiled with the safety the intake relies on, and no old machine code outlives its source."""

from pathlib import Path

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from observatory.kernels.compiling import compiled, version_of


@compiled
def element(values: NDArray[np.int64], index: int) -> int:
    return int(values[index])


def test_a_kernel_that_leaves_its_array_is_stopped() -> None:
    with pytest.raises(IndexError):
        element(np.arange(3), 3)


def test_every_version_of_the_sources_keeps_its_code_apart(tmp_path: Path) -> None:
    (tmp_path / "decode").mkdir()
    source = tmp_path / "decode" / "kernel.py"
    source.write_text("a = 1")
    before = version_of(tmp_path)
    source.write_text("a = 2")
    assert version_of(tmp_path) != before
    assert Path(vars(numba.config)["CACHE_DIR"]).name.startswith("kernels-")
