"""What is left out of the records of a service, or comes late, is told of it once; what a body claims moves nobody else's number."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from observatory.access.programs.tokens import new_token
from observatory.flows.catalogue import apply_catalogue
from observatory.judge.method import IN_FORCE
from observatory.rollup.left_out import FINAL_AFTER_HOURS, FINAL_AFTER_MINUTES
from observatory.server.app import create_app
from observatory.server.worker import Background
from observatory.settings import Settings
from tests.builders import a_catalogue, a_service
from tests.decode.metric_messages import CUMULATIVE, START_NS, TIME_NS, a_point, body_of
from tests.moments import NOW
from tests.receive.doors import HOUR_NS, Doors, a_resource, a_span, text_attribute, traces
from tests.registers import in_change

MINUTE_NS = HOUR_NS // 60
NOTHING = {"rejected": 0, "quarantined": 0, "late": 0}
LOOPBACK = {"REMOTE_ADDR": "127.0.0.1"}


def told(doors: Doors, service_id: str = "job-portal") -> Mapping[str, int]:
    """Return what the figures of today say was left out."""
    figures = doors.client.get(f"/api/v1/services/{service_id}/figures?from=2026-11-19T15:00:00Z&to=2026-11-20T15:00:00Z").get_json()
    return {reason: figures[f"{reason}_records"] for reason in NOTHING}


def test_what_all_counts_leaves_nothing_out(doors: Doors) -> None:
    doors.post("/v1/traces", traces(a_span(), a_span(age_ns=10 * MINUTE_NS)))
    assert told(doors) == NOTHING


def test_what_is_too_old_is_told_once_however_often_it_is_sent(doors: Doors) -> None:
    body = traces(*[a_span(age_ns=73 * HOUR_NS)] * 3)
    answers = [doors.post("/v1/traces", body) for _ in range(2)]
    assert answers[0].data == answers[1].data != b""
    assert told(doors) == NOTHING | {"rejected": 3}
    doors.post("/v1/traces", traces(a_span(), a_span(age_ns=80 * HOUR_NS)))
    assert told(doors) == NOTHING | {"rejected": 4}


def test_what_comes_when_its_minute_is_final_is_late_and_counts(doors: Doors) -> None:
    doors.post("/v1/traces", traces(a_span(), a_span(age_ns=11 * MINUTE_NS), a_span(age_ns=71 * HOUR_NS)))
    assert told(doors) == NOTHING | {"late": 2}
    assert doors.count() == 3


def test_late_begins_where_the_method_says() -> None:
    assert (IN_FORCE.provisional_minutes, IN_FORCE.final_hours) == (FINAL_AFTER_MINUTES, FINAL_AFTER_HOURS)


def test_what_is_no_production_is_set_aside(doors: Doors) -> None:
    staging = a_resource()
    staging.attributes.append(text_attribute("deployment.environment.name", "staging"))
    doors.post("/v1/traces", traces(a_span(), a_span(), resource=staging))
    assert told(doors) == NOTHING | {"quarantined": 2}


@pytest.mark.parametrize(("name", "reason"), [("nobody", "quarantined"), ("pensions", "rejected")])
def test_what_a_body_claims_is_told_of_the_service_whose_token_sent_it(doors: Doors, name: str, reason: str) -> None:
    doors.post("/v1/traces", traces(resource=a_resource(name)))
    assert (told(doors), told(doors, "pensions")) == (NOTHING | {reason: 1}, NOTHING)


def test_nobody_knows_of_whom_to_tell_a_name_sent_with_a_token_of_two(doors: Doors) -> None:
    token, text = new_token(["job-portal", "pensions"], doors.parts.keys, NOW)
    in_change(doors.parts.register).tokens.add(token)
    doors.post("/v1/traces", traces(resource=a_resource("nobody")), token=text)
    assert (told(doors), told(doors, "pensions")) == (NOTHING, NOTHING)
    doors.post("/v1/traces", traces(a_span(age_ns=73 * HOUR_NS), resource=a_resource("pensions")), token=text)
    assert (told(doors), told(doors, "pensions")) == (NOTHING, NOTHING | {"rejected": 1})


def test_nothing_is_told_of_a_service_that_left(doors: Doors) -> None:
    apply_catalogue(doors.parts.register, a_catalogue(replace(a_service("job-portal"), removed=True), a_service("pensions")), NOW)
    doors.post("/v1/traces", traces())
    assert told(doors) == NOTHING


def test_lines_of_a_log_that_cannot_be_read_are_told_once(doors: Doors) -> None:
    lines = b'nonsense\n198.51.100.1 - - [01/Nov/2026:02:59:00 +0000] "GET /jobs HTTP/1.1" 200 12\n'
    for _ in range(2):
        doors.post("/v1/access-log?service=job-portal&format=common", lines, "text/plain")
    assert told(doors) == NOTHING | {"rejected": 2}


def test_history_from_a_file_is_not_late(doors: Doors) -> None:
    lines = b'198.51.100.1 - - [01/Nov/2026:02:59:00 +0000] "GET /jobs HTTP/1.1" 200 12\n'
    path = "/v1/access-log?service=job-portal&format=common"
    assert doors.post(path, lines, "text/plain", token=doors.admin, environ_base=LOOPBACK).get_json()["accepted"] == 1
    assert told(doors) == NOTHING


def test_points_of_metrics_are_told_one_by_one(doors: Doors) -> None:
    old: dict[str, Any] = {"start_time_unix_nano": START_NS - 73 * HOUR_NS, "time_unix_nano": TIME_NS - 73 * HOUR_NS}
    late: dict[str, Any] = {"start_time_unix_nano": START_NS - HOUR_NS, "time_unix_nano": TIME_NS - HOUR_NS}
    too_long: dict[str, Any] = {"start_time_unix_nano": START_NS - HOUR_NS}
    body = body_of(a_point(), a_point(**old), a_point(**late), a_point(**too_long))
    for _ in range(2):
        doors.post("/v1/metrics", body)
    assert told(doors) == NOTHING | {"rejected": 2, "late": 1}


def test_cumulative_points_are_told_once_too(doors: Doors) -> None:
    def a_state(count: int, age_ns: int) -> bytes:
        point = a_point((count, 0, 0, 0), count / 16, start_time_unix_nano=START_NS - 90 * HOUR_NS, time_unix_nano=TIME_NS - age_ns)
        return body_of(point, temporality=CUMULATIVE)

    for body in (a_state(16, HOUR_NS), a_state(32, HOUR_NS - MINUTE_NS), a_state(32, HOUR_NS - MINUTE_NS)):
        doors.post("/v1/metrics", body)
    assert told(doors) == NOTHING | {"late": 1}


@pytest.fixture
def reopened(tmp_path: Path) -> Iterator[Doors]:
    """Yield the doors of an application whose folder was served before."""
    settings = Settings(data=tmp_path / "data")
    first = create_app(settings, now=lambda: NOW)
    background = Background(first, steps=())
    background.start()
    Doors(first).post("/v1/traces", traces(a_span(age_ns=73 * HOUR_NS)))
    background.stop()
    again = create_app(settings, now=lambda: NOW)
    background = Background(again, steps=())
    background.start()
    yield Doors(again)
    background.stop()


def test_what_was_answered_is_there_after_a_start(reopened: Doors) -> None:
    assert told(reopened) == NOTHING | {"rejected": 1}
