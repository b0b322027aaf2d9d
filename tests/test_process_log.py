"""Every event is one line of JSON, whoever logs it."""

import json
import subprocess
import sys

SCRIPT = """
import logging
import structlog
from observatory import process_log
process_log.begin()
structlog.get_logger("ours").info("stored", service="서울", rows=3)
logging.getLogger("theirs").warning("two\\nlines %s", "here")
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger("ours").exception("step failed")
logging.getLogger("_granian").info("not ours to tell")
"""


def test_events_of_ours_and_of_libraries_are_json_lines() -> None:
    said = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    stored, warned, failed = [json.loads(line) for line in said.stderr.splitlines()]
    assert (stored["event"], stored["service"], stored["rows"], stored["level"]) == ("stored", "서울", 3, "info")
    assert (warned["event"], warned["logger"]) == ("two\nlines here", "theirs")
    assert "ZeroDivisionError" in failed["exception"]
    assert stored["at"].endswith("+00:00")
