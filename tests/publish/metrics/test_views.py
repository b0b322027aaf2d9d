"""What Prometheus gets: every metric of the catalogue, in text its own tools accept, nothing that is unknown."""

import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from observatory import __version__
from observatory.model.catalogue import Menu, Service
from observatory.model.columns import Source
from observatory.model.text import Text
from observatory.parts import Parts
from observatory.publish.metrics.families import METRICS
from observatory.readmodel.summary import ServiceSummary, Summary
from observatory.store.telemetry import Batch
from observatory.web.context import parts_of
from tests.builders import a_menu, a_service, a_signoff
from tests.moments import NOW
from tests.observed import traffic
from tests.summaries import FixedSummary, a_summary, an_incident, no_figures

SIGNED = replace(a_signoff(), certificate="7-ABCDEFGHIJKL")
MENUS = (replace(a_menu("search"), critical=True), a_menu("apply", index=12))
SERVICE = replace(a_service(menus=MENUS), grade=1)
OTHER = Menu(id="other", name=Text("기타", "Other"), index=0)
SERIES_MAX = 300


def scrape(app: APIFlask, address: str = "/metrics/services") -> dict[str, Metric]:
    answer = app.test_client().get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def values(family: Metric, *labels: str) -> dict[tuple[str, ...], float]:
    return {tuple(sample.labels[label] for label in labels): sample.value for sample in family.samples}


def show(app: APIFlask, *services: ServiceSummary) -> None:
    parts_of(app).add(FixedSummary(*services), Summary)


def store(app: APIFlask, *batches: Batch) -> None:
    parts = app.extensions["observatory"]
    assert isinstance(parts, Parts)
    for batch in batches:
        parts.writer.submit(batch)
    parts.writer.flush()


@pytest.fixture
def everything(app: APIFlask) -> APIFlask:
    """An application that has a value for every metric."""
    known = a_summary(SERVICE, state="down", incidents=(an_incident(minutes=None),), signoffs=(SIGNED,), signoff_state="signed")
    show(app, known)
    counters = [
        traffic(SERVICE, MENUS[0], NOW, 2, count=50, bad=10, throttled=3, duration_ms=200),
        traffic(SERVICE, OTHER, NOW, 1, count=5),
        traffic(SERVICE, MENUS[0], NOW, 1, count=1, source=Source.PROBE),
        traffic(SERVICE, MENUS[0], NOW, 1, count=2, source=Source.PROBE + 1),
        traffic(SERVICE, MENUS[1], NOW, 1, count=7, duration_ms=900, source=Source.BROWSER),
    ]
    store(app, *(Batch(each, NOW) for each in counters))
    return app


def test_every_metric_of_the_catalogue_is_served_with_its_type_and_labels(everything: APIFlask) -> None:
    families = scrape(everything)
    for name, metric_type, labels, meaning in METRICS:
        family = families[f"observatory_{name.removesuffix('_total')}"]
        assert (family.type, family.documentation) == (metric_type, meaning)
        assert {frozenset(sample.labels) for sample in family.samples} == {frozenset(labels)}
    assert len(families) == len(METRICS)


def test_prometheus_own_linter_has_nothing_to_say(everything: APIFlask) -> None:
    for address in ("/metrics/services", "/metrics"):
        text = everything.test_client().get(address).text
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=30, check=False)
        assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_no_sample_carries_a_time_of_its_own(everything: APIFlask) -> None:
    assert not [sample for family in scrape(everything).values() for sample in family.samples if sample.timestamp is not None]


def test_the_numbers_are_those_of_the_read_model(everything: APIFlask) -> None:
    families = scrape(everything)
    service = ("job-portal",)
    assert values(families["observatory_downtime_30d_seconds"], "service_id") == {service: 200 * 60}
    assert values(families["observatory_failures_30d"], "service_id") == {service: 2}
    assert values(families["observatory_availability_30d_ratio"], "service_id") == {service: 0.99523}
    assert values(families["observatory_coverage_30d_ratio"], "service_id") == {service: 0.9876}
    assert values(families["observatory_slo_objective_ratio"], "service_id") == {service: 0.9992}
    assert values(families["observatory_max_repair_seconds"], "service_id") == {service: 7200}
    started_at = an_incident().started_at.timestamp()
    assert values(families["observatory_incident_open_start_timestamp_seconds"], "service_id") == {service: started_at}
    assert values(families["observatory_signoff_expiry_timestamp_seconds"], "service_id") == {service: a_signoff().not_after.timestamp()}


def test_a_state_is_a_set_in_which_one_is_true(everything: APIFlask) -> None:
    families = scrape(everything)
    states = values(families["observatory_service_state"], "state")
    assert {state for (state,), value in states.items() if value} == {"down"}
    assert len(states) == 8
    assert {state for (state,), value in values(families["observatory_signoff_state"], "state").items() if value} == {"signed"}
    assert values(families["observatory_menu_up"], "menu_id") == {("search",): 0, ("apply",): 0}


def test_requests_are_counted_by_menu_and_source_and_sources_are_never_added(everything: APIFlask) -> None:
    families = scrape(everything)
    assert values(families["observatory_requests"], "menu_id", "source") == {
        ("search", "span"): 100,
        ("_other", "span"): 5,
        ("search", "probe"): 3,
        ("apply", "browser"): 7,
    }
    assert values(families["observatory_request_failures"], "menu_id", "source")["search", "span"] == 20
    assert values(families["observatory_requests_throttled"], "menu_id", "source")["search", "span"] == 6
    assert values(families["observatory_last_telemetry_timestamp_seconds"], "source")[("span",)] == NOW.timestamp() + 60


def test_load_times_are_summed_per_menu_from_the_most_trusted_server_source(everything: APIFlask) -> None:
    store(everything, Batch(traffic(SERVICE, MENUS[0], NOW, 1, count=3, source=Source.OTLP_LOG), NOW))
    families = scrape(everything)
    server = {sample.name: sample.value for sample in families["observatory_menu_server_response_seconds"].samples}
    assert server == {"observatory_menu_server_response_seconds_sum": 16.0, "observatory_menu_server_response_seconds_count": 80}
    browser = {sample.name: sample.value for sample in families["observatory_menu_page_load_seconds"].samples}
    assert browser == {"observatory_menu_page_load_seconds_sum": 6.3, "observatory_menu_page_load_seconds_count": 7}


def test_the_source_the_catalogue_names_is_the_one_that_counts(everything: APIFlask) -> None:
    store(everything, Batch(traffic(SERVICE, MENUS[0], NOW, 1, count=3, duration_ms=1000, source=Source.OTLP_LOG), NOW))
    show(everything, a_summary(replace(SERVICE, server_source="log")))
    server = {sample.name: sample.value for sample in scrape(everything)["observatory_menu_server_response_seconds"].samples}
    assert server["observatory_menu_server_response_seconds_sum"] == 3


def test_what_is_unknown_is_absent(app: APIFlask) -> None:
    show(app, a_summary(a_service(), state="unknown", figures=no_figures()))
    families = scrape(app)
    for name in ("availability_30d_ratio", "coverage_30d_ratio", "failures_30d", "menu_up", "slo_objective_ratio", "max_repair_seconds"):
        assert f"observatory_{name}" not in families
    assert values(families["observatory_service_state"], "state")[("unknown",)] == 1
    assert families["observatory_service_info"].samples[0].labels == {
        "service_id": "job-portal",
        "agency_id": "labor",
        "grade": "4",
        "service_namespace": "labor",
        "service_name": "job-portal",
    }


def test_a_failed_signoff_has_no_end(app: APIFlask) -> None:
    show(app, a_summary(SERVICE, signoffs=(a_signoff(decision="fail"),), signoff_state="failed"))
    families = scrape(app)
    assert "observatory_signoff_expiry_timestamp_seconds" not in families
    assert values(families["observatory_signoff_state"], "state")[("failed",)] == 1


def test_the_newest_signoff_is_named_by_its_certificate(app: APIFlask) -> None:
    show(app, a_summary(SERVICE, signoffs=(SIGNED,), signoff_state="signed"))
    assert values(scrape(app)["observatory_signoff_info"], "service_id", "certificate") == {("job-portal", "7-ABCDEFGHIJKL"): 1}


def test_an_agency_can_scrape_its_own_services(app: APIFlask) -> None:
    tax: Service = replace(a_service("tax", index=2, agency_id="revenue"), menus=(a_menu(index=21),))
    show(app, a_summary(SERVICE), a_summary(tax))
    assert values(scrape(app, "/metrics/services?agency_id=revenue")["observatory_service_info"], "service_id") == {("tax",): 1}


def test_another_parameter_is_refused(client: FlaskClient) -> None:
    answer = client.get("/metrics/services?agency=labor")
    assert answer.status_code == 400
    assert "agency_id" in answer.json["hint"]


def test_the_process_tells_what_it_is_and_how_it_does(app: APIFlask) -> None:
    families = scrape(app, "/metrics")
    assert families["observatory_log_tree_size"].samples[0].value == 1
    assert families["observatory_watermark_timestamp_seconds"].samples[0].value == NOW.timestamp()
    assert families["observatory_ingest_queue_bytes"].samples[0].value == 0
    assert scrape(app)["observatory_build_info"].samples[0].labels["version"] == __version__


def test_the_watermark_stands_where_something_waits_for_the_judge(app: APIFlask) -> None:
    waiting = NOW - timedelta(hours=1)
    store(app, Batch(traffic(SERVICE, MENUS[0], waiting, 1), NOW))
    assert scrape(app, "/metrics")["observatory_watermark_timestamp_seconds"].samples[0].value == waiting.timestamp()


def test_the_process_never_serves_more_series_than_it_may(app: APIFlask) -> None:
    client = app.test_client()
    for address in [rule.rule.replace("<", "").replace(">", "") for rule in app.url_map.iter_rules()]:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "MADE-UP"):
            client.open(address, method=method)
    families = scrape(app, "/metrics")
    assert sum(len(family.samples) for family in families.values()) < SERIES_MAX
    durations = families["observatory_http_request_duration_seconds"].samples
    assert {"handler": "other", "method": "other", "code": "other"} in [
        {name: value for name, value in sample.labels.items() if name != "le"} for sample in durations
    ]
