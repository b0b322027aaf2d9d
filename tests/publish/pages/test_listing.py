"""Finding services: who is listed, in which order, and what a reader's words find."""

import pytest
from werkzeug.datastructures import MultiDict

from observatory.model.catalogue import Agency, Menu, Site
from observatory.model.text import Text
from observatory.publish.pages.listing import AGENCIES_OFFERED_MAX, SERVICES_PER_PAGE, Listing, Wanted, list_services, wanted_from
from observatory.readmodel.summary import ServiceSummary, SiteSummary
from tests.builders import LABOR, a_service
from tests.moments import NOW
from tests.summaries import a_summary

HEALTH = Agency(id="health", name=Text("보건복지부", "Ministry of Health and Welfare"))
APPLY = Menu(id="apply", name=Text("실업급여 신청", "Apply for benefit"))

JOBS = a_summary(a_service("jobs", menus=(APPLY,)))
CARE = a_summary(a_service("care", agency_id="health"), agency=HEALTH, state="down")
TAX = a_summary(a_service("tax"), state="degraded")


def listed(*services: ServiceSummary, wanted: Wanted | None = None) -> Listing:
    """List services as the front page does."""
    return list_services(SiteSummary(Site(), NOW, services), wanted or Wanted())


def ids(listing: Listing) -> list[str]:
    """Return the ids of the services shown, in order."""
    return [each.service.id for group in listing.groups for each in group.services]


def test_agencies_with_the_worst_state_come_first_and_their_services_likewise() -> None:
    listing = listed(JOBS, TAX, CARE)
    assert [group.agency for group in listing.groups] == [HEALTH, LABOR]
    assert ids(listing) == ["care", "tax", "jobs"]


def test_states_are_counted_over_all_services_even_when_few_are_shown() -> None:
    listing = listed(JOBS, TAX, CARE, wanted=Wanted(state="up"))
    assert dict(listing.states) == {"down": 1, "degraded": 1, "up": 1}
    assert (listing.service_count, listing.found_count, ids(listing)) == (3, 1, ["jobs"])
    assert listing.failing == (CARE,)


@pytest.mark.parametrize("text", ["실업급여 신청", "실업급여신청", "급여", "BENEFIT", "jobs", "고용노동부"])
def test_words_find_a_service_by_its_menus_id_and_agency_with_or_without_spaces(text: str) -> None:
    assert "jobs" in ids(listed(JOBS, CARE, wanted=Wanted(text=text)))


def test_filters_hold_together() -> None:
    assert ids(listed(JOBS, TAX, CARE, wanted=Wanted(agency_id="labor", state="degraded"))) == ["tax"]
    assert ids(listed(JOBS, TAX, CARE, wanted=Wanted(agency_id="health", state="degraded"))) == []
    assert ids(listed(JOBS, wanted=Wanted(agency_id="nobody"))) == []


def test_many_pages_are_not_all_linked() -> None:
    services = tuple(a_summary(a_service(f"s{number}")) for number in range(SERVICES_PER_PAGE * 9 + 1))
    assert listed(*services).page_links == (1, 2, 3, None, 10)
    assert listed(*services, wanted=Wanted(page=6)).page_links == (1, None, 4, 5, 6, 7, 8, None, 10)


def test_more_agencies_than_anybody_chooses_from_are_found_by_name() -> None:
    agencies = [Agency(f"a{number}", Text(f"기관 {number}", f"Agency {number}")) for number in range(AGENCIES_OFFERED_MAX + 1)]
    services = tuple(a_summary(a_service(f"s{number}", agency_id=agency.id), agency=agency) for number, agency in enumerate(agencies))
    assert len(listed(*services[1:]).agencies) == AGENCIES_OFFERED_MAX
    assert listed(*services).agencies == ()
    assert [group.agency.id for group in listed(*services, wanted=Wanted(text="agency 17")).groups] == ["a17"]


def test_a_long_list_comes_in_pages_and_a_page_past_the_end_is_the_last() -> None:
    many = tuple(a_summary(a_service(f"s{number}")) for number in range(SERVICES_PER_PAGE + 1))
    assert listed(*many).page_count == 2
    assert len(ids(listed(*many))) == SERVICES_PER_PAGE
    last = listed(*many, wanted=Wanted(page=99))
    assert (last.wanted.page, ids(last)) == (2, [f"s{SERVICES_PER_PAGE}"])


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ({}, Wanted()),
        ({"q": "  일자리   찾기 ", "agency": "labor", "state": "down", "page": "2"}, Wanted("일자리 찾기", "labor", "down", 2)),
        ({"state": "burning", "page": "-1"}, Wanted()),
        ({"page": "٣"}, Wanted()),
        ({"page": "9" * 50}, Wanted()),
        ({"q": "x" * 1000}, Wanted("x" * 100)),
    ],
)
def test_what_makes_no_sense_in_an_address_is_as_if_it_were_not_said(arguments: dict[str, str], wanted: Wanted) -> None:
    assert wanted_from(MultiDict(arguments)) == wanted
