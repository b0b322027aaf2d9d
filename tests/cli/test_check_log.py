"""`observatory check-log`: whoever edits the file by hand is found out."""

import json
import sqlite3
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from observatory.cli import observatory
from observatory.errors import BadInput, BadSettings
from observatory.flows import log_checking
from observatory.flows.signoffs import SIGNOFF_KIND
from observatory.model.signoff import NewEntry
from observatory.signoff.bare_statement import bare_statement_bytes
from observatory.store.opening import open_register, prepare_folder
from tests.builders import a_signoff
from tests.registers import in_change, in_look


def check_log(folder: Path, *arguments: str) -> Result:
    """Run `observatory check-log` on a folder; errors come as they are raised."""
    return CliRunner().invoke(observatory, ["check-log", "--data", str(folder), *arguments], catch_exceptions=False)


@pytest.fixture
def folder(tmp_path: Path, now: datetime) -> Path:
    """A data folder whose log has three sign-offs."""
    prepare_folder(tmp_path)
    register = open_register(tmp_path)
    for _ in range(3):
        in_change(register).log.append(NewEntry(SIGNOFF_KIND, bare_statement_bytes(a_signoff()), now))
    register.close()
    return tmp_path


def edit(folder: Path, statement: str) -> None:
    """Edit the register as somebody with the file and sqlite3 would."""
    with sqlite3.connect(folder / "register.sqlite") as connection:
        assert connection.execute(statement).rowcount > 0
    connection.close()


def test_an_untouched_log_is_said_to_be_so(folder: Path) -> None:
    result = check_log(folder)

    assert (result.exit_code, result.stdout.startswith("ok: 3 entries, root ")) == (0, True)
    assert json.loads(check_log(folder, "--json").stdout)["broken"] is None


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("UPDATE log SET body = CAST(replace(body, 'pass', 'fail') AS BLOB) WHERE log_index = 1", 1),
        ("UPDATE log SET kind = 'other' WHERE log_index = 0", 0),
        ("UPDATE log SET kind = CAST(x'ff' AS TEXT) WHERE log_index = 0", 0),
        ("UPDATE log SET recorded_at = '2020-01-01T00:00:00.000000Z' WHERE log_index = 2", 2),
        ("UPDATE log SET recorded_at = replace(recorded_at, 'Z', '+00:00') WHERE log_index = 2", 2),
        ("UPDATE log SET recorded_at = 'yesterday' WHERE log_index = 2", 2),
        ("UPDATE log SET leaf_hash = zeroblob(32) WHERE log_index = 1", 1),
        ("UPDATE log_node SET hash = zeroblob(32) WHERE level = 1", 0),
        ("DELETE FROM log WHERE log_index = 1", 1),
        ("DELETE FROM log WHERE log_index = 2", 2),
        ("DELETE FROM log", 0),
        ("UPDATE log SET log_index = 7 WHERE log_index = 2", 2),
        ("UPDATE log_head SET size = 2", 2),
        ("UPDATE log_head SET hash = zeroblob(32)", 2),
        ("DELETE FROM log_head", 0),
    ],
)
def test_an_edit_by_hand_is_named_and_exits_1(folder: Path, statement: str, index: int) -> None:
    edit(folder, statement)

    result = check_log(folder)

    assert result.exit_code == 1
    assert result.stdout.startswith(f"broken: entry {index} ")
    broken = json.loads(check_log(folder, "--json").stdout)
    assert (broken["ok"], broken["broken"]["index"]) == (False, index)


def test_a_folder_that_is_not_there_is_no_sound_log(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="there is no observatory in"):
        check_log(tmp_path / "elsewhere")


def test_a_head_somebody_kept_is_held_against_the_log(folder: Path, now: datetime) -> None:
    register = open_register(folder)
    size, newest = in_look(register).log.tree()
    in_change(register).log.append(NewEntry(SIGNOFF_KIND, bare_statement_bytes(a_signoff()), now))
    register.close()
    kept = f"{size}:{newest.hex()}"

    assert check_log(folder, "--expect", kept).exit_code == 0
    for other in (f"{size}:{'0' * 64}", f"{size + 9}:{newest.hex()}", f"0:{'0' * 64}"):
        found = check_log(folder, "--expect", kept, "--expect", other)
        assert (found.exit_code, found.stdout.startswith("broken: entry ")) == (1, True)


@pytest.mark.parametrize("arguments", [("--from", "x", "--full"), ("--from", "x", "--export", "y"), ("--key", "k")])
def test_a_folder_and_an_exported_log_are_not_checked_at_once(folder: Path, arguments: tuple[str, ...]) -> None:
    with pytest.raises(BadInput, match="at once"):
        check_log(folder, *arguments)


def test_every_entry_is_hashed_again_only_if_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_checking, "NEWEST_REHASHED", 1)
    edit(folder, "UPDATE log SET kind = 'other' WHERE log_index = 0")
    assert check_log(folder).exit_code == 0
    assert check_log(folder, "--full").stdout.startswith("broken: entry 0 was changed")


def test_a_head_that_cannot_be_read_is_refused(folder: Path) -> None:
    with pytest.raises(BadInput, match="write SIZE:HASH"):
        check_log(folder, "--expect", "3")
