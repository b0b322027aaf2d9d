"""A crowd at one door: whoever comes to another is served as if nobody were there."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.faults.conftest import Known, Start
from tests.faults.machine import foreign_lock
from tests.faults.oracle import Outcome
from tests.servers import Server

pytestmark = [pytest.mark.network, pytest.mark.faults]

CROWD = 300
ANSWER_SECONDS_MAX = 50.0
OTHERS_SECONDS_MAX = 5.0
"""For a page or telemetry meanwhile: far more than it needs, whatever else the machine does."""
SIGN_IN = "/ko/desk/sign-in"
TOKEN = re.compile(r'name="form_token"[^>]*value="([0-9a-f]+)"')


def a_form(server: Server) -> tuple[dict[str, str], dict[str, str]]:
    """Open the sign-in page; return the cookies and the fields of a browser that is about to guess."""
    page = requests.get(server.url + SIGN_IN, timeout=ANSWER_SECONDS_MAX)
    token = TOKEN.search(page.text)
    assert token is not None
    return dict(page.cookies), {"form_token": token[1], "staff_id": "minister", "password": "a wrong guess, long enough", "code": "000000"}


def test_three_hundred_sign_ins_at_once_stall_neither_pages_nor_intake(known: Known, start: Start) -> None:
    oracle, server = known(2000), start()
    cookies, fields = a_form(server)
    together = threading.Barrier(CROWD)

    def guess(number: int) -> requests.Response:
        elsewhere = {"X-Forwarded-For": f"198.51.{number // 250}.{number % 250 + 1}"}
        together.wait(ANSWER_SECONDS_MAX)
        return requests.post(server.url + SIGN_IN, fields, cookies=cookies, headers=elsewhere, timeout=ANSWER_SECONDS_MAX)

    with ThreadPoolExecutor(CROWD) as crowd:
        guesses = [crowd.submit(guess, number) for number in range(CROWD)]
        slowest, asked = 0.0, 0
        while not all(each.done() for each in guesses):
            began = time.monotonic()
            assert requests.get(f"{server.url}/ko/", timeout=OTHERS_SECONDS_MAX).status_code == 200
            assert requests.get(f"{server.url}/readyz", timeout=OTHERS_SECONDS_MAX).status_code == 200
            slowest, asked = max(slowest, time.monotonic() - began), asked + 1
            oracle.send(server.port, [oracle.requests[asked % len(oracle.requests)]], senders=1)
    answers = [each.result() for each in guesses]
    assert {answer.status_code for answer in answers} <= {200, 303, 400, 503}
    assert all("Retry-After" in answer.headers for answer in answers if answer.status_code == 503)
    assert asked > 0
    assert len(oracle.of(Outcome.ACKED)) == asked
    assert max(slowest, oracle.slowest_seconds) < OTHERS_SECONDS_MAX


READERS, PROBES = 140, 20


def test_readers_who_wait_for_their_page_keep_nobody_from_health(known: Known, start: Start, data: Path) -> None:
    """As on a cold start from a large folder: every thread for pages is busy, and many more wait."""
    known(1)
    server = start()
    with ThreadPoolExecutor(READERS) as crowd:
        with foreign_lock(data / "register.sqlite"):
            pages = [crowd.submit(requests.get, f"{server.url}/ko/", timeout=ANSWER_SECONDS_MAX) for _ in range(READERS)]
            for _ in range(PROBES):
                assert requests.get(f"{server.url}/livez", timeout=OTHERS_SECONDS_MAX).status_code == 200
            assert not all(page.done() for page in pages)
        assert requests.get(f"{server.url}/readyz", timeout=ANSWER_SECONDS_MAX).status_code == 200
        assert {page.result().status_code for page in pages} <= {200, 503}
