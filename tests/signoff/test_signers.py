"""Who may sign for a service: the separation of duties."""

import pytest

from observatory.errors import NotAllowed
from observatory.model.catalogue import Service
from observatory.model.staff import Grant
from observatory.model.text import Text
from observatory.signoff.signers import check_may_sign, refusal_to_sign
from tests.builders import a_staff_member

SERVICE = Service(id="job-portal", agency_id="labour", name=Text("일자리", "Jobs"), url="")


@pytest.mark.parametrize("grant", [Grant("executive", service_id="job-portal"), Grant("executive", agency_id="labour")])
def test_the_executive_of_the_service_or_its_agency_may_sign(grant: Grant) -> None:
    assert refusal_to_sign(a_staff_member(grants=(grant,)), SERVICE) is None


@pytest.mark.parametrize(
    ("grants", "refusal"),
    [
        ((), "not-executive"),
        ((Grant("executive"),), "not-executive"),
        ((Grant("executive", service_id="tax"),), "not-executive"),
        ((Grant("executive", agency_id="finance"),), "not-executive"),
        ((Grant("auditor", service_id="job-portal"), Grant("sre")), "not-executive"),
        ((Grant("owner", service_id="job-portal"),), "works-on-service"),
        ((Grant("executive", agency_id="labour"), Grant("owner", service_id="job-portal")), "works-on-service"),
        ((Grant("executive", agency_id="labour"), Grant("moderator", agency_id="labour")), "works-on-service"),
        ((Grant("executive", agency_id="labour"), Grant("owner")), "works-on-service"),
        ((Grant("executive", service_id="job-portal"), Grant("admin")), "administrator"),
        ((Grant("executive", service_id="job-portal"), Grant("admin", service_id="tax")), "administrator"),
    ],
)
def test_nobody_else_may_sign(grants: tuple[Grant, ...], refusal: str) -> None:
    member = a_staff_member(grants=grants)

    assert refusal_to_sign(member, SERVICE) == refusal
    with pytest.raises(NotAllowed, match="cannot sign for service 'job-portal'"):
        check_may_sign(member, SERVICE)


def test_owning_another_service_does_not_stop_an_executive() -> None:
    member = a_staff_member(grants=(Grant("executive", service_id="job-portal"), Grant("owner", service_id="tax")))

    assert refusal_to_sign(member, SERVICE) is None


def test_a_service_no_longer_observed_is_not_signed() -> None:
    removed = Service(id="job-portal", agency_id="labour", name=Text("일자리", "Jobs"), url="", removed=True)

    assert refusal_to_sign(a_staff_member(), removed) == "removed-service"
