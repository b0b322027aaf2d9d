"""A service and its body in the log are the same thing written two ways, and the bytes are those they have always been."""

import json
from dataclasses import replace

import pytest

from observatory.model.catalogue import HOME, ProbeStep, ProbeTarget, Service
from observatory.model.text import Text
from observatory.signoff.published_service import as_written, read_service, service_body
from tests import written_before
from tests.builders import a_menu, a_service


@pytest.mark.parametrize(
    ("body", "service"),
    [(written_before.SERVICE_BODY, written_before.SERVICE), (written_before.BARE_BODY, written_before.BARE)],
    ids=["full", "bare"],
)
def test_a_body_of_before_is_read_and_written_unchanged(body: bytes, service: Service) -> None:
    assert read_service(body) == service
    assert service_body(service) == body


def test_our_numbers_are_left_out() -> None:
    service = a_service(index=7, menus=(a_menu(index=11),))
    assert read_service(service_body(service)) == as_written(service)


def test_a_journey_is_written_as_its_owner_did() -> None:
    steps = ProbeStep("https://jobs.example.go.kr/in", status=200), ProbeStep("https://jobs.example.go.kr/jobs")
    service = a_service(menus=(replace(a_menu(), probe=ProbeTarget(steps=steps, interval_s=120)),))
    (menu,) = json.loads(service_body(service))["menus"]
    assert menu["probe"] == {"interval_s": 120, "steps": [{"url": steps[0].url, "status": 200}, {"url": steps[1].url}]}
    assert read_service(service_body(service)) == as_written(service)


def test_what_an_older_body_does_not_say_is_as_in_a_file_that_leaves_it_out() -> None:
    body = json.dumps({"id": "bare", "agency_id": "labor", "name_ko": "맨몸", "name_en": "Bare", "url": ""}).encode()
    assert read_service(body) == Service(id="bare", agency_id="labor", name=Text("맨몸", "Bare"), url="", menus=(HOME,))
