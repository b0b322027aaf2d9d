"""Every target of the fuzzer runs: what is only started by hand would break unseen."""

import subprocess
import sys
from pathlib import Path

import pytest

TARGETS = ("otlp_protobuf", "otlp_as_json", "gzip_bodies", "log_lines", "probe_tables", "paths")


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_takes_its_first_inputs(target: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fuzz.targets", target, "-runs=300", f"-artifact_prefix={tmp_path}/"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
