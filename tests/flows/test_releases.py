"""A release is frozen once and for ever, and what runs is noted once for each change."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from observatory.errors import BadInput, Conflict, NotFound
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.release_history import KnownHistory, read_history
from observatory.flows.releases import freeze_release, frozen_releases, observe_release, running_release
from observatory.model.release import ReleaseFrozen, ReleaseObserved
from observatory.store.opening import open_register, prepare_folder
from observatory.store.register import RegisterStore
from tests.builders import a_catalogue, a_service
from tests.moments import NOW
from tests.registers import in_look

DIGEST, OTHER = "sha256:" + "ab" * 32, "sha256:" + "cd" * 32
RELEASE = ReleaseFrozen("job-portal", "2.4.1", DIGEST, "production", "https://test.example.go.kr", "host")


@pytest.fixture
def register(tmp_path: Path) -> Iterator[RegisterStore]:
    prepare_folder(tmp_path)
    opened = open_register(tmp_path)
    apply_catalogue(opened, a_catalogue(a_service(), a_service("library")), NOW)
    yield opened
    opened.close()


def test_what_was_frozen_is_found_newest_first(register: RegisterStore, now: datetime) -> None:
    first = freeze_release(register, RELEASE, now)
    second = freeze_release(register, replace(RELEASE, digest=OTHER, version="2.5.0"), now + timedelta(minutes=1))

    assert frozen_releases(KnownHistory(register).look(), "job-portal") == [second, first]
    assert (first.version, first.frozen_at, first.by) == ("2.4.1", now, "host")
    assert frozen_releases(KnownHistory(register).look(), "library") == []
    assert [entry.index for entry in in_look(register).log.entries_of_kind("release-frozen")] == [first.index, second.index]


@pytest.mark.parametrize("again", [RELEASE, replace(RELEASE, version="2.4.2"), replace(RELEASE, url="https://other.example.go.kr")])
def test_a_digest_is_frozen_once_for_an_environment(register: RegisterStore, now: datetime, again: ReleaseFrozen) -> None:
    freeze_release(register, RELEASE, now)

    with pytest.raises(Conflict):
        freeze_release(register, again, now)
    freeze_release(register, replace(RELEASE, environment="staging"), now)


@pytest.mark.parametrize(
    "wrong",
    [
        {"digest": "sha256:AB"},
        {"version": ""},
        {"environment": "Prod"},
        {"url": "ftp://x"},
        {"by": "minister"},
        {"version": "2.4\u200b1"},
        {"url": "https://a\u202eb"},
    ],
)
def test_what_names_no_release_is_refused(register: RegisterStore, now: datetime, wrong: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        freeze_release(register, replace(RELEASE, **wrong), now)
    assert frozen_releases(KnownHistory(register).look(), "job-portal") == []


def test_of_nobody_who_is_observed_nothing_is_frozen(register: RegisterStore, now: datetime) -> None:
    with pytest.raises(NotFound):
        freeze_release(register, replace(RELEASE, service="tax"), now)


def test_what_runs_is_noted_when_it_changes(register: RegisterStore, now: datetime) -> None:
    said = ReleaseObserved("job-portal", "production", DIGEST, "2.4.1")

    assert [observe_release(register, said, now), observe_release(register, said, now)] == [True, False]
    assert observe_release(register, replace(said, digest=OTHER), now + timedelta(hours=1))
    assert observe_release(register, said, now + timedelta(hours=2))
    running = running_release(KnownHistory(register).look(), "job-portal", "production")
    assert running is not None
    assert (running.digest, running.since) == (DIGEST, now + timedelta(hours=2))
    assert running_release(KnownHistory(register).look(), "job-portal", "staging") is None
    assert running_release(KnownHistory(register).look(), "library", "production") is None


def test_a_known_history_goes_on_where_the_log_does(register: RegisterStore, now: datetime) -> None:
    known = KnownHistory(register)
    for number in range(3):
        freeze_release(register, replace(RELEASE, digest=f"sha256:{number:064d}"), now)
        with register.look() as books:
            assert known.look() == read_history(books, register.catalogue().site.zone)
    assert known.look() is known.look()


def test_an_entry_that_was_changed_is_one_that_cannot_be_read(register: RegisterStore, now: datetime, tmp_path: Path) -> None:
    index = freeze_release(register, RELEASE, now).index
    with closing(sqlite3.connect(tmp_path / "register.sqlite")) as connection, connection:
        connection.execute("UPDATE log SET kind = 'release-observed' WHERE kind = 'release-frozen'")

    assert KnownHistory(register).look().unreadable == (index,)
