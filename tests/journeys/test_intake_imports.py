"""Imports beside a running server, and imports that are killed: every line once."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from observatory.errors import ObservatoryError
from observatory.flows.catalogue import apply_catalogue
from observatory.store.opening import open_reader, open_register, prepare_folder
from tests.builders import a_catalogue
from tests.journeys.site import open_site
from tests.moments import NOW
from tests.servers import Server, environment, observatory

LOG_COUNTS = {"200": 9126, "301": 164, "206": 45, "304": 445, "403": 2, "404": 213, "416": 2, "500": 3}


def summary_of(*arguments: str | Path) -> dict[str, Any]:
    done = observatory(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.network
def test_an_import_beside_a_server_goes_through_its_doors(start_server: Callable[..., Server], tmp_path: Path, shared_data: Path) -> None:
    site = open_site(start_server, tmp_path)
    log = shared_data / "access_combined_2015.log"
    first = summary_of("import-log", log, "--data", site.server.data)
    again = summary_of("import-log", log, "--data", site.server.data)
    assert (first["lines_read"], first["stored"], first["kinds"]) == (10_000, 10_000, LOG_COUNTS)
    assert (again["stored"], again["already_imported"]) == (0, 10_000)
    counted = site.stored()
    figures = site.wait_for(
        "/api/v1/services/job-portal/figures?from=2015-05-01T00:00:00Z&to=2015-06-01T00:00:00Z", lambda found: found["requests"] == counted
    )
    assert figures["requests"] == counted > 8000
    changes = site.wait_for("/api/v1/changes", lambda found: any(each["kind"] == "imported" for each in found["changes"]))["changes"]
    assert sum(each["requests"] for each in changes if each["kind"] == "imported" and each["menu_id"] is None) == counted


@pytest.mark.network
def test_probe_results_beside_a_server_become_published_figures(
    start_server: Callable[..., Server], tmp_path: Path, shared_data: Path
) -> None:
    site = open_site(start_server, tmp_path)
    arguments = ("import-probes", shared_data / "probe_checks_curc.csv", "--interval", "100m", "--register", "curc")
    summary = summary_of(*arguments, "--data", site.server.data)
    assert (summary["lines_read"], summary["stored"]) == (13_617, 13_617)
    path = "/api/v1/services/curc-data-transfer-node-ssh-tcp-reachability/figures?from=2026-05-01T00:00:00Z&to=2026-08-15T00:00:00Z"
    figures = site.wait_for(path, lambda found: found["downtime_minutes"] == 566)
    assert figures["load_time"]["n"] == 1299
    assert figures["load_time"]["mean_ms"] == pytest.approx(34.35, abs=0.01)
    assert (figures["downtime_minutes"], figures["failures"]) == (566, 1)


def a_folder(path: Path) -> Path:
    """Return a data folder with one service and nothing imported."""
    prepare_folder(path)
    register = open_register(path)
    apply_catalogue(register, a_catalogue(), NOW)
    register.close()
    return path


def test_an_import_that_is_killed_goes_on_where_it_stopped(tmp_path: Path, shared_data: Path) -> None:
    killed, whole, log = a_folder(tmp_path / "killed"), a_folder(tmp_path / "whole"), tmp_path / "access.log"
    log.write_bytes((shared_data / "access_combined_2015.log").read_bytes() * 8)
    command = [sys.executable, "-m", "observatory", "import-log", str(log), "--data", str(killed)]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as importing:
        while importing.poll() is None and not stored(killed):
            time.sleep(0.005)
        importing.kill()
    went_on = summary_of("import-log", log, "--data", killed)
    assert went_on["already_imported"] > 0
    assert went_on["already_imported"] + went_on["stored"] == 80_000
    summary_of("import-log", log, "--data", whole)
    assert stored(killed) == stored(whole) > 0


def stored(data: Path) -> int:
    """Return how many requests are stored in a folder, 0 before there is a store."""
    try:
        reader = open_reader(data)
    except ObservatoryError:
        return 0
    try:
        return sum(row[3] for row in reader.request_totals())
    finally:
        reader.close()
