"""`observatory senders` tells a wrong service.name, an unmatched route and a silent sender apart, without anybody's data."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from observatory.cli import observatory
from observatory.flows.catalogue import apply_catalogue
from observatory.model.columns import Source
from observatory.model.sender_note import COUNTED, UNMATCHED, SenderKey, SenderNote
from observatory.store.sqlite.telemetry import senders as rows
from tests.builders import a_catalogue, a_menu, a_service
from tests.moments import NOW
from tests.receive.doors import JSON, Doors, a_resource, a_span, traces, traces_json

MINUTE = int(NOW.timestamp()) // 60


@pytest.fixture
def doors(app: Flask) -> Doors:
    """The doors of the whole application."""
    return Doors(app)


def told(doors: Doors, *arguments: str) -> str:
    doors.parts.writer.keep_notes()
    doors.parts.writer.flush()
    result = CliRunner().invoke(observatory, ["senders", "--data", str(doors.parts.settings.data), *arguments], catch_exceptions=False)
    return result.stdout


def document(doors: Doors) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = json.loads(told(doors, "--json"))
    return found


def token_id(doors: Doors) -> str:
    return doors.token.split("_")[1]


def test_nobody_has_sent_yet(doors: Doors) -> None:
    assert document(doors) == {"senders": [], "quarantined": [], "unmatched": []}
    assert "nobody yet" in told(doors)


def test_who_sent_what_is_told_with_the_last_minute(doors: Doors) -> None:
    doors.post("/v1/traces", traces(a_span(), a_span(route="/jobs/{id}")))
    doors.post("/v1/traces", traces(a_span(duration_ms=7)))
    doors.post("/v1/traces", traces(a_span(duration_ms=7)))
    checks = b"checked_at,service,state,http_status,response_ms\n2026-11-20T02:58:00Z,job-portal,up,200,1\n"
    doors.post("/v1/probes", checks, "text/csv")
    line = b'198.51.100.1 - - [20/Nov/2026:02:59:00 +0000] "GET /jobs HTTP/1.1" 200 12 "-" "Firefox/130.0"\n'
    doors.post("/v1/access-log?service=job-portal&format=combined", line, "text/plain")
    shown = document(doors)
    assert {(row["token"], row["service"], row["source"], row["records"], row["last_record_at"]) for row in shown["senders"]} == {
        (token_id(doors), "job-portal", "OTLP spans", 3, "2026-11-20T03:00Z"),
        (token_id(doors), "job-portal", "probe", 1, "2026-11-20T03:00Z"),
        (token_id(doors), "job-portal", "access log", 1, "2026-11-20T03:00Z"),
    }
    assert (shown["quarantined"], shown["unmatched"]) == ([], [])
    assert f"{token_id(doors)}  job-portal  OTLP spans  3  2026-11-20T03:00Z" in told(doors)


def test_a_wrong_name_is_told_with_what_to_do(doors: Doors) -> None:
    doors.post("/v1/traces", traces(a_span(), a_span(), resource=a_resource("job-portl")))
    doors.post("/v1/traces", traces_json(name="pensions"), JSON)
    shown = document(doors)
    assert [(row["service_namespace"], row["service_name"], row["reason"], row["records"]) for row in shown["quarantined"]] == [
        ("labor", "job-portl", "unknown_service", 2),
        ("labor", "pensions", "out_of_scope", 1),
    ]
    text = told(doors)
    assert f"service.namespace=labor service.name=job-portl  from {token_id(doors)}  OTLP spans  2" in text
    assert "no service of the catalogue has this name" in text
    assert "the token may not send for this service" in text


def test_routes_no_menu_matches_are_told_as_far_as_they_may_be_kept(doors: Doors) -> None:
    service = a_service("job-portal", menus=(a_menu(routes=("/jobs", "/jobs/*")),))
    apply_catalogue(doors.parts.register, a_catalogue(service, a_service("pensions")), NOW)
    routes = ["/jobs", "/search", "/search", "/mypage/홍길동", "/mypage/honggildong"]
    doors.post("/v1/traces", traces(*[a_span(route=route) for route in routes]))
    [unmatched] = document(doors)["unmatched"]
    assert (unmatched["service"], unmatched["unmatched"], unmatched["requests"], unmatched["share"]) == ("job-portal", 4, 5, 0.8)
    assert unmatched["templates"] == [{"template": "/mypage/{text}", "records": 2}, {"template": "/search", "records": 2}]
    assert "job-portal  4 of 5 (80.0%)" in told(doors)


def test_names_that_are_none_of_a_program_are_not_kept(doors: Doors) -> None:
    for name in ("홍길동", "900101-1234567", "a" * 65, "010 1234 5678", "hong@example.com", "x\ny"):
        doors.post("/v1/traces", traces(a_span(), resource=a_resource(name)))
    doors.post("/v1/traces", traces(a_span(), resource=a_resource("job-portal.v2/blue")))
    names = {row["service_name"] for row in document(doors)["quarantined"]}
    assert names == {"{text}", "job-portal.v2/blue"}


def test_cumulative_metrics_are_told_of_too(doors: Doors) -> None:
    doors.parts.writer.note([SenderNote(SenderKey("t", COUNTED, 99, int(Source.OTLP_METRIC)), 3, MINUTE)])
    assert document(doors)["senders"] == [
        {"token": "t", "source": "OTLP metrics", "records": 3, "service": "99", "last_record_at": "2026-11-20T03:00Z"}
    ]


def test_a_flood_of_names_and_paths_is_bounded(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "SENDER_ROWS_MAX", 30)
    service = a_service("job-portal", menus=(a_menu(),))
    apply_catalogue(doors.parts.register, a_catalogue(service), NOW)
    for number in range(10):
        for letter in "abcdefghijkl":
            doors.post("/v1/traces", traces(a_span(), resource=a_resource(f"name-{letter}{number}")))
    assert len(document(doors)["quarantined"]) == 30


def test_what_nobody_sends_any_more_is_forgotten(doors: Doors) -> None:
    doors.post("/v1/traces", traces(a_span(route="/jobs")))
    doors.parts.writer.note([SenderNote(SenderKey("t", UNMATCHED, 1, 3, template="/x"), 3, MINUTE - 31 * 1440)])
    assert len(document(doors)["senders"]) == 1
    later = NOW + timedelta(days=31)
    doors.parts.writer.write(lambda store: store.forget(later, later, 0, NOW.date()))
    assert doors.parts.telemetry.sender_notes() == []


def test_notes_outlive_the_process_that_made_them(doors: Doors, tmp_path: Path) -> None:
    doors.post("/v1/traces", traces(a_span()))
    doors.parts.writer.keep_notes()
    doors.post("/v1/traces", traces(a_span(duration_ms=9)))
    doors.parts.writer.keep_notes()
    assert [note.records for note in doors.parts.telemetry.sender_notes()] == [2]
