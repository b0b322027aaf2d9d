"""Functions over arrays come in, machine code comes out: how every kernel of this package is compiled and kept.

! The compiler's cache knows when the file of a kernel changed, but not that of another kernel it calls: after an
update, code of the old version would go on running inside the new one. So every version of the sources has a cache
folder of its own, under NUMBA_CACHE_DIR if that is set, else beside the package.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

_compiler: Any = numba.config
_njit: Any = numba.njit
_PACKAGE = Path(__file__).parent
_KERNEL_SOURCES = (
    "compiled.py",
    "decode/*.py",
    "rollup/*.py",
    "store/sqlite/key_index.py",
    "model/columns.py",
    "model/exemplar.py",
    "model/minute.py",
)

_Function = TypeVar("_Function", bound=Callable[..., Any])


def version_of(package: Path) -> str:
    """Return what changes whenever any source does that kernels are made of."""
    digest = hashlib.sha256()
    for pattern in _KERNEL_SOURCES:
        for source in sorted(package.glob(pattern)):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _choose_folder() -> Path | None:
    """Choose the cache folder and tell the compiler; None if there is none that can be written."""
    folder = Path(_compiler.CACHE_DIR or _PACKAGE / "__pycache__") / f"kernels-{version_of(_PACKAGE)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    _compiler.CACHE_DIR = str(folder)
    return folder


KEPT_IN = _choose_folder()
"""Where machine code is kept, None if it cannot be."""
_kernels: list[Any] = []


def is_first_time() -> bool:
    """Return whether nothing is kept of this version, so that all of it has to be compiled."""
    return KEPT_IN is None or not any(KEPT_IN.glob("*/*.nbc"))


def has_compiled() -> bool:
    """Return whether this process had to compile something the next one will find. What the compiler took stays taken: 0.5 GB."""
    return KEPT_IN is not None and any(sum(kernel.stats.cache_misses.values()) for kernel in _kernels)


def _kernel(function: _Function, **options: Any) -> _Function:
    _kernels.append(_njit(cache=KEPT_IN is not None, boundscheck=True, **options)(function))
    return cast("_Function", _kernels[-1])


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
