"""Measure what reading costs on folders as large as a country's: pages, API and metrics, cold and warm, alone and in a crowd.

Usage: python -m loadtests.bench_pages [--services 100,1000] [--large] [--load] [--turns 5] [--folders build/country]. A folder that is
not there yet is made first (`loadtests.country`). A page that was not answered with 200 or 304 within TIMEOUT_S took for ever.
"""

import argparse
import json
import math
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from loadtests.bench_intake import RESULTS
from loadtests.bodies import service_id
from loadtests.country.fill import Plan, fill
from loadtests.intake_beside import read_beside_intake
from loadtests.readers import Watch, ask, ask_together, median_ms, quantile_ms
from loadtests.target import serving, usage_of, wait_until_ready
from observatory import clock

DAYS = 90
LARGE = 10_000
READERS_AT_ONCE = 140
SERVICE_PAGES = 20
WARM = 20
READY_TIMEOUT_S = 900.0
INTO_MINUTE_S = 1.0
"""How long after a minute began it is asked for."""
READY_POLL_S = 0.2
TURNS_S_MAX = 600.0
"""Minutes are not waited for any longer than that, however few they were."""

SMALL = 100
"""What is less has a digit behind the point."""

Figures = dict[str, float]
"""Milliseconds, counts or megabytes, as the name says."""


def measure(folder: Path, turns: int, *, with_load: bool) -> Iterator[Figures]:
    """Yield the figures of a folder as they become known, from two starts of a server."""
    yield {"folder, MB": sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6}
    with serving(folder) as (url, server):
        yield start(url, server.pid, lambda path: wait_until_ready(url + path, server, READY_TIMEOUT_S))
        yield minutes(url, turns)
        yield service_pages(url)
        yield {"RSS, MiB": usage_of(server.pid).memory_bytes / 2**20}
    with serving(folder) as (url, server):
        wait_until_ready(f"{url}/livez", server, READY_TIMEOUT_S)
        yield crowd(url)
        if with_load:
            wait_until_ready(f"{url}/readyz", server, READY_TIMEOUT_S)
            yield read_beside_intake(folder, url, server.pid, read_paths(url))


def start(url: str, pid: int, wait: Callable[[str], None]) -> Figures:
    """Be the first reader of a server that has just begun to answer."""
    began = time.monotonic()
    wait("/livez")
    alive_s = time.monotonic() - began
    first = ask(url, "/ko/")
    wait("/readyz")
    return {
        "start to /livez, ms": 1000 * alive_s,
        "front page, first reader after a start, ms": first.milliseconds,
        "start to /readyz, ms": 1000 * (time.monotonic() - began),
        "RSS when ready, MiB": usage_of(pid).memory_bytes / 2**20,
    }


def minutes(url: str, turns: int) -> Figures:
    """Be the first reader of some minutes, and ask for the rest of what changes with the minute; medians."""
    taken: dict[str, list[float]] = {}
    series, began = 0, time.monotonic()
    for turn in range(turns):
        if turn and time.monotonic() - began > TURNS_S_MAX:
            break
        time.sleep(60 - time.time() % 60 + INTO_MINUTE_S)
        for name, path in (
            ("front page, first reader of a new minute, ms", "/ko/"),
            ("front page in the other language then, ms", "/en/"),
            ("/api/v1/services, first 100, ms", "/api/v1/services"),
            ("/metrics/services, ms", "/metrics/services"),
        ):
            answer = ask(url, path)
            taken.setdefault(name, []).append(answer.milliseconds)
            if path == "/metrics/services":
                series = sum(not line.startswith(b"#") for line in answer.body.splitlines())
    found = {name: statistics.median(times) for name, times in taken.items()}
    again = [ask(url, "/ko/")]
    while again[-1].fine and len(again) < WARM:
        again.append(ask(url, "/ko/"))
    return found | {"front page, warm, ms": median_ms(again), "/metrics/services, series": series}


def read_paths(url: str) -> list[str]:
    """Return what readers look at: both front pages, and the pages of some services that were heard of."""
    listed = json.loads(ask(url, "/api/v1/services?limit=100").body)["services"]
    pages = [f"/ko/services/{each['id']}" for each in listed[:: max(1, len(listed) // SERVICE_PAGES)]]
    return ["/ko/", "/en/"] * 10 + pages


def service_pages(url: str) -> Figures:
    """Ask for the pages of some services for the first time, and again."""
    paths = [f"/ko/services/{service_id(number)}" for number in range(3, 3 + 4 * SERVICE_PAGES, 4)]
    return {f"service page, {name}, ms": median_ms(ask(url, path) for path in paths) for name in ("cold", "warm")}


def crowd(url: str) -> Figures:
    """Let a crowd ask at one moment what nobody asked since the start, and see whether the server says that it is well."""
    with Watch(url, "/readyz", READY_POLL_S) as watch:
        answers = ask_together(url, ["/ko/", "/en/"] * (READERS_AT_ONCE // 2))
    ready = Counter(answer.status for answer in watch.answers)
    return {
        f"{READERS_AT_ONCE} at once after a start: first answer, ms": quantile_ms(answers, 0),
        f"{READERS_AT_ONCE} at once after a start: median, ms": quantile_ms(answers, 0.5),
        f"{READERS_AT_ONCE} at once after a start: last answer, ms": quantile_ms(answers, 1),
        f"{READERS_AT_ONCE} at once after a start: neither 200 nor 304": sum(not answer.fine for answer in answers),
        "/readyz meanwhile: 200": ready[200],
        "/readyz meanwhile: 503": ready[503],
        "/readyz meanwhile: slowest, ms": quantile_ms(watch.answers, 1),
    }


def table(results: Mapping[int, Figures]) -> str:
    """Return all figures, a column for each size."""
    names = list(dict.fromkeys(name for found in results.values() for name in found))
    head = ["| | " + " | ".join(f"{services:,} services" for services in results) + " |", "|---|" + "---|" * len(results)]
    rows = (f"| {name} | " + " | ".join(_shown(found.get(name)) for found in results.values()) + " |" for name in names)
    return "\n".join((*head, *rows))


def _shown(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "-" if value is None else "for ever"
    return f"{value:,.1f}" if value < SMALL else f"{value:,.0f}"


def main(arguments: Sequence[str]) -> int:
    """Print a table; write it to results/pages.json."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench_pages", description="Measure what reading costs.")
    parser.add_argument("--services", default="100,1000", help="sizes, by commas")
    parser.add_argument("--large", action="store_true", help=f"also {LARGE} services, which take an hour to make and 90 GB")
    parser.add_argument("--load", action="store_true", help="also read while telemetry comes in")
    parser.add_argument("--turns", type=int, default=5, help="how many new minutes are waited for")
    parser.add_argument("--folders", type=Path, default=Path("build/country"), help="where the data folders are, or are made")
    wanted = parser.parse_args(arguments)
    results: dict[int, Figures] = {}
    for services in [*map(int, wanted.services.split(",")), *([LARGE] if wanted.large else [])]:
        folder = wanted.folders / str(services)
        if not folder.exists():
            fill(folder, Plan(services, DAYS), clock.now(), print)
        found = results[services] = Figures()
        for more in measure(folder, wanted.turns, with_load=wanted.load):
            found |= more
            print(f"{services} services: " + "; ".join(f"{name} {_shown(value)}" for name, value in more.items()), flush=True)
        print(f"\n{table(results)}\n", flush=True)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "pages.json").write_text(json.dumps(results, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
