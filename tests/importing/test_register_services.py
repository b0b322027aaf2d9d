"""Names become services: an id from the letters of the name, in an agency that is made if need be."""

from dataclasses import replace

import pytest

from observatory.importing.register_services import free_id, with_services
from tests.builders import a_catalogue, a_service


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CURC Website (Public Webpage)", "curc-website-public-webpage"),
        ("⛰️🚪 Alpine Login Node SSH", "alpine-login-node-ssh"),
        ("Café Économique", "cafe-economique"),
        ("일자리 포털", "service"),
        ("x" * 100, "x" * 64),
        ("--", "service"),
    ],
)
def test_an_id_is_made_of_the_letters_of_a_name(name: str, expected: str) -> None:
    assert free_id(name, set(), "service") == expected


def test_an_id_that_is_taken_gets_a_number() -> None:
    taken = {"service", "service-2"}
    assert free_id("일자리", taken, "service") == "service-3"
    assert free_id("x" * 100, {"x" * 64}, "service") == "x" * 62 + "-2"


def test_names_that_differ_by_a_picture_only_become_two_services() -> None:
    names = ["Alpine Login", "⛰️ Alpine Login"]
    services = with_services(a_catalogue(), "curc", names).services[1:]
    assert [(service.id, service.name.ko, service.name.en) for service in services] == [
        ("alpine-login", names[0], names[0]),
        ("alpine-login-2", names[1], names[1]),
    ]


@pytest.mark.parametrize("agency", ["labor", "고용노동부", "Ministry of Employment and Labor"])
def test_an_agency_is_meant_by_its_id_or_name(agency: str) -> None:
    extended = with_services(a_catalogue(), agency, ["New"])
    assert extended.agencies == a_catalogue().agencies
    assert extended.services[-1].agency_id == "labor"


@pytest.mark.parametrize(("agency", "agency_id"), [("curc", "curc"), ("Research Computing", "research-computing"), ("국세청", "agency")])
def test_an_agency_that_is_not_there_is_made(agency: str, agency_id: str) -> None:
    extended = with_services(a_catalogue(), agency, ["New"])
    made = extended.agency(agency_id)
    assert made is not None
    assert (made.name.ko, made.name.en) == (agency, agency)
    assert extended.services[-1].agency_id == agency_id


def test_removed_services_stay_removed() -> None:
    removed = replace(a_service("old"), removed=True)
    extended = with_services(a_catalogue(a_service(), removed), "labor", ["Old", "New"])
    assert [service.id for service in extended.services] == ["job-portal", "old-2", "new"]
