"""`observatory release`: what is frozen on the host is listed, with what runs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from observatory.cli.release import release
from observatory.errors import Conflict
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.releases import observe_release
from observatory.model.release import ReleaseObserved
from observatory.store.opening import open_register, prepare_folder
from tests.builders import a_catalogue, a_service
from tests.moments import NOW

DIGEST = "sha256:" + "ab" * 32
FREEZE = ("freeze", "--service", "job-portal", "--version", "2.4.1", "--digest", DIGEST, "--url", "https://test.example.go.kr")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    prepare_folder(tmp_path / "data")
    register = open_register(tmp_path / "data")
    apply_catalogue(register, a_catalogue(a_service()), NOW)
    observe_release(register, ReleaseObserved("job-portal", "production", DIGEST, "2.4.1"), NOW)
    register.close()
    return tmp_path / "data"


def run(data: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(release, [*arguments, "--data", str(data)])
    if result.exception is not None:
        raise result.exception
    return result


def test_what_is_frozen_is_listed(data: Path) -> None:
    frozen = json.loads(run(data, *FREEZE, "--json").stdout)

    listed = json.loads(run(data, "list", "--service", "job-portal", "--json").stdout)
    assert listed["releases"] == [frozen]
    assert (frozen["digest"], frozen["environment"], frozen["by"]) == (DIGEST, "production", "host")
    assert listed["running"] == {"digest": DIGEST, "environment": "production", "since": "2026-11-20T03:00:00Z", "version": "2.4.1"}
    assert run(data, "list", "--service", "job-portal").stdout.count(DIGEST) == 2


def test_it_is_frozen_once(data: Path) -> None:
    run(data, *FREEZE)
    with pytest.raises(Conflict):
        run(data, *FREEZE)
