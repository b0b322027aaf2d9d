"""Requests whose record tells no duration are told beside the load time, from the log line to the open data."""

import csv
import io
from datetime import timedelta

import pytest
from flask import Flask

from observatory.web.context import parts_of
from tests.moments import NOW
from tests.observed import observe
from tests.receive.doors import Doors

LINE = '198.51.100.1 - - [{at:%d/%b/%Y:%H:%M:%S} +0000] "GET /jobs HTTP/1.1" {status} 12 "-" "Mozilla/5.0 Firefox/142.0"{tail}\n'
BEGUN = NOW - timedelta(minutes=30)
TIMED = " 1.500"
PAGES, REDIRECTS = 40, 3
"""Of a redirect nothing is kept that tells it from a page without a duration: both are told together."""


def lines(count: int, status: int = 200, tail: str = "") -> str:
    return "".join(LINE.format(at=BEGUN + timedelta(seconds=second % 600), status=status, tail=tail) for second in range(count))


@pytest.mark.parametrize(("timed", "mean_ms"), [(1, None), (60, 1500.0)])
def test_pages_of_a_log_without_durations_are_told_beside_the_load_time(app: Flask, timed: int, mean_ms: float | None) -> None:
    doors = Doors(app)
    untimed = lines(PAGES) + lines(5, 500) + lines(6, 404) + lines(7, 304) + lines(REDIRECTS, 302)
    for name, body in (("combined", untimed), ("combined%2Bs", lines(timed, tail=TIMED))):
        assert doors.post(f"/v1/access-log?service=job-portal&format={name}", body.encode(), "text/plain").status_code == 200
    observe(parts_of(app))
    client = app.test_client()
    figures = client.get("/api/v1/services/job-portal/figures?window=24h").json
    for each in (figures, figures["menus"][0]):
        assert (each["load_time"]["n"], each["load_time"]["untimed"], each["load_time"]["mean_ms"]) == (timed, PAGES + REDIRECTS, mean_ms)
    row = next(csv.DictReader(io.StringIO(client.get("/api/v1/services/job-portal/figures.csv?window=24h").text)))
    assert (row["load_time_n"], row["load_time_untimed"]) == (str(timed), str(PAGES + REDIRECTS))
