"""Users and checks that say different things of one moment (method, section 9): page, open data and metric tell, and nobody else does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from observatory.flows.catalogue import apply_catalogue
from observatory.model.columns import Source
from observatory.web.context import parts_of
from tests.builders import a_catalogue
from tests.moments import NOW
from tests.observed import COUNT, JOB_PORTAL, observe, traffic

MINUTES = 30
SENTENCE = {"en": "requests of users and our own checks do not agree", "ko": "이용자들의 요청 기록과 관측소의 자체 점검이 서로 다릅니다"}
MENU_FLAG = {"en": "users and checks differ", "ko": "이용자와 점검이 다름"}

Observe = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Told:
    """What the surfaces say of the job portal."""

    state: str
    flags: tuple[bool, ...]
    """Of the service, then of each menu."""
    metric: float
    pages: dict[str, tuple[bool, int]]
    """By language: whether the sentence stands there, and how many menus are marked."""


@pytest.fixture
def observe_both(app: APIFlask) -> Observe:
    """Return a way to let, in each of the last minutes, so many requests and checks of every menu fail."""

    def watch(bad: int, failed_checks: int) -> None:
        parts, first = parts_of(app), NOW - timedelta(minutes=MINUTES - 1)
        apply_catalogue(parts.register, a_catalogue(JOB_PORTAL), first)
        (service,) = parts.register.catalogue().services
        requests = [traffic(service, menu, first, MINUTES, bad=bad) for menu in service.menus]
        checks = [traffic(service, menu, first, MINUTES, count=1, bad=failed_checks, source=Source.PROBE) for menu in service.menus]
        observe(parts, *requests, *checks)

    return watch


def told(client: FlaskClient) -> Told:
    service = client.get("/api/v1/services/job-portal").json
    families = {each.name: each for each in text_string_to_metric_families(client.get("/metrics/services").text)}
    ((sample),) = families["observatory_probe_disagreement"].samples
    assert sample.labels == {"service_id": "job-portal"}
    pages = {language: client.get(f"/{language}/services/job-portal").text for language in ("en", "ko")}
    return Told(
        service["state"],
        tuple(each["disagreement"] for each in (service, *service["menus"])),
        sample.value,
        {language: (SENTENCE[language] in page, page.count(MENU_FLAG[language])) for language, page in pages.items()},
    )


def test_a_blocked_prober_leaves_a_service_up_and_the_disagreement_is_published(client: FlaskClient, observe_both: Observe) -> None:
    observe_both(0, 1)
    assert told(client) == Told("up", (True, True, True), 1, {"en": (True, 2), "ko": (True, 2)})


def test_a_service_that_lets_only_checks_pass_is_down_and_the_disagreement_is_published(client: FlaskClient, observe_both: Observe) -> None:
    observe_both(COUNT, 0)
    assert told(client) == Told("down", (True, True, True), 1, {"en": (True, 2), "ko": (True, 2)})


@pytest.mark.parametrize(("bad", "failed_checks", "state"), [(0, 0, "up"), (COUNT, 1, "down")])
def test_nothing_is_said_where_users_and_checks_agree(
    client: FlaskClient, observe_both: Observe, bad: int, failed_checks: int, state: str
) -> None:
    observe_both(bad, failed_checks)
    assert told(client) == Told(state, (False, False, False), 0, {"en": (False, 0), "ko": (False, 0)})


def test_the_table_of_services_tells_too(client: FlaskClient, observe_both: Observe) -> None:
    observe_both(0, 1)
    header, row = client.get("/api/v1/services.csv").text.splitlines()
    assert dict(zip(header.split(","), row.split(","), strict=True))["disagreement"] == "True"
