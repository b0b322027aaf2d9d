"""A token made for some signals opens their doors alone, whichever road a body takes."""

import pytest

from observatory.access.programs.tokens import new_token
from observatory.model.delivery import SIGNALS
from tests.moments import NOW
from tests.receive.doors import Doors, no_logs, traces
from tests.registers import in_change

BODIES = {
    "/v1/logs": (no_logs(), "application/x-protobuf"),
    "/v1/traces": (traces(), "application/x-protobuf"),
    "/otlp/v1/traces": (traces(), "application/x-protobuf"),
    "/v1/metrics": (b"", "application/x-protobuf"),
    "/v1/access-log?service=job-portal": (b"", "text/plain"),
    "/v1/probes": (b"checked_at,service,state,http_status,response_ms\n", "text/csv"),
}


@pytest.mark.parametrize("signal", SIGNALS)
def test_each_door_asks_whether_the_token_is_for_it(doors: Doors, signal: str) -> None:
    token, text = new_token(["job-portal"], doors.parts.keys, NOW, [signal])
    in_change(doors.parts.register).tokens.add(token)
    for path, (body, media) in BODIES.items():
        answer = doors.post(path, body, media, token=text)
        if path.partition("?")[0].endswith(f"/{signal}"):
            assert answer.status_code == 200, answer.get_data()
        else:
            assert answer.status_code == 403
            assert f"it was made for {signal}".encode() in answer.get_data()


def test_a_token_of_before_opens_every_door(doors: Doors) -> None:
    assert {doors.post(path, body, media).status_code for path, (body, media) in BODIES.items()} == {200}
