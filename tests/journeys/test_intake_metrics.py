"""What a real metrics exporter sends is counted exactly, in every shape it may have, also over a crash of the observatory."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from observatory.store.opening import open_reader
from tests.journeys.metrics_process import duration_s, status
from tests.journeys.site import Site, open_site
from tests.servers import Server, environment, wait_until_seen

pytestmark = pytest.mark.network

EXIT_SECONDS_MAX = 30


@pytest.fixture
def site(start_server: Callable[..., Server], tmp_path: Path) -> Site:
    return open_site(start_server, tmp_path)


@dataclass
class Service:
    """A process that serves requests and exports what it counted."""

    process: subprocess.Popen[str]

    def serve(self, count: int) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "exported\n"


@contextmanager
def a_service(site: Site, temporality: str, aggregation: str) -> Iterator[Service]:
    """Start a service; at the end it exports once more and has had nothing to complain of."""
    program = Path(__file__).with_name("metrics_process.py")
    command = [sys.executable, str(program), site.server.url, site.token, temporality, aggregation]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment())
    try:
        yield Service(process)
        _, complaints = process.communicate(timeout=EXIT_SECONDS_MAX)
        assert (process.returncode, complaints) == (0, "")
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def stored(site: Site) -> tuple[int, int, int, int]:
    """Return count, bad, timed and microseconds of everything stored, read from the files themselves."""
    wait_until_seen(site.server.data)
    with closing(open_reader(site.server.data)) as reader:
        [(*_, count, bad, _)] = reader.request_totals()
        [(*_, timed, duration_us)] = reader.load_totals()
    return count, bad, timed, duration_us


def expected(*numbers: int) -> tuple[int, int, int, int]:
    """Return the same of the requests with these numbers."""
    good = [number for number in numbers if status(number) == 200]
    return len(numbers), len(numbers) - len(good), len(good), round(sum(map(duration_s, good)) * 10**6)


@pytest.mark.parametrize("aggregation", ["explicit", "exponential"])
def test_deltas_of_a_real_exporter_are_counted_exactly(site: Site, aggregation: str) -> None:
    with a_service(site, "delta", aggregation) as service:
        service.serve(1000)
        service.serve(503)
    assert stored(site) == expected(*range(1503))


@pytest.mark.parametrize("aggregation", ["explicit", "exponential"])
def test_cumulative_series_of_a_real_exporter_are_counted_exactly_over_a_kill_and_a_new_start(
    site: Site, start_server: Callable[..., Server], aggregation: str
) -> None:
    with a_service(site, "cumulative", aggregation) as service:
        service.serve(1000)
        service.serve(301)
        site.server.kill()
        site.server = start_server(port=site.server.port)
        service.serve(202)
    since_first_sight = range(1000, 1503)
    assert stored(site) == expected(*since_first_sight)
    with a_service(site, "cumulative", aggregation) as service:
        service.serve(100)
        service.serve(50)
    assert stored(site) == expected(*since_first_sight, *range(150))
