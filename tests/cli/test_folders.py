"""Only `run` and `demo` make a data folder: any other command, called in the wrong place, says so and leaves nothing behind."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from observatory.cli import COMMANDS, observatory
from observatory.errors import BadSettings, ObservatoryError
from observatory.store.opening import prepare_folder

LOG_LINE = '198.51.100.1 - - [17/May/2015:10:05:00 +0000] "GET /jobs HTTP/1.1" 200 12 "-" "Mozilla/5.0 Firefox/130.0"\n'
CATALOGUE = '[[agency]]\nid = "labor"\nname_ko = "고용노동부"\nname_en = "Labor"\n'
CHECKS = "checked_at,service,state,http_status,response_ms\n2026-11-20T03:00:00Z,a,up,200,1\n"
CALLS = {
    "catalogue apply": ("catalogue", "apply", "town.toml"),
    "catalogue show": ("catalogue", "show"),
    "token create": ("token", "create", "--service", "job-portal"),
    "token list": ("token", "list"),
    "token revoke": ("token", "revoke", "0123"),
    "maintenance list": ("maintenance", "list"),
    "maintenance announce": ("maintenance", "announce", "job-portal", "--start", "2026-12-01T02:00", "--end", "2026-12-01T04:00"),
    "maintenance cancel": ("maintenance", "cancel", "a"),
    "maintenance remind": ("maintenance", "remind", "a", "--at", "2026-12-01T02:00"),
    "incident list": ("incident", "list"),
    "incident declare": ("incident", "declare", "job-portal", "--from", "2026-12-01T02:00"),
    "incident end": ("incident", "end", "a"),
    "incident tie": ("incident", "tie", "a", "b"),
    "incident untie": ("incident", "untie", "a"),
    "incident templates": ("incident", "templates"),
    "incident scheduled": ("incident", "scheduled"),
    "incident unschedule": ("incident", "unschedule", "1"),
    "dispute list": ("dispute", "list"),
    "dispute answer": ("dispute", "answer", "a", "--auditor", "a", "--accept", "--reason-ko", "a", "--reason-en", "a"),
    "incident update": ("incident", "update", "a", "--text-ko", "a"),
    "senders": ("senders",),
    "import-log": ("import-log", "access.log"),
    "import-log --register": ("import-log", "access.log", "--register", "labor"),
    "follow-log": ("follow-log", "access.log"),
    "import-otlp": ("import-otlp", "spans.jsonl"),
    "import-probes": ("import-probes", "checks.csv"),
    "explain": ("explain", "job-portal", "2026-11-20T03:00Z"),
    "staff add": ("staff", "add", "a", "--name", "a", "--office-ko", "a", "--office-en", "a", "--password-file", "password"),
    "staff list": ("staff", "list"),
    "staff reset": ("staff", "reset", "a", "--password-file", "password"),
    "staff disable": ("staff", "disable", "a"),
    "release freeze": ("release", "freeze", "--service", "a", "--version", "1", "--digest", "sha256:0", "--url", "https://a"),
    "release list": ("release", "list", "--service", "a"),
    "gate policy": ("gate", "policy"),
    "signoff list": ("signoff", "list", "--service", "a"),
    "signoff revoke": ("signoff", "revoke", "--service", "a", "--index", "1", "--reasons", "a"),
    "signoff met": ("signoff", "met", "--service", "a", "--index", "1", "--condition", "1", "--note", "a"),
    "break-glass request": (
        *("break-glass", "request", "--service", "a", "--digest", "sha256:0", "--hours", "1", "--reasons", "a"),
        *("--staff", "a", "--password-file", "password", "--code", "1"),
    ),
    "break-glass approve": (
        *("break-glass", "approve", "--service", "a", "--request", "1"),
        *("--staff", "a", "--password-file", "password", "--code", "1"),
    ),
    "correction list": ("correction", "list"),
    "correction approve": ("correction", "approve", "a", "--auditor", "a", "--reason-ko", "a", "--reason-en", "a"),
    "keys rotate": ("keys", "rotate"),
    "keys list": ("keys", "list"),
    "check-log": ("check-log",),
    "check-store": ("check-store",),
    "check-store --repair": ("check-store", "--repair"),
    "backup": ("backup", "copy"),
}


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in that has the files the commands name, and no observatory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "access.log").write_text(LOG_LINE)
    (tmp_path / "town.toml").write_text(CATALOGUE, encoding="utf-8")
    (tmp_path / "checks.csv").write_text(CHECKS)
    (tmp_path / "spans.jsonl").write_text('{"resourceSpans":[]}\n')
    (tmp_path / "password").write_text("three little words\n")
    return tmp_path


def refusal(*arguments: str) -> ObservatoryError:
    refused = CliRunner().invoke(observatory, [*arguments], standalone_mode=False).exception
    assert isinstance(refused, ObservatoryError), refused
    return refused


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_no_other_command_makes_a_folder(elsewhere: Path, call: tuple[str, ...]) -> None:
    before = sorted(elsewhere.rglob("*"))
    refused = refusal(*call)
    assert isinstance(refused, BadSettings)
    assert refused.message == f"there is no observatory in {elsewhere}/var"
    assert refused.hint == "name its folder with --data DIR or OBSERVATORY_DATA; a new one is made by: observatory run"
    assert sorted(elsewhere.rglob("*")) == before


def test_an_empty_folder_is_no_observatory_either(elsewhere: Path) -> None:
    (elsewhere / "empty").mkdir()
    assert refusal("token", "list", "--data", "empty").message == f"there is no observatory in {elsewhere}/empty"
    assert list((elsewhere / "empty").iterdir()) == []


def test_every_command_is_called_here() -> None:
    assert {call[0] for call in CALLS.values()} == set(COMMANDS) - {
        "run",
        "demo",
        "restore",
        "probe",
        "probe-agent",
        "witness",
    }  # run and demo make their own, others need none


@pytest.mark.parametrize(
    "call",
    [
        ("token", "create", "--service", "nobody"),
        ("token", "revoke", "0123"),
        ("staff", "disable", "nobody"),
        ("explain", "nobody", "2026-11-20T03:00Z"),
        ("import-log", "access.log"),
        ("import-log", "missing.log"),
        ("import-probes", "checks.csv"),
    ],
    ids=" ".join,
)
def test_every_refusal_names_the_folder(elsewhere: Path, call: tuple[str, ...]) -> None:
    prepare_folder(elsewhere / "var")
    assert f"(in {elsewhere}/var)" in str(refusal(*call))
