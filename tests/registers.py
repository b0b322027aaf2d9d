"""Say in one expression what a test asks of a register: each call in a transaction of its own."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, cast

from observatory.store.register import Books, RegisterStore

Lend = Callable[[], AbstractContextManager[Books]]


class _Book:
    def __init__(self, lend: Lend, name: str) -> None:
        self._lend = lend
        self._name = name

    def __getattr__(self, method: str) -> Callable[..., object]:
        return partial(self._call, method)

    def _call(self, method: str, *values: Any, **named: Any) -> object:
        with self._lend() as books:
            return getattr(getattr(books, self._name), method)(*values, **named)


class _Books:
    def __init__(self, lend: Lend) -> None:
        self._lend = lend

    def __getattr__(self, name: str) -> _Book:
        return _Book(self._lend, name)


def in_change(register: RegisterStore) -> Books:
    """Return books of which every call is one change."""
    return cast(Books, _Books(register.change))


def in_look(register: RegisterStore) -> Books:
    """Return books of which every call is one look."""
    return cast(Books, _Books(register.look))
