"""No request waits for a compiler: what is compiled before a server is ready is all that requests need."""

import subprocess
import sys


def test_nothing_is_compiled_once_a_server_is_ready() -> None:
    ended = subprocess.run([sys.executable, "-m", "tests.receive.warmed_doors"], capture_output=True, text=True, timeout=300, check=False)
    assert (ended.stdout, ended.returncode) == ("", 0), ended.stderr
