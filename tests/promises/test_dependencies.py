"""What is installed is used: every dependency is imported somewhere in the package."""

import ast
import re
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests.promises.test_house_style import MODULES, ROOT

DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
LOADED_BY_NAME = {
    "babel": "flask-babel writes numbers and dates with it, `make translations` runs its pybabel",
    "uvloop": "granian runs its event loop on it if it is there",
}
"""Dependency -> who loads it though nothing of ours imports it."""


def plain(name: str) -> str:
    """Return the name of a distribution as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def imported() -> set[str]:
    """Return the full names of all modules the package imports, and of all they may hold."""
    found: set[str] = set()
    for file in MODULES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


IMPORTED = imported()


@pytest.mark.parametrize("dependency", [re.split(r"[<>=~;\[ ]", line)[0] for line in DECLARED])
def test_every_dependency_is_imported_somewhere(dependency: str) -> None:
    tops = {top for top, owners in packages_distributions().items() if plain(dependency) in map(plain, owners)}
    assert tops, f"{dependency} is not installed"
    used = {name.partition(".")[0] for name in IMPORTED}
    assert tops & used or dependency in LOADED_BY_NAME
