"""Options that contradict each other are refused: whatever is published stays, so nothing is guessed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from observatory.cli import observatory
from observatory.errors import ObservatoryError
from observatory.store.opening import open_register, prepare_folder

TOWN = """
[[agency]]
id = "labor"
name_ko = "고용노동부"
name_en = "Labor"
[[service]]
id = "jobs"
agency = "labor"
name_ko = "일자리"
name_en = "Jobs"
grade = 1
url = "https://jobs.example.go.kr"
telemetry = [{ namespace = "labor", name = "jobs" }]
  [[service.menu]]
  id = "search"
  name_ko = "찾기"
  name_en = "Search"
  routes = ["/jobs"]
"""
SPAN = ("--start", "2026-12-14T10:00", "--end", "2026-12-14T11:00", "--title-en", "moved")
Call = Callable[..., str]


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Return a way to call a command in a folder that observes one service."""
    (tmp_path / "town.toml").write_text(TOWN, encoding="utf-8")

    def called(*arguments: str) -> str:
        result = CliRunner().invoke(observatory, [*arguments, "--data", str(tmp_path / "data")], standalone_mode=False)
        if isinstance(result.exception, ObservatoryError):
            return str(result.exception.message)
        assert result.exception is None, result.exception
        return str(result.stdout)

    prepare_folder(tmp_path / "data")
    open_register(tmp_path / "data").close()
    assert "cannot" not in called("catalogue", "apply", str(tmp_path / "town.toml"))
    return called


def test_a_change_names_the_service_it_is_of(call: Call) -> None:
    said = call("maintenance", "announce", "jobs", *SPAN, "--json")
    (made,) = json.loads(said)
    for service, more in (("nope", ()), ("jobs", ("--rule", "FREQ=DAILY;COUNT=2"))):
        assert "it is once, of service 'jobs'" in call("maintenance", "announce", service, *SPAN, "--change", made["id"], *more)


def test_menus_are_told_once(call: Call) -> None:
    said = call("maintenance", "announce", "jobs", *SPAN, "--menu", "search", "--menu", "search", "--json")
    (made,) = json.loads(said)
    assert made["menu_ids"] == ["search"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("incident", "update", "a", "--translate", "1", "--text-ko", "a", "--at", "2026-12-14T10:00"),
            "cannot translate an update at a time",
        ),
        (
            ("dispute", "answer", "a", "--auditor", "a", "--accept", "--decline", "--reason-ko", "a", "--reason-en", "a"),
            "without one yes or no",
        ),
        (("dispute", "answer", "a", "--auditor", "a", "--reason-ko", "a", "--reason-en", "a"), "without one yes or no"),
        (("incident", "declare", "jobs", "--from", "2026-12-14T10:00", "--to", "", "--title-en", "a"), "cannot read time ''"),
        (("incident", "declare", "jobs", "--from", "0001-01-01T00:00", "--title-en", "a"), "cannot use a time in the year 1"),
        (("token", "create", "--vantage", "busan", "--signal", "logs"), "sends checks and nothing else"),
    ],
)
def test_what_cannot_be_meant_is_refused(call: Call, arguments: tuple[str, ...], said: str) -> None:
    assert said in call(*arguments)
