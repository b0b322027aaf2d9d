"""A made-up country is what the product itself would have left behind."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from loadtests.country.fill import Plan, fill
from observatory.assembly import alone_in_folder
from observatory.errors import Conflict
from observatory.flows.figures import figures_of
from observatory.judge.windows import named_window
from observatory.model.catalogue import Service
from observatory.parts import Parts
from observatory.settings import Settings

NOW = datetime(2026, 11, 20, 9, 4, tzinfo=UTC)
PLAN = Plan(services=8, days=40, profiles=2)
NEVER_HEARD, SILENT_NOW = 1, 2
"""Positions in the catalogue."""


def _say_nothing(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("country")
    fill(made, PLAN, NOW, _say_nothing)
    return made


def _downtime(service: Service, parts: Parts) -> tuple[int, int]:
    """Return how long it failed in 30 days, by its figures and by its incidents."""
    window = named_window("30d", parts.register.catalogue().site.zone, NOW)
    figures = figures_of(service, window, parts.register, parts.telemetry, NOW)
    with parts.register.look() as books:
        incidents = books.incidents.incidents(service.id, None, window.start, window.end)
    return (figures.downtime_minutes or 0) + (figures.partial_minutes or 0), sum(each.measured_minutes for each in incidents)


def test_figures_of_the_past_are_those_of_its_incidents(folder: Path) -> None:
    with alone_in_folder(Settings(data=folder)) as parts:
        told = [_downtime(service, parts) for service in parts.register.catalogue().services]

    assert sum(by_figures for by_figures, _ in told) > 0
    assert all(by_figures == by_incidents for by_figures, by_incidents in told)


def test_some_services_are_silent(folder: Path) -> None:
    with alone_in_folder(Settings(data=folder)) as parts:
        services = parts.register.catalogue().services
        heard = {index for index, _ in parts.telemetry.last_minutes()}
        days = [parts.telemetry.first_day(service.index) for service in services]

    assert [number for number, service in enumerate(services) if service.index not in heard] == [NEVER_HEARD, SILENT_NOW]
    assert [number for number, day in enumerate(days) if day is None] == [NEVER_HEARD]


def test_nothing_is_left_for_the_product_to_do(folder: Path) -> None:
    with alone_in_folder(Settings(data=folder)) as parts:
        assert parts.telemetry.unjudged() == []


def test_the_same_seed_makes_the_same_country(folder: Path, tmp_path: Path) -> None:
    fill(tmp_path, PLAN, NOW, _say_nothing)

    with alone_in_folder(Settings(data=folder)) as one, alone_in_folder(Settings(data=tmp_path)) as other:
        assert one.register.catalogue() == other.register.catalogue()
        assert [_downtime(each, one) for each in one.register.catalogue().services] == [
            _downtime(each, other) for each in other.register.catalogue().services
        ]


def test_a_folder_that_is_in_use_is_left_alone(folder: Path) -> None:
    with pytest.raises(Conflict, match="observes services already"):
        fill(folder, PLAN, NOW, _say_nothing)
