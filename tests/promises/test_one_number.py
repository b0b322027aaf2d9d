"""One number, everywhere equal: page, open data in both formats, and metrics say the same of the same service."""

import csv
import io
import json
import re
from collections.abc import Iterator
from html import unescape

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from observatory.readmodel.summary import Summary
from observatory.web.context import parts_of
from observatory.web.language import count, failure_count, minutes, percent, seconds
from tests.observed import OUTAGE_MINUTES, observed_town

Json = dict[str, object]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[APIFlask]:
    with observed_town(tmp_path_factory.mktemp("town")) as app:
        yield app


@pytest.fixture
def client(town: APIFlask) -> FlaskClient:
    return town.test_client()


@pytest.fixture
def figures(client: FlaskClient) -> Json:
    """What the API says: the others are held against it."""
    answer: Json = json.loads(client.get("/api/v1/services/job-portal/figures?window=30d").data)
    assert (answer["downtime_minutes"], answer["failures"]) == (OUTAGE_MINUTES, 1)
    return answer


def page_text(client: FlaskClient, address: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", client.get(address).text)).split())


def test_the_file_says_what_the_api_says(client: FlaskClient, figures: Json) -> None:
    whole = next(csv.DictReader(io.StringIO(client.get("/api/v1/services/job-portal/figures.csv?window=30d").text)))
    for name in ("downtime_minutes", "failures", "availability_percent", "measured_minutes", "requests", "coverage", "mttr_minutes"):
        assert float(whole[name]) == figures[name], name
    load_time = figures["load_time"]
    assert isinstance(load_time, dict)
    assert float(whole["load_time_mean_ms"]) == load_time["mean_ms"]


def test_metrics_say_what_the_api_says(client: FlaskClient, figures: Json) -> None:
    families = {family.name: family for family in text_string_to_metric_families(client.get("/metrics/services").text)}

    def value(name: str) -> float:
        (found,) = [sample.value for sample in families[f"observatory_{name}"].samples if sample.labels["service_id"] == "job-portal"]
        return found

    assert value("downtime_30d_seconds") / 60 == figures["downtime_minutes"]
    assert value("failures_30d") == figures["failures"]
    assert value("coverage_30d_ratio") == figures["coverage"]
    percent_available = figures["availability_percent"]
    assert isinstance(percent_available, float)
    assert round(value("availability_30d_ratio") * 100, 3) == percent_available


@pytest.mark.parametrize("address", ["/en/services/job-portal", "/ko/services/job-portal"])
def test_the_page_says_what_the_api_says(client: FlaskClient, figures: Json, town: APIFlask, address: str) -> None:
    load_time = figures["load_time"]
    assert isinstance(load_time, dict)
    with town.test_request_context(address):
        shown = [
            minutes(OUTAGE_MINUTES),
            failure_count(1),
            seconds(load_time["mean_ms"]),
            percent(figures["availability_percent"]),  # type: ignore[arg-type]
            count(load_time["n"]),
        ]
    text = page_text(client, address)
    assert not [number for number in shown if number not in text]


def test_the_downtime_of_a_window_is_that_of_the_incidents_listed_in_it(client: FlaskClient, figures: Json) -> None:
    window = figures["window"]
    assert isinstance(window, dict)
    listed = client.get("/api/v1/incidents", query_string={"service": "job-portal", "from": window["from"], "to": window["to"]}).json[
        "incidents"
    ]
    assert sum(incident["down_minutes"] for incident in listed) == figures["downtime_minutes"]
    assert sum(incident["measured_minutes"] for incident in listed) == OUTAGE_MINUTES


def test_all_surfaces_stand_on_one_read_model(town: APIFlask, client: FlaskClient) -> None:
    summary = parts_of(town).get(Summary)
    assert isinstance(summary, Summary)
    assert summary.service("job-portal").figures == summary.figures("job-portal", summary.service("job-portal").figures.window)
