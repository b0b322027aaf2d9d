"""What a register promises about its books as a whole, on every backend: changes are whole or not there, a look is one moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from observatory.model.catalogue import Catalogue
from observatory.model.signoff import NewEntry
from observatory.model.staff import StaffSecrets, Token
from observatory.store.register import Books, RegisterStore
from observatory.transparency.merkle import EMPTY_ROOT
from tests.builders import a_catalogue, a_staff_member
from tests.registers import in_change, in_look
from tests.store.backends import Backend

WRITERS, WRITES = 4, 10
CHANCE_TO_CHANGE_S = 0.2
"""A backend may let others commit during a look, or only after it."""


class Broken(Exception):
    """What a test raises in the middle of a change."""


def change_everything(books: Books, now: datetime) -> None:
    books.services.replace(a_catalogue(), now)
    books.probes.add_vantage("seoul")
    books.tokens.add(Token("a", ("job-portal",), b"mac", now))
    books.staff.add(a_staff_member(), StaffSecrets("hash", "SECRET", ()))
    books.log.append(NewEntry("kind", b"{}", now))


def change_everything_in(register: RegisterStore, now: datetime) -> None:
    with register.change() as books:
        change_everything(books, now)


def said(books: Books) -> tuple[object, ...]:
    """Return what `change_everything` changes."""
    return books.services.catalogue(), books.probes.vantages(), books.tokens.tokens(), books.staff.members(), books.log.tree()


NOTHING: tuple[object, ...] = (Catalogue(), {}, [], [], (0, EMPTY_ROOT))


def test_a_change_of_many_books_is_there_at_once(register: RegisterStore, now: datetime) -> None:
    with register.change() as books:
        change_everything(books, now)
        within = said(books)
    assert said(in_look(register)) == within
    assert all(now_there != before for now_there, before in zip(within, NOTHING, strict=True))


@pytest.mark.parametrize("error", [Broken, KeyboardInterrupt])
def test_a_change_that_raises_never_was(
    register: RegisterStore, backend: Backend, folder: Path, now: datetime, error: type[BaseException]
) -> None:
    before = register.recent_catalogue()

    def change_and_fail() -> None:
        with register.change() as books:
            change_everything(books, now)
            raise error

    with pytest.raises(error):
        change_and_fail()

    assert said(in_look(register)) == NOTHING
    assert register.catalogue() == register.recent_catalogue() == before
    with closing(backend.register(folder)) as elsewhere:
        assert said(in_look(elsewhere)) == NOTHING
        in_change(elsewhere).probes.add_vantage("the file is free again")


def test_a_look_is_of_one_moment(register: RegisterStore, backend: Backend, folder: Path, now: datetime) -> None:
    """What somebody else changes meanwhile is in none of its answers, and is there after it."""
    with closing(backend.register(folder)) as elsewhere, ThreadPoolExecutor(1) as others:
        with register.look() as books:
            assert books.probes.vantages() == {}
            changing = others.submit(change_everything_in, elsewhere, now)
            wait([changing], CHANCE_TO_CHANGE_S)
            assert said(books) == NOTHING
        changing.result()
        assert said(in_look(register)) == said(in_look(elsewhere)) != NOTHING


def test_who_changes_is_alone_from_the_beginning(register: RegisterStore, backend: Backend, folder: Path, now: datetime) -> None:
    """What a change reads first still holds when it writes, whoever else changes."""

    def add_one_more(number: int) -> None:
        with (register, elsewhere)[number % 2].change() as books:
            books.log.append(NewEntry("count", b"%d" % len(books.log.entries()), now))

    with closing(backend.register(folder)) as elsewhere, ThreadPoolExecutor(WRITERS) as people:
        list(people.map(add_one_more, range(WRITERS * WRITES)))
    assert [entry.body for entry in in_look(register).log.entries()] == [b"%d" % number for number in range(WRITERS * WRITES)]


@pytest.mark.parametrize(
    "change",
    [
        lambda books, now: books.log.append(NewEntry("kind", b"{}", now)),
        lambda books, now: books.services.replace(a_catalogue(), now),
        lambda books, _: books.probes.add_vantage("seoul"),
    ],
)
def test_whoever_changes_something_in_a_look_is_refused(
    register: RegisterStore, now: datetime, change: Callable[[Books, datetime], object]
) -> None:
    with pytest.raises(RuntimeError, match="change"), register.look() as books:
        change(books, now)
    assert said(in_look(register)) == NOTHING


def test_only_a_new_catalogue_makes_the_recent_one_be_read_again(register: RegisterStore, now: datetime) -> None:
    in_change(register).services.replace(a_catalogue(), now)
    known = register.recent_catalogue()
    in_change(register).log.append(NewEntry("kind", b"{}", now))
    assert register.recent_catalogue() is known
    in_change(register).services.replace(a_catalogue(), now)
    assert register.recent_catalogue() is not known
