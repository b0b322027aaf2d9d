"""Every record finds its service and menu, or the reason why it has none."""

from dataclasses import replace
from fnmatch import fnmatchcase

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.model.catalogue import OTHER_MENU_INDEX, TelemetryIdentity
from observatory.model.columns import RequestColumns
from observatory.rollup.attribution import OTHER_SLOW_US, REJECTED, Attribution
from observatory.rollup.route_patterns import compile_pattern
from tests.builders import a_catalogue, a_menu, a_service, some_columns

SEARCH, APPLY = a_menu("search", routes=("/jobs", "/jobs/*"), index=11, slow_ms=2000), a_menu("apply", routes=("/jobs/*/apply",), index=12)
PORTAL = a_service("job-portal", index=1, menus=(SEARCH, APPLY))
HOTLINE = a_service("hotline", index=2, menus=(a_menu("home", routes=("*",), index=21),))


def columns_of(*records: tuple[TelemetryIdentity, str], quarantined: tuple[bool, ...] = ()) -> RequestColumns:
    resources = tuple(dict.fromkeys(identity for identity, _ in records))
    templates = tuple(dict.fromkeys(template for _, template in records))
    return replace(
        some_columns(end_ms=[0] * len(records)),
        resource_index=np.array([resources.index(identity) for identity, _ in records], np.int32),
        template_index=np.array([templates.index(template) for _, template in records], np.int32),
        resources=resources,
        templates=templates,
        quarantined=quarantined,
    )


@pytest.mark.parametrize(
    ("template", "menu", "slow_us"),
    [
        ("/jobs", 11, 2_000_000),
        ("/jobs/", 11, 2_000_000),
        ("/jobs/{id}/apply", 11, 2_000_000),
        ("/jobsite", OTHER_MENU_INDEX, OTHER_SLOW_US),
        ("", OTHER_MENU_INDEX, OTHER_SLOW_US),
    ],
)
def test_the_first_matching_menu_wins(template: str, menu: int, slow_us: int) -> None:
    found = Attribution(a_catalogue(PORTAL)).attribute(columns_of((PORTAL.telemetry[0], template)), None)
    assert found.service_index.tolist() == [1]
    assert found.menu_index.tolist() == [menu]
    assert found.slow_us.tolist() == [slow_us]
    assert found.rejected == {}


def test_records_of_several_services_keep_their_order() -> None:
    records = columns_of((HOTLINE.telemetry[0], ""), (PORTAL.telemetry[0], "/jobs"), (HOTLINE.telemetry[0], "/jobs"))
    found = Attribution(a_catalogue(PORTAL, HOTLINE)).attribute(records, None)
    assert found.service_index.tolist() == [2, 1, 2]
    assert found.menu_index.tolist() == [21, 11, 21]


def test_a_namespace_is_part_of_the_name() -> None:
    records = columns_of((TelemetryIdentity("", "job-portal"), "/jobs"), (TelemetryIdentity("labor", "job-portal"), "/jobs"))
    found = Attribution(a_catalogue(PORTAL)).attribute(records, None)
    assert found.service_index.tolist() == [REJECTED, 1]
    assert found.rejected == {"unknown_service": 1}


def test_records_out_of_scope_removed_or_not_of_production_are_rejected_and_counted() -> None:
    removed = replace(a_service("old", index=3), removed=True)
    catalogue = a_catalogue(PORTAL, HOTLINE, removed)
    records = columns_of(
        (PORTAL.telemetry[0], "/jobs"),
        (HOTLINE.telemetry[0], "/"),
        (removed.telemetry[0], "/"),
        (PORTAL.telemetry[0], "/jobs"),
        quarantined=(True, False, False),
    )
    found = Attribution(catalogue).attribute(records, frozenset({"job-portal", "old"}))
    assert found.rejected == {"not_production": 2, "out_of_scope": 1, "removed_service": 1}
    assert (found.service_index <= REJECTED).all()


def test_an_access_log_belongs_to_the_service_it_was_sent_for() -> None:
    records = columns_of((TelemetryIdentity("", ""), "/jobs"))
    attribution = Attribution(a_catalogue(PORTAL, HOTLINE))
    assert attribution.attribute(records, None, "job-portal").service_index.tolist() == [1]
    assert attribution.attribute(records, frozenset({"hotline"}), "job-portal").rejected == {"out_of_scope": 1}
    assert attribution.attribute(records, None, "nobody").rejected == {"unknown_service": 1}


def test_an_identity_passes_from_a_removed_service_to_the_one_that_took_it_over() -> None:
    successor = replace(a_service("new-portal", index=9), telemetry=PORTAL.telemetry)
    catalogue = a_catalogue(replace(PORTAL, removed=True), successor)
    assert Attribution(catalogue).attribute(columns_of((PORTAL.telemetry[0], "/")), None).service_index.tolist() == [9]


def test_an_empty_body_is_attributed_to_nobody() -> None:
    found = Attribution(a_catalogue(PORTAL)).attribute(columns_of(), None)
    assert len(found.service_index) == len(found.menu_index) == len(found.slow_us) == 0


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("*", "", True),
        ("*", "/anything", True),
        ("/jobs", "/jobs", True),
        ("/jobs", "/jobs/", False),
        ("jobs/*", "/jobs/1", True),
        ("/a*a", "/a", False),
        ("/[id]", "/[id]", True),
        ("/[id]", "/i", False),
        ("/files/*", "/files/*", True),
        ("*.do", "/selectBoard.do", True),
        ("**", "/x", True),
    ],
)
def test_only_the_asterisk_is_special_in_a_pattern(pattern: str, text: str, matches: bool) -> None:
    assert compile_pattern(pattern)(text) is matches


@given(st.text("/ab*", max_size=8), st.text("/ab", max_size=12))
def test_patterns_match_as_in_a_shell(pattern: str, text: str) -> None:
    rooted = pattern if pattern.startswith(("/", "*")) else "/" + pattern
    assert compile_pattern(pattern)(text) is fnmatchcase(text, rooted)


def test_a_hostile_pattern_takes_no_longer_than_its_length() -> None:
    assert not compile_pattern("*a" * 500 + "b")("a" * 20_000)
