"""Compile functions over arrays to machine code, and keep it: every kernel of this package is made here.

! The compiler's cache knows when the file of a kernel changed, but not that of another kernel it calls: after an
update, code of the old version would go on running inside the new one. So every version of the sources has a cache
folder of its own, under NUMBA_CACHE_DIR if that is set, else beside the package.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

_compiler: Any = numba.config
_njit: Any = numba.njit
_PACKAGE = Path(__file__).parents[1]
_IMPORTS = re.compile(
    r"^\s*(?:from (?P<package>observatory[\w.]*) import (?P<names>\([^)]*\)|[^\n]*)|import (?P<module>observatory[\w.]*))", re.MULTILINE
)
_COMPILES = "observatory.kernels.compiling import"

_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Kept:
    """Where machine code of this version is kept, and how much was there when this process came."""

    folder: Path | None
    """None if there is none that can be written."""
    pieces_before: int

    @property
    def pieces(self) -> int:
        """How many pieces of machine code are there now."""
        return sum(1 for _ in self.folder.glob("*/*.nbc")) if self.folder is not None else 0


def kernel_sources(package: Path) -> list[Path]:
    """Return every file that machine code is made of: those that compile something, and what of this package they import."""
    waiting = [source for source in package.rglob("*.py") if _COMPILES in source.read_text(encoding="utf-8")]
    found = set(waiting)
    while waiting:
        for source in _imported(waiting.pop(), package):
            if source not in found:
                found.add(source)
                waiting.append(source)
    return sorted(found)


def _imported(source: Path, package: Path) -> list[Path]:
    """Return the files of this package that one of them imports by name."""
    modules: list[str] = []
    for match in _IMPORTS.finditer(source.read_text(encoding="utf-8")):
        module = match["package"] or match["module"]
        modules += [module, *(f"{module}.{name}" for name in re.findall(r"\w+", match["names"] or ""))]
    places = [package.joinpath(*module.split(".")[1:]) for module in modules]
    return [file for place in places for file in (place.with_suffix(".py"),) if file != package.with_suffix(".py") and file.is_file()]


def version_of(package: Path) -> str:
    """Return what changes whenever any source does that kernels are made of."""
    digest = hashlib.sha256()
    for source in kernel_sources(package):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


@cache
def kept() -> Kept:
    """Choose the cache folder and tell the compiler; done when the first kernel is made."""
    folder = Path(_compiler.CACHE_DIR or _PACKAGE / "__pycache__") / f"kernels-{version_of(_PACKAGE)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Kept(None, 0)
    _compiler.CACHE_DIR = str(folder)
    return Kept(folder, Kept(folder, 0).pieces)


def is_first_time() -> bool:
    """Return whether nothing is kept of this version, so that all of it has to be compiled."""
    return kept().pieces == 0


def has_compiled() -> bool:
    """Return whether something was compiled since this process came, which the next one will find.

    What the compiler took stays taken: half a gigabyte.
    """
    return kept().pieces > kept().pieces_before


def _kernel(function: _Function, **options: Any) -> _Function:
    return cast("_Function", _njit(cache=kept().folder is not None, boundscheck=True, **options)(function))


def compiled(function: _Function) -> _Function:
    """Compile a function that makes no arrays, at its first call for each set of types: bounds checked, without the GIL, kept.

    ! Without the compiler's own memory management, since counting references to arrays at every call costs more than
    decoding; such a function fills arrays it is given. It may return numbers, but no array.
    """
    return _kernel(function, nogil=True, _nrt=False)


def inlined(function: _Function) -> _Function:
    """Compile likewise a function that is small or called from one place, as a part of whatever calls it.

    Calling costs: each array of the arguments is handed over as seven numbers. That made the walk over a body a third longer.
    """
    return _kernel(function, nogil=True, _nrt=False, inline="always")


def compiled_brief(function: _Function) -> _Function:
    """Compile likewise a function that takes microseconds, and may make and return arrays; what it calls in a loop is better `compiled`.

    It keeps the GIL: giving it away to get it back would take longer than the function does.
    """
    return _kernel(function)
