"""F10: the clock goes back an hour, leaps a day and twelve years ahead, also while the server runs, and comes back."""

import subprocess
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from observatory import clock
from tests.faults.browsing import Browser, add_minister
from tests.faults.conftest import Known, Start
from tests.faults.oracle import Outcome
from tests.faults.settling import published, settle
from tests.servers import Server

pytestmark = [pytest.mark.network, pytest.mark.faults]

SOURCE = Path(__file__).with_name("stepped_clock.c")
YEARS, DAY, HOUR = timedelta(days=12 * 365), timedelta(days=1), timedelta(hours=1)
SAID_SECONDS_MAX = 20.0
COUNT = 600


class Clock:
    """What a server takes for the time: ours, and so much more."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self._library = folder / "stepped_clock.so"
        subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-Wall", "-Werror", "-o", self._library, SOURCE], check=True)
        self.set(timedelta())

    def set(self, ahead: timedelta) -> None:
        """Step it, at one instant."""
        self.ahead = ahead
        draft = self._file.with_suffix(".draft")
        draft.write_text(f"{ahead.total_seconds():.0f}\n", encoding="ascii")
        draft.rename(self._file)

    @property
    def now(self) -> datetime:
        """What it shows."""
        return clock.now() + self.ahead

    @property
    def under(self) -> tuple[str, ...]:
        """What runs a program by it."""
        return ("env", f"LD_PRELOAD={self._library}", f"STEPPED_CLOCK_FILE={self._file}")


def wait_until_said(server: Server, text: str) -> None:
    """Return when a server's log holds a text."""
    deadline = time.monotonic() + SAID_SECONDS_MAX
    while text not in server.err:
        assert time.monotonic() < deadline, server.err[-2000:]
        time.sleep(0.05)


def test_f10_whatever_the_clock_says_meanwhile_figures_and_incidents_are_those_of_a_right_one(
    known: Known, start: Start, data: Path, tmp_path: Path
) -> None:
    oracle, faked = known(COUNT), Clock(tmp_path)
    add_minister(data)
    server = start(under=faked.under)
    for number, ahead in enumerate((timedelta(), -HOUR, DAY, timedelta())):
        faked.set(ahead)
        oracle.send(server.port, oracle.requests[100 * number : 100 * (number + 1)])
        stored = sum(request.service_id == "job-portal" for request in oracle.requests[: 100 * (number + 1)])
        assert published(oracle, server, "job-portal", 4 * stored) == 4 * stored
    server.kill()

    faked.set(YEARS)
    server = start(under=faked.under)
    wait_until_said(server, "clock leapt ahead")
    early, back = Browser(server), Browser(server)
    assert early.sign_in(faked.now)
    faked.set(timedelta())
    assert not early.signed_in
    assert back.sign_in(faked.now)
    faked.set(timedelta(minutes=31))
    assert not back.signed_in
    faked.set(timedelta())

    oracle.send(server.port, oracle.requests[400:])
    assert not oracle.of(Outcome.REFUSED, Outcome.UNKNOWN)
    settle(oracle, server, data)
