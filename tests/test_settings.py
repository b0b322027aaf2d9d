"""Settings come from OBSERVATORY_* names alone, and a wrong one never passes for right."""

from pathlib import Path

import pytest

from observatory.errors import BadSettings
from observatory.settings import read_settings


def test_the_environment_is_read_and_the_command_line_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBSERVATORY_PORT", "8001")
    monkeypatch.setenv("OBSERVATORY_DATA", "elsewhere")
    assert read_settings(data=None).data == Path("elsewhere")
    assert read_settings(port=8002).port == 8002


def test_an_unknown_name_is_refused_with_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBSERVATORY_POTR", "8001")
    with pytest.raises(BadSettings, match="OBSERVATORY_POTR: no such name") as refused:
        read_settings()
    assert "OBSERVATORY_PORT" in refused.value.hint


def test_a_value_out_of_range_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBSERVATORY_THREADS", "1")
    with pytest.raises(BadSettings, match=r"cannot use setting OBSERVATORY_THREADS: .*greater than or equal to 2"):
        read_settings()


def test_a_name_in_lower_case_is_refused_and_not_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("observatory_threads", "8")
    with pytest.raises(BadSettings, match="observatory_threads: no such name"):
        read_settings()
