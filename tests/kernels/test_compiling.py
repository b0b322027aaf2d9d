"""Kernels are compiled with the safety the intake relies on, and no old machine code outlives its source."""

from pathlib import Path

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

import observatory
from observatory.kernels.compiling import compiled, kernel_sources, version_of

PACKAGE = Path(observatory.__file__).parent


@compiled
def element(values: NDArray[np.int64], index: int) -> int:
    return int(values[index])


def test_a_kernel_that_leaves_its_array_is_stopped() -> None:
    with pytest.raises(IndexError):
        element(np.arange(3), 3)


def test_every_version_of_the_sources_keeps_its_code_apart(tmp_path: Path) -> None:
    deep = tmp_path / "decode" / "otlp"
    deep.mkdir(parents=True)
    kernel, called, beside = deep / "kernel.py", tmp_path / "numbers.py", tmp_path / "page.py"
    kernel.write_text("from observatory.kernels.compiling import compiled\nfrom observatory.numbers import (\n    one,\n)\n")
    for source in (called, beside):
        source.write_text("one = 1")
    before = version_of(tmp_path)
    beside.write_text("one = 2")
    assert version_of(tmp_path) == before
    called.write_text("one = 2")
    after = version_of(tmp_path)
    assert after != before
    kernel.write_text(kernel.read_text() + "a = 2")
    assert version_of(tmp_path) not in (before, after)
    assert Path(vars(numba.config)["CACHE_DIR"]).name.startswith("kernels-")


def test_no_source_of_a_kernel_is_overlooked() -> None:
    sources = {source.relative_to(PACKAGE).as_posix() for source in kernel_sources(PACKAGE)}
    known = {"decode/otlp/kernel.py", "rollup/counting.py", "store/sqlite/telemetry/key_index.py", "model/columns.py"}
    assert {"kernels/compiling.py", *known} <= sources
