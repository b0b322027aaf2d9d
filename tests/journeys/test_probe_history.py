"""Three months of real checks of a computing centre, imported by the command, are what is published of them."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from observatory import clock
from observatory.cli.imports import import_probes
from observatory.flows.figures import figures_of
from observatory.judge.windows import custom_window
from observatory.model.catalogue import Service
from observatory.model.figure import ServiceFigures
from observatory.store.opening import open_reader, open_register, prepare_folder
from observatory.store.register import RegisterStore
from tests.registers import in_look

Check = tuple[datetime, bool, int]
"""When, whether it succeeded, and after how many ms."""

Published = dict[str, ServiceFigures]


@pytest.fixture(scope="module")
def history() -> Path:
    return Path(__file__).parents[3] / "shared" / "data" / "probe_checks_curc.csv"


@pytest.fixture(scope="module")
def checks(history: Path) -> dict[str, list[Check]]:
    found: dict[str, list[Check]] = defaultdict(list)
    with history.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found[row["service"]].append((datetime.fromisoformat(row["checked_at"]), row["state"] == "up", int(row["response_ms"])))
    return found


@pytest.fixture(scope="module")
def data(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history") / "data"
    prepare_folder(folder)
    arguments = [str(history), "--interval", "100m", "--register", "centre", "--data", str(folder)]
    result = CliRunner().invoke(import_probes, arguments)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def register(data: Path) -> Iterator[RegisterStore]:
    with closing(open_register(data)) as opened:
        yield opened


@pytest.fixture(scope="module")
def published(data: Path, register: RegisterStore, checks: dict[str, list[Check]]) -> Published:
    """Return the figures of every service over the span of its own checks."""
    with closing(open_reader(data)) as telemetry:
        figures = {}
        for service in register.catalogue().services:
            moments = [moment for moment, _, _ in checks[service.name.ko]]
            window = custom_window(min(moments), max(moments) + timedelta(minutes=1))
            figures[service.name.ko] = figures_of(service, window, register, telemetry, clock.now())
        return figures


def _named(found: Published, name: str) -> ServiceFigures:
    return next(figures for service, figures in found.items() if name in service)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "down", "partial", "failures", "mean_ms", "n"),
    [
        ("CURC Data Transfer Node", 566, 0, 1, 34.351, 1299),
        ("ACCESS Registry", 1312, 2, 23, 617.460, 1308),
        ("Globus Transfer API", 50, 0, 1, 275.386, 1308),
        ("CURC Docs (", 0, 0, 0, 125.572, 1308),
    ],
)
def test_known_histories_have_their_known_figures(
    published: Published, name: str, down: int, partial: int, failures: int, mean_ms: float, n: int
) -> None:
    found = _named(published, name)
    assert (_in_incidents(found), found.partial_minutes, found.failures) == (down, partial, failures)
    assert (found.load_time.source, found.load_time.mean_ms, found.load_time.n) == ("probe", mean_ms, n)


@pytest.mark.shared_data
def test_load_times_are_the_means_of_the_checks_that_were_answered(published: Published, checks: dict[str, list[Check]]) -> None:
    compared = 0
    for name, figures in published.items():
        answered = [ms for _, up, ms in checks[name] if up]
        assert figures.load_time.n == len(answered)
        if len(answered) >= 30:
            assert figures.load_time.mean_ms == sum(answered) * 1000 // len(answered) / 1000
            compared += 1
    assert compared >= 11


@pytest.mark.shared_data
def test_published_downtime_is_the_minutes_of_the_listed_incidents(published: Published, register: RegisterStore) -> None:
    for service in register.catalogue().services:
        figures = published[service.name.ko]
        assert (_in_incidents(figures), figures.partial_minutes) == _minutes_of_incidents(register, service, figures)


def _in_incidents(figures: ServiceFigures) -> int:
    """Return the downtime without the stops that were too short to be an incident."""
    return (figures.downtime_minutes or 0) - (figures.isolated_minutes or 0)


def _minutes_of_incidents(register: RegisterStore, service: Service, figures: ServiceFigures) -> tuple[int, int]:
    """Return down and partial minutes of the incidents; one that is open at the last check goes on for the held vote's two hours."""
    incidents = in_look(register).incidents.incidents(service.id)
    closed = [incident for incident in incidents if incident.ended_at and incident.ended_at <= figures.window.end]
    down, partial = sum(each.down_minutes for each in closed), sum(each.partial_minutes for each in closed)
    for each in incidents:
        if each not in closed:
            down += round((figures.window.end - each.started_at) / timedelta(minutes=1))
    return down, partial
