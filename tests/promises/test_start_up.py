"""What does not decode does not load the compiler, and a server that had to compile does not go on with what that took."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from observatory.kernels import compiling
from tests.servers import Server, environment

COMPILES, STARTS_ANEW = "Compiling the decoders", "Compiled; starting"


@pytest.mark.parametrize("command", ["run", "token", "catalogue", "staff", "check_log"])
def test_a_command_that_decodes_nothing_does_not_load_the_compiler(command: str) -> None:
    script = f"import sys, observatory.cli.{command}; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], env=environment(), check=False).returncode == 0


def test_a_new_data_folder_is_made_without_the_compiler(tmp_path: Path) -> None:
    prepare = "from pathlib import Path; from observatory.store.opening import prepare_folder; prepare_folder(Path(sys.argv[1]))"
    script = f"import sys; {prepare}; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script, tmp_path / "data"], env=environment(), check=False).returncode == 0
    assert (tmp_path / "data" / "telemetry.sqlite").exists()


def test_a_server_that_had_to_compile_starts_anew_once(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "observatory.warming"], env=environment(), check=True)
    folder = compiling.kept().folder
    assert folder is not None
    shutil.copytree(folder, tmp_path / "kernels" / folder.name)
    missing = [file for file in (tmp_path / "kernels").glob("*/*/*") if file.name.startswith("key_index._find-")]
    assert missing
    for file in missing:
        file.unlink()
    said = [first_words(tmp_path) for _ in range(2)]
    assert [STARTS_ANEW in each for each in said] == [True, False]
    assert all(file.exists() for file in missing if file.suffix == ".nbi")


def first_words(folder: Path) -> str:
    """Start a server whose kernels are kept in a folder, and stop it; return what it said to people."""
    server = Server(folder / "data", NUMBA_CACHE_DIR=str(folder / "kernels"))
    try:
        server.wait_until_ready()
        return server.out
    finally:
        server.stop()


def test_a_process_that_loads_what_is_kept_has_compiled_nothing() -> None:
    script = "from observatory.kernels import compiling; from observatory.warming import warm; warm(); print(compiling.has_compiled())"
    for expected in (None, "False\n"):  # Before the first, something may be missing.
        ended = subprocess.run([sys.executable, "-c", script], env=environment(), capture_output=True, text=True, check=True)
        assert expected in (None, ended.stdout)
    assert not compiling.is_first_time()


def test_who_has_to_wait_for_the_compiler_is_told(tmp_path: Path) -> None:
    script = "from observatory import warming; warming.decoders.warm = lambda: None; warming.rollups.warm = lambda: None; warming.warm()"
    said = [
        subprocess.run(
            [sys.executable, "-c", script], env=environment(NUMBA_CACHE_DIR=str(tmp_path)), capture_output=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert [COMPILES.encode() in each for each in said] == [True, False]
