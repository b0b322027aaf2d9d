"""A place checks are made from gets its number with its first check."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from observatory.flows.vantages import source_of
from observatory.model.columns import Source
from observatory.store.opening import open_register, prepare_folder
from observatory.store.register import RegisterStore
from tests.registers import in_look


@pytest.fixture
def register(tmp_path: Path) -> Iterator[RegisterStore]:
    prepare_folder(tmp_path)
    opened = open_register(tmp_path)
    yield opened
    opened.close()


def test_a_vantage_keeps_its_number(register: RegisterStore) -> None:
    assert [source_of(register, name) for name in ("seoul", "busan", "seoul")] == [Source.PROBE, Source.PROBE + 1, Source.PROBE]


def test_a_vantage_seen_by_many_at_once_is_one(register: RegisterStore) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda name: source_of(register, name), ["seoul"] * 16)) == {int(Source.PROBE)}
    assert in_look(register).probes.vantages() == {Source.PROBE: "seoul"}


def test_an_agency_that_calls_itself_like_an_operators_place_is_another(register: RegisterStore) -> None:
    ours, theirs = source_of(register, "seoul"), source_of(register, "seoul", of_agency=True)
    assert (ours, theirs, source_of(register, "busan", of_agency=True)) == (Source.PROBE, Source.AGENCY_PROBE, Source.AGENCY_PROBE + 1)
    assert in_look(register).probes.vantages() == {ours: "seoul", theirs: "seoul", theirs + 1: "busan"}
