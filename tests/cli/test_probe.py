"""`observatory probe URL`: one check, told to people and programs, with an exit code that says whether it passed."""

import asyncio
import json
import threading
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from observatory.cli.probe import probe
from tests.prober.targets import serving

pytestmark = pytest.mark.network


@pytest.fixture
def port() -> Iterator[int]:
    """Give the port of a server that answers on a thread of its own."""
    ready, stopped, found = threading.Event(), asyncio.Event(), []

    async def serve() -> None:
        async with serving() as place:
            found.append((place.port, asyncio.get_running_loop()))
            ready.set()
            await stopped.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait()
    ((port, loop),) = found
    yield port
    loop.call_soon_threadsafe(stopped.set)
    thread.join()


@pytest.fixture
def told(port: int, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("OBSERVATORY_PROBE_PORTS", f"443,{port}")
    monkeypatch.setenv("OBSERVATORY_PROBE_NETWORKS", "127.0.0.1/32")
    return CliRunner()


def run(runner: CliRunner, *arguments: str) -> Result:
    return runner.invoke(probe, arguments)


def test_a_check_that_passes_says_what_it_measured(told: CliRunner, port: int) -> None:
    done = run(told, f"http://127.0.0.1:{port}/to//jobs")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[:2] == ["passed", f"http://127.0.0.1:{port}/to//jobs"]
    assert lines[2] == f"  redirected to http://127.0.0.1:{port}/jobs"
    assert [line.split()[0] for line in lines[3:]] == ["address", "status", "body", "resolve", "connect", "processing", "transfer"]


def test_a_failure_ends_with_1_and_says_why(told: CliRunner, port: int) -> None:
    done = run(told, f"http://127.0.0.1:{port}/status/503")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (1, "status: status 503")
    assert run(told, f"http://127.0.0.1:{port}/jobs", "--text", "nowhere").exit_code == 1
    assert run(told, f"http://127.0.0.1:{port}/status/404", "--status", "404").exit_code == 0


def test_what_must_not_be_asked_says_which_rule_forbids_it(told: CliRunner, port: int) -> None:
    done = run(told, f"http://127.0.0.2:{port}/")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (
        1,
        "refused: 127.0.0.2 is not a public address; OBSERVATORY_PROBE_NETWORKS can permit it",
    )
    assert "port 22 is none of those" in run(told, "http://127.0.0.1:22/").stdout


def test_programs_get_one_document(told: CliRunner, port: int) -> None:
    shown = json.loads(run(told, f"http://127.0.0.1:{port}/jobs", "--json").stdout)
    assert (shown["passed"], shown["outcome"], shown["status"], shown["body_bytes"]) == (True, "passed", 200, 5)
    assert list(shown["phases_ms"]) == ["resolve", "connect", "processing", "transfer"]
    failed = json.loads(run(told, "https://127.0.0.1:443/", "--json").stdout)
    assert (failed["passed"], failed["outcome"], failed["status"]) == (False, "connect", None)


def test_several_addresses_are_one_journey(told: CliRunner, port: int) -> None:
    at = f"http://127.0.0.1:{port}"
    done = run(told, f"{at}/in", f"{at}/to//jobs", f"{at}/status/500")
    assert done.exit_code == 1
    assert done.stdout.splitlines()[:5] == [
        "status: step 3 of 3: status 500",
        f"{at}/in",
        f"  then {at}/to//jobs",
        f"  redirected to {at}/jobs",
        f"  then {at}/status/500",
    ]
    assert run(told, f"{at}/status/404", f"{at}/jobs", "--text", "hello").exit_code == 0
