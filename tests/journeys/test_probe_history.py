"""Three months of real checks of a computing centre, imported by the command, are what is published of them."""

import csv
import shutil
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from observatory import clock
from observatory.cli.imports import import_probes
from observatory.flows.figures import figures_of
from observatory.flows.retention import forget_old
from observatory.judge.days import minute_of
from observatory.judge.windows import custom_window, named_window
from observatory.model.catalogue import Service
from observatory.model.figure import ServiceFigures
from observatory.store.opening import open_reader, open_register, open_telemetry, prepare_folder
from observatory.store.register import RegisterStore
from observatory.store.telemetry import TelemetryReader
from tests.judge.world import World
from tests.registers import in_look

Check = tuple[datetime, bool, int]
"""When, whether it succeeded, and after how many ms."""

Published = dict[str, ServiceFigures]
MONTHS = ("2026-05", "2026-06", "2026-07", "2026-08")


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


@pytest.mark.shared_data
@pytest.mark.faults_long  # Minutes of ninety days are deleted one by one.
def test_no_figure_changes_when_retention_has_passed(data: Path, tmp_path: Path) -> None:
    """A clock that is 500 days on: rows and strips of every minute are gone, and the accounts of days tell the same."""
    folder, later = Path(shutil.copytree(data, tmp_path / "data")), clock.now() + timedelta(days=500)
    with closing(open_register(folder)) as register, closing(open_telemetry(folder)) as telemetry:
        world = World(register, telemetry, register.catalogue().services[0])
        services = register.catalogue().services
        before = [_of_months(each, register, telemetry, later) for each in services]
        while forget_old(world, later, 14, 400):
            pass
        assert not any(len(telemetry.minutes(each.index, 0, minute_of(later))) or telemetry.first_day(each.index) for each in services)
        assert [_of_months(each, register, telemetry, later) for each in services] == before
        assert sum(figures.downtime_minutes or 0 for months in before for figures in months) > 1000


def _of_months(service: Service, register: RegisterStore, telemetry: TelemetryReader, now: datetime) -> list[ServiceFigures]:
    """Return the figures of every month the checks lie in, but for what tells of the looking."""
    zone = register.catalogue().site.zone
    found = [figures_of(service, named_window(f"month:{month}", zone, now), register, telemetry, now) for month in MONTHS]
    return [replace(figures, revision=0) for figures in found]
