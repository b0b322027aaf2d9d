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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROBE_NETWORKS", "10.0.0.1/8"),
        ("PROBE_NETWORKS", "0.0.0.0/0"),
        ("PROBE_NETWORKS", "10.0.0.0/8, ::/0"),
        ("PROBE_PORTS", "80,https"),
        ("PROBE_PORTS", "0"),
        ("PROBE_PORTS", "65536"),
        ("CANARIES", "ftp://a.example/"),
        ("CANARIES", "a.example"),
        ("VANTAGE", ""),
        ("VANTAGE", "seoul\n"),
        ("VANTAGE", "x" * 65),
        ("PROBER", "perhaps"),
    ],
)
def test_a_rule_for_checks_that_says_nothing_exact_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"OBSERVATORY_{name}", value)
    with pytest.raises(BadSettings, match=f"cannot use setting OBSERVATORY_{name}"):
        read_settings()


def test_lists_for_checks_may_have_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBSERVATORY_PROBE_NETWORKS", "10.20.0.0/24, fd00::/64")
    monkeypatch.setenv("OBSERVATORY_PROBE_PORTS", "443, 8443")
    monkeypatch.setenv("OBSERVATORY_CANARIES", "https://a.example/, https://b.example/")
    found = read_settings()
    assert [str(network) for network in found.probe_networks_allowed] == ["10.20.0.0/24", "fd00::/64"]
    assert found.probe_ports_allowed == {443, 8443}
    assert found.canary_urls == ("https://a.example/", "https://b.example/")
