"""A probe result belongs to the service and menu its names mean, or to nobody, with a reason."""

from dataclasses import replace

import numpy as np
import pytest

from observatory.model.columns import ProbeName, ProbeRows
from observatory.model.text import Text
from observatory.rollup.probe_names import attribute_probes, place_of, unknown_names
from tests.builders import a_catalogue, a_menu, a_service

SERVICE = a_service("job-portal", index=1, menus=(a_menu("search", index=11, slow_ms=2000), a_menu("apply", index=12)))
TWIN = replace(a_service("twin", index=2), name=Text("쌍둥이", "Twin"))
GONE = replace(a_service("gone", index=3), removed=True)
CATALOGUE = a_catalogue(SERVICE, TWIN, replace(TWIN, id="twin-2", index=4), GONE)


def rows_of(*names: ProbeName) -> ProbeRows:
    n = len(names)
    return ProbeRows(
        name_index=np.arange(n, dtype=np.int32),
        checked_ms=np.zeros(n, np.int64),
        ok=np.ones(n, np.bool_),
        status=np.full(n, 200, np.int16),
        duration_us=np.zeros(n, np.int64),
        names=names,
    )


@pytest.mark.parametrize("service", ["job-portal", "job-portal 서비스", "job-portal service"])
@pytest.mark.parametrize(("menu", "index"), [("", 11), ("apply", 12), ("apply 메뉴", 12), ("apply menu", 12)])
def test_a_service_is_meant_by_id_or_name_and_a_menu_likewise(service: str, menu: str, index: int) -> None:
    place = place_of(ProbeName(service, menu), CATALOGUE)
    assert place is not None
    assert (place[0].index, place[1].index) == (1, index)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (ProbeName("nobody"), "unknown_service"),
        (ProbeName("Twin"), "ambiguous_service"),
        (ProbeName("job-portal", "pay"), "unknown_menu"),
    ],
)
def test_names_that_mean_nothing_or_too_much_are_told_with_the_reason(name: ProbeName, reason: str) -> None:
    assert place_of(name, CATALOGUE) is None
    assert unknown_names([ProbeName("job-portal"), name, ProbeName("gone")], CATALOGUE) == {name: reason}


def test_every_result_gets_its_menu_or_is_counted_as_rejected() -> None:
    rows = rows_of(ProbeName("job-portal", "search"), ProbeName("nobody"), ProbeName("twin"), ProbeName("gone"), ProbeName("nobody"))
    attributed = attribute_probes(rows, CATALOGUE, frozenset({"job-portal", "gone"}))
    assert attributed.service_index.tolist() == [1, -1, -1, -1, -1]
    assert (attributed.menu_index[0], attributed.slow_us[0]) == (11, 2_000_000)
    assert attributed.rejected == {"unknown_service": 2, "out_of_scope": 1, "removed_service": 1}


def test_a_name_that_a_removed_service_had_means_the_one_that_has_it_now() -> None:
    successor = replace(GONE, id="new", index=5, removed=False)
    place = place_of(ProbeName("gone service"), a_catalogue(GONE, successor))
    assert place is not None
    assert place[0].id == "new"


def test_no_results_are_no_work() -> None:
    assert attribute_probes(rows_of(), CATALOGUE, None).rejected == {}
