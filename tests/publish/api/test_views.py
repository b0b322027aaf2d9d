"""Open data as it is asked for: shapes, windows, paging, files, caching, and what is refused."""

import base64
import csv
import hashlib
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask.testing import FlaskClient

from observatory.flows.catalogue import apply_catalogue
from observatory.flows.signoffs import SIGNOFF_KIND
from observatory.judge import accounting
from observatory.judge.method import IN_FORCE
from observatory.model.catalogue import Catalogue
from observatory.model.signoff import NewEntry
from observatory.model.text import Text
from observatory.publish.api.answers import QuestionLimits
from observatory.publish.api.paging import cursor_after
from observatory.publish.snapshots import CACHE_CONTROL, ApiSnapshots, PageSnapshots
from observatory.signoff.bare_statement import bare_statement_bytes
from observatory.transparency.merkle import CompactRange
from observatory.transparency.note import NoteKey
from tests.builders import LABOR, a_service, a_signoff
from tests.moments import NOW
from tests.observed import COUNT, GOOD_MS, OUTAGE_MINUTES, OUTAGE_START, observed_town, parts_of
from tests.registers import in_change, in_look

MEASURED_MINUTES = 9 * 1440 + 720
"""Of the last 30 full local days: traffic began at noon."""
TABLES = ("/services.csv", "/services/job-portal/figures.csv", "/services/job-portal/signoffs.csv", "/incidents.csv")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def z(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def test_services_are_listed_by_id_with_their_menus_and_states(api: FlaskClient) -> None:
    answer = api.get("/api/v1/services").json
    assert answer["next"] is None
    assert [service["id"] for service in answer["services"]] == ["job-portal", "library"]
    portal, library = answer["services"]
    assert list(portal) == [
        *("id", "agency_id", "name_ko", "name_en", "url", "grade", "state", "state_since", "disagreement", "signoff", "menus"),
    ]
    assert (portal["agency_id"], portal["grade"], portal["state"], portal["signoff"]) == ("labor", 1, "up", "none")
    assert portal["menus"][0] == {
        "id": "search",
        "name_ko": "search 메뉴",
        "name_en": "search menu",
        "critical": True,
        "state": "up",
        "disagreement": False,
    }
    assert (library["state"], library["state_since"]) == ("unknown", None)


def test_one_service_looks_as_it_does_in_the_list(api: FlaskClient) -> None:
    assert api.get("/api/v1/services/job-portal").json == api.get("/api/v1/services").json["services"][0]


def test_figures_of_the_last_30_days_are_those_of_the_method(api: FlaskClient) -> None:
    figures = api.get("/api/v1/services/job-portal/figures").json
    assert (figures["service_id"], figures["method"], figures["as_of"]) == ("job-portal", IN_FORCE.version, z(NOW))
    assert figures["window"] == {"name": "30d", "from": "2026-10-20T15:00:00Z", "to": "2026-11-19T15:00:00Z"}
    assert (figures["downtime_minutes"], figures["failures"], figures["mttr_minutes"]) == (OUTAGE_MINUTES, 1, OUTAGE_MINUTES)
    assert figures["measured_minutes"] == MEASURED_MINUTES
    assert figures["availability_percent"] == 100_000 * (MEASURED_MINUTES - OUTAGE_MINUTES) // MEASURED_MINUTES / 1000
    assert (figures["requests"], figures["failed_requests"]) == (2 * COUNT * MEASURED_MINUTES, 2 * COUNT * OUTAGE_MINUTES)
    assert figures["load_time"]["mean_ms"] == GOOD_MS
    search, apply = figures["menus"]
    assert (search["menu_id"], apply["menu_id"]) == ("search", "apply")
    assert (search["isolated_minutes"], search["partial_minutes"]) == (0, 0)
    assert (search["downtime_minutes"], search["failures"], search["load_time"]["source"]) == (OUTAGE_MINUTES, 1, "server")


def test_the_keys_of_figures_come_in_the_documented_order(api: FlaskClient) -> None:
    figures = json.loads(api.get("/api/v1/services/job-portal/figures").data)
    assert list(figures) == [
        *("service_id", "window", "method", "as_of", "revision", "availability_percent", "availability_any_percent"),
        *("downtime_minutes", "partial_minutes", "failures", "failures_scaled", "failed_requests_permille", "measured_minutes"),
        *("unknown_minutes", "maintenance_minutes", "closed_minutes", "coverage", "mttr_minutes", "mttd_minutes", "mtbf_minutes"),
        *("load_time", "menus", "requests", "failed_requests", "throttled_requests", "excluded_requests", "request_success_percent"),
        *("availability_worst_percent", "isolated_minutes", "blip_minutes", "partial_share_minutes", "unobserved_minutes"),
        *("observed_from", "judged_to", "target", "final", "client_error_requests", "unmatched_requests", "clamped_requests"),
        *("rejected_records", "quarantined_records", "late_records"),
    ]
    assert list(figures["load_time"]) == [
        *("source", "mean_ms", "p75_ms", "p95_ms", "n", "capped", "abandoned", "mean_is_rough", "p75_low_ms", "p75_high_ms"),
        *("within_3s_percent", "within_5s_percent", "within_8s_percent", "failed_waits", "failed_wait_mean_ms", "not_modified"),
        "untimed",
    ]


def test_a_span_of_its_own_is_answered_to_the_hour(api: FlaskClient) -> None:
    begin, end = OUTAGE_START - timedelta(hours=1), OUTAGE_START + timedelta(hours=2)
    figures = api.get(f"/api/v1/services/job-portal/figures?from={z(begin)}&to={z(end)}").json
    assert figures["window"] == {"name": "custom", "from": z(begin), "to": z(end)}
    assert (figures["measured_minutes"], figures["downtime_minutes"]) == (180, OUTAGE_MINUTES)
    assert figures["requests"] == 2 * COUNT * 180


@pytest.mark.parametrize(
    ("window", "measured"), [("24h", 1440), ("7d", 7 * 1440), ("month:2026-11", MEASURED_MINUTES + 720), ("month:2025-01", 0)]
)
def test_every_named_window_is_understood(api: FlaskClient, window: str, measured: int) -> None:
    figures = api.get("/api/v1/services/job-portal/figures", query_string={"window": window}).json
    assert (figures["window"]["name"], figures["measured_minutes"]) == (window, pytest.approx(measured, abs=1))


def test_what_is_unknown_is_null(api: FlaskClient) -> None:
    figures = api.get("/api/v1/services/library/figures").json
    unknown = (
        "availability_percent",
        "availability_any_percent",
        "failures",
        "failures_scaled",
        "failed_requests_permille",
        "mttr_minutes",
        "downtime_minutes",
        "partial_minutes",
        "isolated_minutes",
    )
    assert [figures[name] for name in unknown] == [None] * len(unknown)
    assert (figures["load_time"]["mean_ms"], figures["load_time"]["n"], figures["requests"]) == (None, 0, 0)


def test_incidents_are_listed_and_can_be_asked_for_one_by_one(api: FlaskClient) -> None:
    answer = api.get("/api/v1/incidents?service=job-portal").json
    (incident,) = answer["incidents"]
    assert answer["next"] is None
    assert list(incident)[:13] == [
        *("id", "service_id", "menu_ids", "severity", "started_at", "ended_at", "detected_at", "end_reason", "detected_by"),
        *("measured_minutes", "down_minutes", "updates", "superseded_by"),
    ]
    assert (incident["started_at"], incident["ended_at"]) == (z(OUTAGE_START), z(OUTAGE_START + timedelta(minutes=OUTAGE_MINUTES)))
    assert (incident["severity"], incident["down_minutes"], incident["menu_id"]) == ("major", OUTAGE_MINUTES, None)
    assert sorted(incident["menu_ids"]) == ["apply", "search"]
    assert incident["withdrawn"] is None
    assert api.get(f"/api/v1/incidents/{incident['id']}").json == incident


@pytest.mark.parametrize(
    "dear",
    ["/months/2026-11?limit=1", "/services/job-portal/minutes/2026-11-17T01:03Z", "/services/job-portal/figures?window=month:2026-11"],
)
def test_what_takes_long_to_work_out_is_worked_out_a_few_at_once_and_holds_up_no_list(town: APIFlask, api: FlaskClient, dear: str) -> None:
    limits = parts_of(town).get(QuestionLimits)
    with limits.windows.turn(), limits.windows.turn():
        assert api.get(f"/api/v1{dear}").status_code == 503
        assert api.get("/api/v1/services?limit=1").status_code == 200
        assert api.get("/api/v1/changes?limit=1").status_code == 200
    assert api.get(f"/api/v1{dear}").status_code == 200


def test_an_incident_that_turned_out_to_be_none_says_so_with_the_reason(tmp_path: Path) -> None:
    with observed_town(tmp_path / "town") as app:
        api, parts = app.test_client(), parts_of(app)
        (incident,) = in_look(parts.register).incidents.incidents("job-portal", None)
        in_change(parts.register).incidents.keep([replace(incident, withdrawn="correction")])
        assert api.get(f"/api/v1/incidents/{incident.id}").json["withdrawn"] == "correction"


def test_incidents_of_a_menu_and_of_a_span(api: FlaskClient) -> None:
    assert api.get("/api/v1/incidents?service=job-portal&menu=search").json["incidents"][0]["menu_id"] == "search"
    assert api.get("/api/v1/incidents", query_string={"from": "2026-11-18T00:00:00Z"}).json["incidents"] == []
    assert len(api.get("/api/v1/incidents", query_string={"to": z(OUTAGE_START + timedelta(minutes=1))}).json["incidents"]) == 1


def test_the_constants_of_the_method_are_published(api: FlaskClient) -> None:
    answer = api.get("/api/v1/method").json
    assert answer["method"] == IN_FORCE.version
    assert {constant["key"]: constant["value"] for constant in answer["constants"]}["users_count_min"] == IN_FORCE.users_count_min


def test_a_file_of_figures_has_a_line_for_the_service_and_one_for_each_menu(api: FlaskClient) -> None:
    whole, search, apply = rows_of(api.get("/api/v1/services/job-portal/figures.csv?window=30d").text)
    assert (whole["menu_id"], search["menu_id"], apply["menu_id"]) == ("", "search", "apply")
    assert (whole["window_from"], search["window_name"], search["service_id"]) == ("2026-10-20T15:00:00Z", "30d", "job-portal")
    assert (whole["load_time_mean_ms"], search["load_time_mean_ms"]) == ("80.0", "80.0")
    assert (whole["downtime_minutes"], apply["downtime_minutes"], apply["measured_minutes"]) == ("20", "20", "")


def test_files_say_the_same_as_the_lists(api: FlaskClient) -> None:
    services, incidents = rows_of(api.get("/api/v1/services.csv").text), rows_of(api.get("/api/v1/incidents.csv").text)
    assert [(row["id"], row["state"], row["menu_ids"]) for row in services] == [
        ("job-portal", "up", "search apply"),
        ("library", "unknown", "home"),
    ]
    assert [row["id"] for row in incidents] == [one["id"] for one in api.get("/api/v1/incidents").json["incidents"]]


@pytest.mark.parametrize("address", TABLES)
def test_files_are_what_the_rfc_says(api: FlaskClient, address: str) -> None:
    answer = api.get(f"/api/v1{address}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.data.endswith(b"\r\n")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_an_answer_that_is_known_already_is_not_sent_again(api: FlaskClient) -> None:
    for address in ("/api/v1/services", "/api/v1/services.csv", "/openapi.json"):
        first = api.get(address)
        again = api.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert (first.headers["Cache-Control"], again.status_code, again.data) == (CACHE_CONTROL, 304, b"")
        assert first.headers["Access-Control-Allow-Origin"] == again.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("/services?limt=1", "limit, cursor"),
        ("/services?limit=0", "1 to 1000"),
        ("/services?limit=many", "1 to 1000"),
        ("/services?cursor=nonsense", "next"),
        ("/services?cursor=" + cursor_after("incidents", "x"), "next"),
        ("/services?cursor=" + "a" * 201, "next"),
        ("/incidents?menu=search", "service"),
        ("/incidents?from=yesterday", "2026-11-01T00:00:00Z"),
        ("/incidents?from=2026-13-01T00:00:00Z", "2026-11-01T00:00:00Z"),
        ("/incidents?from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z", "before"),
        ("/incidents?cursor=" + cursor_after("incidents", "gone"), "again"),
        ("/services/job-portal/figures?window=31d", "30d"),
        ("/services/job-portal/figures?window=30d&from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z", "either"),
        ("/services/job-portal/figures?from=2026-11-01T00:00:00Z", "both"),
        ("/services/job-portal/figures?from=2026-11-01T00:00:00Z&to=2026-11-01T00:30:00Z", "full hours"),
        ("/services/job-portal/figures?from=2020-11-01T00:00:00Z&to=2026-11-02T00:00:00Z", "shorter"),
        ("/services/job-portal?pretty=1", "none"),
        ("/method?version=1", "none"),
    ],
)
def test_what_is_not_understood_is_refused_with_a_hint(api: FlaskClient, address: str, hint: str) -> None:
    answer = api.get(f"/api/v1{address}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert hint in answer.json["hint"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "address", ["/services/nobody", "/services/nobody/figures.csv", "/services/nobody/signoffs", "/incidents?service=nobody"]
)
def test_an_unknown_service_is_not_found(api: FlaskClient, address: str) -> None:
    answer = api.get(f"/api/v1{address}")
    assert (answer.status_code, answer.json["status"]) == (404, 404)


def test_an_unknown_menu_or_incident_is_not_found(api: FlaskClient) -> None:
    assert "search, apply" in api.get("/api/v1/incidents?service=job-portal&menu=home").json["hint"]
    assert api.get("/api/v1/incidents/none").status_code == 404


def test_a_hostile_parameter_is_not_repeated_in_full(api: FlaskClient) -> None:
    answer = api.get("/api/v1/services", query_string={"x" * 5000: "y"})
    assert answer.status_code == 400
    assert len(answer.data) < 1000


def test_lists_are_paged_to_their_end(app: APIFlask) -> None:
    services = [a_service(f"s-{number:02}") for number in range(7)]
    apply_catalogue(parts_of(app).register, Catalogue(agencies=(LABOR,), services=tuple(reversed(services))), NOW)
    client, found, cursor = app.test_client(), list[str](), None
    for _ in range(4):
        page = client.get("/api/v1/services", query_string={"limit": 2} | ({"cursor": cursor} if cursor else {})).json
        found += [service["id"] for service in page["services"]]
        cursor = page["next"]
    assert (found, cursor) == ([service.id for service in services], None)


def test_a_file_names_its_next_page_in_a_link(app: APIFlask) -> None:
    apply_catalogue(parts_of(app).register, Catalogue(agencies=(LABOR,), services=(a_service("a"), a_service("b"))), NOW)
    first = app.test_client().get("/api/v1/services.csv?limit=1")
    address, _, relation = first.headers["Link"].partition("; ")
    second = app.test_client().get(address.strip("<>"))
    assert relation == 'rel="next"'
    assert ([row["id"] for row in rows_of(second.text)], "Link" in second.headers) == (["b"], False)


def test_a_name_that_looks_like_a_formula_is_no_formula_in_a_file(app: APIFlask) -> None:
    evil = replace(a_service("a"), name=Text("=cmd|' /C calc'!A0", "a service"))
    apply_catalogue(parts_of(app).register, Catalogue(agencies=(LABOR,), services=(evil,)), NOW)
    assert rows_of(app.test_client().get("/api/v1/services.csv").text)[0]["name_ko"] == "'=cmd|' /C calc'!A0"


def test_signoffs_are_published_without_login_names(app: APIFlask) -> None:
    register = parts_of(app).register
    apply_catalogue(register, Catalogue(agencies=(LABOR,), services=(a_service(),)), NOW)
    signed = [
        a_signoff(signed_at=datetime(2026, 11, 18, tzinfo=UTC)),
        a_signoff(decision="fail", signed_at=datetime(2026, 11, 19, tzinfo=UTC)),
    ]
    for signoff in signed:
        in_change(register).log.append(NewEntry(SIGNOFF_KIND, bare_statement_bytes(signoff), signoff.signed_at))
    answer = app.test_client().get("/api/v1/services/job-portal/signoffs").json
    assert (answer["service_id"], answer["state"]) == ("job-portal", "failed")
    assert [one["decision"] for one in answer["signoffs"]] == ["fail", "pass"]
    assert answer["signoffs"][0]["signer_name"] == "김책임"
    assert "minister" not in str(answer["signoffs"]).lower().replace("minister of employment", "")
    rows = rows_of(app.test_client().get("/api/v1/services/job-portal/signoffs.csv").text)
    assert [(row["decision"], row["signed_at"]) for row in rows] == [("fail", "2026-11-19T00:00:00Z"), ("pass", "2026-11-18T00:00:00Z")]


def test_the_head_of_the_log_is_published_and_every_entry_can_be_hashed_again(api: FlaskClient) -> None:
    answer = api.get("/api/v1/log")
    head = answer.json["head"]
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(head["public_key"])).verify(bytes.fromhex(head["signature"]), head["text"].encode())
    assert head["text"] == f"{head['origin']}\n{head['size']}\n{base64.b64encode(bytes.fromhex(head['hash'])).decode()}\n"
    assert NoteKey.parse(head["key"]).public_key.hex() == head["public_key"]
    assert answer.headers["Observatory-Log-Head"] == f"{head['size']}:{head['hash']}"

    entries: list[dict[str, Any]] = []
    first: int | None = 0
    while first is not None:
        assert first == len(entries)
        part = api.get(f"/api/v1/log/entries?first={first}&limit=1").json
        entries += part["entries"]
        first = part["next"]
    tree = CompactRange()
    for entry in entries:
        leaf = f"{entry['kind']}\n{entry['recorded_at']}\n".encode() + base64.b64decode(entry["body_base64"])
        assert entry["leaf_hash"] == hashlib.sha256(b"\x00" + leaf).hexdigest()
        tree.append(bytes.fromhex(entry["leaf_hash"]))
    assert (len(entries), tree.root().hex()) == (head["size"], head["hash"])
    assert len(entries) > 0


def test_what_anybody_can_think_up_any_number_of_is_not_kept(api: FlaskClient, town: APIFlask) -> None:
    for path in ("/services", "/services/job-portal/figures?window=90d", "/incidents"):
        api.get(f"/api/v1{path}")
    kept = parts_of(town).get(ApiSnapshots), parts_of(town).get(PageSnapshots)
    before = [len(each) for each in kept]
    span = f"from={z(NOW - timedelta(hours=1))}&to={z(NOW)}"
    for question in (
        *("/api/v1/services?&&", "/api/v1/services?limit=7", "/api/v1/services?limit=0100", "/api/v1/incidents?limit=7"),
        *(f"/api/v1/incidents?{span}", f"/api/v1/services/job-portal/figures?{span}", "/api/v1/services/job-portal/figures?window=90d&&"),
        *("/api/v1/services/job-portal/figures?window=month:2026-11", "/en/?q=job", "/en/?agency=labor", "/en/?page=99999"),
        "/en/?state=up&page=77",
    ):
        assert api.get(question).status_code == 200, question
    assert [len(each) for each in kept] == before


def test_figures_are_the_same_however_few_days_are_read_at_once(api: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = OUTAGE_START - timedelta(days=9, hours=2)
    address = f"/api/v1/services/job-portal/figures?from={z(begin)}&to={z(NOW)}"
    found = []
    for strips_at_once in (1, 7, 100_000):
        monkeypatch.setattr(accounting, "STRIPS_AT_ONCE", strips_at_once)
        found.append(api.get(address).json)
    assert found[0] == found[1] == found[2]
    assert found[0]["failures"] == 1
