"""A token that sends too much is told so on every road, others are not; a restart does not give it a new day."""

import gzip
import json
from contextlib import closing
from pathlib import Path

import pytest
import requests

from observatory import clock
from observatory.access.programs.tokens import new_token
from observatory.store.opening import open_register, prepare_folder
from tests.faults.folders import SERVICES, make_folder
from tests.faults.oracle import Line, Outcome, Request
from tests.registers import in_change
from tests.servers import Server, observatory

pytestmark = pytest.mark.network

LIMIT = 20_000
LINES = b'192.0.2.1 - - [20/Nov/2026:12:00:00 +0900] "GET /jobs HTTP/1.1" 200 5\n' * 400
ROADS = (
    ("/v1/logs", "application/json", b'{"resourceLogs":[]}' + b" " * LIMIT),
    ("/v1/traces", "application/json", b'{"resourceSpans":[]}' + b" " * LIMIT),
    ("/v1/metrics", "application/json", b'{"resourceMetrics":[]}' + b" " * LIMIT),
    ("/v1/access-log?service=job-portal", "text/plain", LINES),
    ("/v1/probes", "text/csv", b"checked_at,service,state,http_status,response_ms\n" + b"\n" * LIMIT),
)


def test_a_token_that_has_sent_enough_is_told_on_every_road_and_others_are_not(tmp_path: Path) -> None:
    data = tmp_path / "data"
    greedy = make_folder(data)
    with closing(open_register(data)) as register:
        made, modest = new_token(SERVICES, prepare_folder(data), clock.now())
        in_change(register).tokens.add(made)
    server = Server(data, OBSERVATORY_TOKEN_BYTES_A_DAY=str(LIMIT)).wait_until_ready()
    try:
        for path, kind, body in ROADS:
            for content, encoding in ((body, {}), (gzip.compress(body), {"Content-Encoding": "gzip"})):
                headers = {"Authorization": f"Bearer {greedy}", "Content-Type": kind, **encoding}
                answer = requests.post(server.url + path, content, headers=headers, timeout=10)
                assert (answer.status_code, "of this day" in answer.text) == (503, True), path
                assert int(answer.headers["Retry-After"]) > 0
        minute = int(clock.now().timestamp()) // 60 - 10
        bodies, errors = [Request(number, minute).body() for number in range(LIMIT // 100)], list[str]()
        with closing(Line(server.port, greedy)) as line:
            outcomes = [line.post(body, errors) for body in bodies]
        taken = outcomes.count(Outcome.ACKED)
        assert outcomes == [Outcome.ACKED] * taken + [Outcome.REFUSED] * (len(bodies) - taken)
        assert sum(map(len, bodies[:taken])) <= LIMIT < sum(map(len, bodies[: taken + 1]))
        with closing(Line(server.port, modest)) as line:
            assert line.post(bodies[0], errors) is Outcome.ACKED
        assert not errors
        assert (
            f"observatory_ingest_over_quota_total {2 * len(ROADS) + len(bodies) - taken}.0"
            in requests.get(f"{server.url}/metrics", timeout=10).text
        )
        assert server.terminate() == 0
        listed = json.loads(observatory("token", "list", "--json", "--data", data, OBSERVATORY_TOKEN_BYTES_A_DAY=str(LIMIT)).stdout)
        assert sorted(token["bytes_today"] for token in listed) == sorted((sum(map(len, bodies[:taken])), len(bodies[0])))
        again = Server(data, OBSERVATORY_TOKEN_BYTES_A_DAY=str(LIMIT)).wait_until_ready()
        try:
            with closing(Line(again.port, greedy)) as line:
                assert line.post(bodies[-1], errors) is Outcome.REFUSED
        finally:
            again.stop()
    finally:
        server.stop()
