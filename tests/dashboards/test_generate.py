"""Dashboards and rules: what is committed is what the source says, it asks only what is served, and the alerts fire when they should."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from dashboards import rules
from dashboards.generate import FOLDER, files, rules_text
from dashboards.overview import PANELS
from observatory.publish.metrics.exposition import PREFIX
from observatory.publish.metrics.families import sample_names
from observatory.publish.metrics.own import StoreCollector

METRIC = re.compile(rf"\b{PREFIX}[a-z0-9_]+")
RECORDED = re.compile(r"\bservice:[a-z0-9_:]+")
EVERY_EXPR = [panel.expr for panel in PANELS] + [rule.expr for group in rules.groups() for rule in group.rules]


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Debian's promtool, which needs no network for this."""
    return subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", sorted(files()))
def test_what_is_committed_is_what_the_source_says(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == files()[name], "run make dashboards"


def test_the_rules_are_valid() -> None:
    checked = promtool("check", "rules", FOLDER / "rules.yml")
    assert checked.returncode == 0, checked.stderr


def test_every_alert_fires_when_it_should_and_only_then() -> None:
    tested = promtool("test", "rules", Path(__file__).with_name("rules_test.yml"))
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_alert_is_tested() -> None:
    tested = Path(__file__).with_name("rules_test.yml").read_text(encoding="utf-8")
    names = {rule.name for group in rules.groups() for rule in group.rules if isinstance(rule, rules.Alert)}
    assert not {name for name in names if f"alertname: {name}" not in tested}


def test_dashboards_and_rules_ask_only_for_metrics_that_are_served() -> None:
    served = sample_names() | {family.name for family in StoreCollector.families()}
    asked = {name for expr in EVERY_EXPR for name in METRIC.findall(RECORDED.sub("", expr))}
    assert asked
    assert not asked - served


def test_what_is_recorded_and_what_is_asked_for_are_the_same() -> None:
    recorded = {rule.name for group in rules.groups() for rule in group.rules if isinstance(rule, rules.Recording)}
    assert not {name for expr in EVERY_EXPR for name in RECORDED.findall(expr)} - recorded


def test_every_query_of_the_dashboard_can_be_parsed(tmp_path: Path) -> None:
    queries = tuple(rules.Recording(f"panel:{number}", panel.expr.replace("$__rate_interval", "5m")) for number, panel in enumerate(PANELS))
    written = tmp_path / "panels.yml"
    written.write_text(rules_text((rules.Group("panels", "1m", queries),)), encoding="utf-8")
    checked = promtool("check", "rules", written)
    assert checked.returncode == 0, checked.stderr


def test_the_dashboard_has_no_two_panels_in_one_place() -> None:
    panels = json.loads(files()["overview.json"])["panels"]
    cells = [
        (x, y)
        for panel in panels
        for place in (panel["gridPos"],)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23
    assert len({panel["id"] for panel in panels}) == len(panels)
