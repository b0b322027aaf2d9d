"""F04 and F05: the disk is full, or says that it could not write."""

import os
import time
import urllib.request
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from observatory import clock
from tests.faults.browsing import Browser, add_minister
from tests.faults.conftest import Known, Start
from tests.faults.folders import SERVICES
from tests.faults.machine import copy_frozen, failing, may_mount, on_small_disk, repeated_after_failure, seen_by
from tests.faults.oracle import Oracle, Outcome
from tests.faults.settling import check_folder, sending, settle
from tests.servers import Server

pytestmark = [pytest.mark.network, pytest.mark.faults]

END_SECONDS_MAX = 10.0
REFUSED_COUNT = 40
PIECE_BYTES = 1 << 16
READ_PATHS = ("/", "/ko/services/job-portal", "/en/services/pensions", "/api/v1/services", "/api/v1/incidents", "/livez")


def refused_count(oracle: Oracle, port: int) -> int:
    """Send what is open until something was turned away; return how much, so far."""
    deadline = time.monotonic() + END_SECONDS_MAX
    while len(oracle.of(Outcome.REFUSED)) < REFUSED_COUNT and time.monotonic() < deadline:
        oracle.send(port, oracle.open)
    return len(oracle.of(Outcome.REFUSED))


def a_check() -> bytes:
    """Return a first check that counts: who sends it becomes a vantage, which the register keeps."""
    return f"checked_at,service,state,http_status,response_ms\n{clock.now():%Y-%m-%dT%H:%M:%SZ},{SERVICES[0]},up,200,1\n".encode()


def read_everything(server: Server) -> None:
    for path in READ_PATHS:
        with urllib.request.urlopen(server.url + path, timeout=10) as answer:
            assert answer.status == 200, path


def readiness(server: Server) -> tuple[int, str]:
    answer = requests.get(f"{server.url}/readyz", timeout=10)
    return answer.status_code, answer.text


SYNCS_FAIL = ("-e", "trace=pwrite64,fdatasync,fsync,ftruncate", "-e", "inject=fdatasync,fsync:error=EIO:when=2")


def test_f05_the_first_failed_sync_is_503_ends_the_process_and_is_never_tried_again(
    known: Known, start: Start, data: Path, tmp_path: Path
) -> None:
    oracle, server, trace = known(400), start(), tmp_path / "trace"
    oracle.send(server.port, oracle.requests[:50])
    with failing(server.worker, *SYNCS_FAIL, "-o", trace), sending(oracle, server.port):
        code = server.process.wait(END_SECONDS_MAX)
    assert code == 1
    assert "store lost" in server.err
    assert repeated_after_failure(trace, "pwrite64", "fdatasync", "fsync") == []
    settle(oracle, start(), data)


def test_f05_a_register_that_fails_once_ends_the_process_too(known: Known, start: Start, data: Path, tmp_path: Path) -> None:
    oracle, server, trace = known(100), start(), tmp_path / "trace"
    oracle.send(server.port, oracle.requests)
    headers = {"Authorization": f"Bearer {oracle.token}", "Content-Type": "text/csv"}
    register = [option for name in ("register.sqlite", "register.sqlite-journal") for option in ("-P", data / name)]
    with failing(server.worker, *SYNCS_FAIL, *register, "-o", trace):
        first_check = requests.post(f"{server.url}/v1/probes", a_check(), headers=headers, timeout=END_SECONDS_MAX)
        code = server.process.wait(END_SECONDS_MAX)
    assert (first_check.status_code, code) == (503, 1)
    assert "store lost" in server.err
    # SQLite itself empties and syncs the journal of what it gives up; nothing is written again.
    assert repeated_after_failure(trace, "pwrite64") == []
    settle(oracle, start(), data)


def test_f04_writes_that_find_no_room_are_503_until_there_is_room(known: Known, start: Start, data: Path, tmp_path: Path) -> None:
    oracle, server = known(400), start()
    oracle.send(server.port, oracle.requests[:50])
    with failing(server.worker, "-e", "trace=pwrite64", "-e", "inject=pwrite64:error=ENOSPC", "-o", tmp_path / "trace"):
        assert refused_count(oracle, server.port) >= REFUSED_COUNT
        read_everything(server)
        assert readiness(server) == (503, "committer: cannot use telemetry.sqlite: the disk is full\n")
    settle(oracle, server, data)


if may_mount():

    def test_f04_a_full_disk_is_503_while_pages_stay_up_and_intake_resumes_by_itself(
        known: Known, start: Start, data: Path, tmp_path: Path
    ) -> None:
        oracle = known(400)
        template = data.rename(tmp_path / "template")
        server = start(under=on_small_disk(data, template, "16m"))
        inside = seen_by(server.process.pid, data)
        oracle.send(server.port, oracle.requests[:50])
        fill(inside / "ballast")
        assert refused_count(oracle, server.port) >= REFUSED_COUNT
        read_everything(server)
        assert readiness(server) == (503, "committer: cannot use telemetry.sqlite: the disk is full\n")
        copy_frozen(server, inside, tmp_path / "full")
        oracle.check_bounds(tmp_path / "full")
        (inside / "ballast").unlink()
        oracle.send_until_acked(server.port)
        read_everything(server)
        assert readiness(server) == (200, "ready\n")
        assert [server.err.count(event) for event in ("telemetry is turned away", "telemetry is stored again")] == [1, 1]
        copy_frozen(server, inside, tmp_path / "after")
        check_folder(oracle, tmp_path / "after")

    def test_f04_on_a_disk_that_is_full_people_sign_in_and_out_while_telemetry_waits(
        known: Known, start: Start, data: Path, tmp_path: Path
    ) -> None:
        oracle = known(400)
        add_minister(data)
        template = data.rename(tmp_path / "template")
        server = start(under=on_small_disk(data, template, "16m"))
        inside = seen_by(server.process.pid, data)
        oracle.send(server.port, oracle.requests[:50])
        fill(inside / "ballast")
        assert refused_count(oracle, server.port) >= REFUSED_COUNT
        with sending(oracle, server.port):
            for step in (-1, 0, 1):
                person = Browser(server)
                assert person.sign_in(clock.now() + timedelta(seconds=30 * step))
                person.sign_out()
                assert not person.signed_in
        (inside / "ballast").unlink()
        oracle.send_until_acked(server.port)
        copy_frozen(server, inside, tmp_path / "after")
        check_folder(oracle, tmp_path / "after")


def fill(file: Path) -> None:
    """Take all the room there is."""
    with suppress(OSError), file.open("wb", buffering=0) as ballast:
        while ballast.write(bytes(PIECE_BYTES)):
            pass
    assert os.statvfs(file.parent).f_bavail == 0
