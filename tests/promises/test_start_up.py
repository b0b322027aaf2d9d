"""What does not decode does not load the compiler: commands answer at once, and the parent of the server stays small."""

import subprocess
import sys

import pytest

from tests.server import environment


@pytest.mark.parametrize("command", ["run", "token", "catalogue", "staff", "log"])
def test_a_command_that_decodes_nothing_does_not_load_the_compiler(command: str) -> None:
    script = f"import sys, observatory.cli.{command}; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], env=environment(), check=False).returncode == 0
