"""`observatory backup` and `observatory restore` as an operator types them."""

from pathlib import Path

from observatory.store.opening import prepare_folder
from tests.servers import observatory


def test_a_folder_is_backed_up_checked_and_restored(tmp_path: Path) -> None:
    data, backup, restored = tmp_path / "data", tmp_path / "backup", tmp_path / "restored"
    prepare_folder(data)
    listed = observatory("token", "list", "--data", data)
    assert listed.returncode == 0
    made = observatory("backup", backup, "--data", data)
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.startswith(f"made: {backup} of ")
    assert observatory("backup", "--check", backup).stdout.startswith("ok: ")
    assert observatory("restore", backup, "--data", restored).returncode == 0
    assert observatory("check-log", "--data", restored).returncode == 0


def test_what_cannot_be_done_is_said_in_one_line_with_what_to_do(tmp_path: Path) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup"
    nothing = observatory("backup", backup, "--data", data)
    assert nothing.returncode == 2  # as every command that is called where there is no observatory
    assert "--data" in nothing.stderr
    backup.mkdir()
    (backup / "mine").touch()
    prepare_folder(data)
    observatory("token", "list", "--data", data)
    for refused in (
        observatory("backup", backup, "--data", data),
        observatory("backup", "--check", backup),
        observatory("restore", backup, "--data", tmp_path / "restored"),
        observatory("restore", backup, "--data", data),
    ):
        assert refused.returncode == 1
        assert len(refused.stderr.splitlines()) == 1
    assert [file.name for file in backup.iterdir()] == ["mine"]
