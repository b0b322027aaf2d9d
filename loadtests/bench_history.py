"""Measure whether intake costs more the more is stored: the same traffic on 1, 10 and 100 hours of every menu's minutes.

Rounds are taken turn about, each on a folder of its own. Usage: python -m loadtests.bench_history [rounds] [seconds]
"""

import json
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path

from loadtests.bench_intake import CASES, RESULTS, Case, Measurement, drive, median, plain_bodies, write_prepared
from loadtests.target import running_observatory

HOURS = (1, 10, 100)
FILLED = [case for case in CASES if case.signal == "logs" and case.media_type != "application/json" and case.records in (1, 1000)]


def fill(data: Path, hours: int) -> int:
    """Repeat the newest minute of a folder over the hours before it; return how many minute rows there are then."""
    with closing(sqlite3.connect(data / "telemetry.sqlite")) as connection, connection:
        connection.execute(
            """WITH RECURSIVE ago (minutes) AS (SELECT 1 UNION ALL SELECT minutes + 1 FROM ago WHERE minutes < :minutes)
               INSERT OR IGNORE INTO minute SELECT minute - ago.minutes, service, menu, source, counters, histogram
               FROM ago CROSS JOIN minute WHERE minute = (SELECT max(minute) FROM minute) ORDER BY 1, 2, 3, 4""",
            {"minutes": 60 * hours},
        )
        return int(connection.execute("SELECT count(*) FROM minute").fetchone()[0])


def prepared_folders(root: Path, bodies: Path) -> dict[int, Path]:
    """Return a folder for each of HOURS, filled from one and the same traffic."""
    template = root / "template"
    template.mkdir()
    with running_observatory(template) as server:
        drive(CASES[0], server.url, server.token, server.pid, bodies, 2)
    folders = {hours: root / str(hours) for hours in HOURS}
    for folder in folders.values():
        shutil.copytree(template, folder)
    return folders


def measure(case: Case, folders: dict[int, Path], bodies: Path, rounds: int, seconds: int) -> dict[int, Measurement]:
    """Run one case on all folders turn about; return the medians by hours."""
    runs: dict[int, list[Measurement]] = {hours: [] for hours in folders}
    with ExitStack() as stack:
        servers = {hours: stack.enter_context(running_observatory(folder)) for hours, folder in folders.items()}
        for server in servers.values():
            drive(case, server.url, server.token, server.pid, bodies, 1)
        for _ in range(rounds):
            for hours, server in servers.items():
                runs[hours].append(drive(case, server.url, server.token, server.pid, bodies, seconds))
    return {hours: median(each) for hours, each in runs.items()}


def main(arguments: list[str], say: Callable[[str], None] = print) -> int:
    """Print a table; write it to results/history.json."""
    rounds, seconds = (int(word) for word in (*arguments, *("5", "5")[len(arguments) :]))
    results: dict[str, dict[int, dict[str, float]]] = {}
    with tempfile.TemporaryDirectory(prefix="observatory-history-") as name:
        root = Path(name)
        for number, case in enumerate(FILLED):
            (root / f"bodies-{number}").mkdir()
            write_prepared(root / f"bodies-{number}", plain_bodies(case))
        folders = prepared_folders(root, root / "bodies-0")
        rows = {hours: fill(folder, hours) for hours, folder in folders.items()}
        say("| traffic | hours stored | minute rows | records/s | p50 / p99 ms | cpu-s per million |")
        say("|---|---|---|---|---|---|")
        for number, case in enumerate(FILLED):
            measured = measure(case, folders, root / f"bodies-{number}", rounds, seconds)
            for hours, each in measured.items():
                cost = f"{each.p50_ms:.1f} / {each.p99_ms:.1f} | {each.cpu_s_per_million:.2f}"
                say(f"| {case.name} | {hours} | {rows[hours]:,} | {each.records_per_s:,.0f} | {cost} |")
            results[case.name] = {hours: asdict(each) for hours, each in measured.items()}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "history.json").write_text(json.dumps(results, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
