"""A health check is excluded, unless the catalogue names its path as a menu: then it is a page like any other."""

from datetime import UTC, datetime

import numpy as np
import pytest

from observatory.decode.access_log.lines import decode_lines
from observatory.model.catalogue import Menu
from observatory.model.columns import NO_STATUS, Outcome, Source
from observatory.model.metric_points import MetricPoints
from observatory.model.minute import Counter, MinuteCounters
from observatory.rollup.attribution import Attribution
from observatory.rollup.health_checks import settle_health_checks
from observatory.rollup.minutes import roll_up
from observatory.rollup.points.counters import place_points, roll_up_points
from tests.builders import a_catalogue, a_menu, a_service, some_columns
from tests.moments import NOW
from tests.rollup.data_points import a_point

NAMED = a_menu("health", routes=("/health",))
NAMED_WITHOUT_ITS_SLASH = a_menu("health", routes=("health", "/jobs"))
MATCHED_BY_A_STAR = a_menu("all", routes=("/*",))
OF_ANOTHER_PATH = a_menu("search", routes=("/jobs",))
RECEIVED = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
CITIZEN, MACHINE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/142.0", "kube-probe/1.31"


def counted(menu: Menu, agent: str = CITIZEN) -> dict[str, int]:
    """Return what is counted of three health checks, two of which failed, and of one page."""
    asked = (("/health", 503), ("/health?now", 503), ("/health", 200), ("/jobs", 200))
    line = '198.51.100.7 - - [20/Nov/2026:02:59:59 +0000] "GET {} HTTP/1.1" {} 12 "-" "{}"\n'
    columns = decode_lines("".join(line.format(path, status, agent) for path, status in asked).encode(), "combined").columns
    attributed = Attribution(a_catalogue(a_service(menus=(menu,)))).attribute(columns, None, "job-portal")
    return by_name(roll_up(columns, attributed, RECEIVED, None).counters)


def by_name(counters: MinuteCounters) -> dict[str, int]:
    sums = counters.values.sum(axis=0)
    return {each.name: int(sums[each]) for each in (Counter.COUNT, Counter.BAD, Counter.EXCLUDED)}


@pytest.mark.parametrize("menu", [NAMED, NAMED_WITHOUT_ITS_SLASH])
def test_it_counts_for_the_menu_that_names_it(menu: Menu) -> None:
    assert counted(menu) == {"COUNT": 4, "BAD": 2, "EXCLUDED": 0}


@pytest.mark.parametrize("menu", [MATCHED_BY_A_STAR, OF_ANOTHER_PATH])
def test_it_is_excluded_elsewhere(menu: Menu) -> None:
    assert counted(menu) == {"COUNT": 1, "BAD": 0, "EXCLUDED": 3}


def test_machines_are_excluded_even_there() -> None:
    assert counted(NAMED, MACHINE) == {"COUNT": 0, "BAD": 0, "EXCLUDED": 4}


@pytest.mark.parametrize(("menu", "expected"), [(NAMED, {"COUNT": 1, "BAD": 1}), (MATCHED_BY_A_STAR, {"EXCLUDED": 1})])
def test_so_it_is_with_data_points_of_metrics(menu: Menu, expected: dict[str, int]) -> None:
    point = a_point(outcome=Outcome.BAD, health_check=True)
    columns = some_columns(end_ms=[int(NOW.timestamp() * 1000)], status=NO_STATUS, template="/health", source=Source.OTLP_METRIC)
    attributed = Attribution(a_catalogue(a_service(menus=(menu,)))).attribute(columns, None, "job-portal")
    rolled = roll_up_points(place_points(MetricPoints(columns, (point,)), attributed), NOW, None)
    assert {name: count for name, count in by_name(rolled.counters).items() if count} == expected


def test_bodies_without_any_are_left_as_they_are() -> None:
    columns = some_columns(end_ms=[0], outcome=Outcome.ABANDONED)
    attributed = Attribution(a_catalogue()).attribute(columns, None)
    assert settle_health_checks(columns, attributed) is columns
    assert np.array_equal(columns.outcome, [Outcome.ABANDONED])
