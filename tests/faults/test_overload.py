"""F08: ten times the senders a server was made for, in 512 MiB: it answers 200 or 503, stays small and counts exactly."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.conftest import Known, Start
from tests.faults.machine import in_memory_of, resident_mib
from tests.faults.oracle import SENDERS, Oracle, Outcome
from tests.faults.settling import sending, settle
from tests.servers import Server, environment

pytestmark = pytest.mark.network

ROOT = Path(__file__).parents[2]
MEMORY_BYTES = 512 << 20
RESIDENT_MIB_MAX = 384
"""Of the worker; all processes together, and what the system keeps of their files, have to do with the 512."""
CONNECTIONS = 10 * SENDERS
PROCESSES = 2
COUNT = 20_000


def overload(oracle: Oracle, server: Server, seconds: float) -> None:
    """Flood a server while an oracle's senders go on; hold its answers and its memory against what is promised."""
    command = [sys.executable, "-m", "tests.faults.flood", str(server.port), oracle.token, str(seconds), str(CONNECTIONS // PROCESSES)]
    with sending(oracle, server.port):
        floods = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(), cwd=ROOT) for _ in range(PROCESSES)]
        answers = [json.loads(flood.communicate(timeout=seconds + 120)[0]) for flood in floods]
    assert {status for answer in answers for status in answer} <= {"200", "503"}
    assert sum(answer.get("200", 0) for answer in answers), "the flood itself was never served"
    assert server.process.poll() is None
    assert resident_mib(server.worker, "VmHWM") <= RESIDENT_MIB_MAX
    assert oracle.of(Outcome.ACKED), "nobody else was served"


@pytest.mark.parametrize("seconds", [pytest.param(20.0, marks=pytest.mark.faults), pytest.param(300.0, marks=pytest.mark.faults_long)])
def test_f08_ten_times_overload_in_little_memory_is_200_or_503_and_every_count_is_exact(
    known: Known, start: Start, data: Path, seconds: float
) -> None:
    oracle = known(COUNT)
    with in_memory_of(MEMORY_BYTES) as under:
        server = start(under=under)
        overload(oracle, server, seconds)
        oracle.count = 1 + max(request.number for request in oracle.of(*Outcome))
        settle(oracle, server, data)
