"""Nothing comes in; the dashboard and the rule file beside this script are written anew, the same for the same source.

Run by `make dashboards`; a test compares what is committed with what this writes.
"""

import json
from pathlib import Path

from dashboards.overview import overview
from dashboards.rules import Alert, Group, Recording, groups

FOLDER = Path(__file__).parent
HEADER = "# Written by `make dashboards`; change dashboards/rules.py instead.\n"


def files() -> dict[str, str]:
    """Return every generated file: its name and its text."""
    return {"overview.json": json.dumps(overview(), ensure_ascii=False, indent=2) + "\n", "rules.yml": rules_text(groups())}


def rules_text(rule_groups: tuple[Group, ...]) -> str:
    """Return rule groups as YAML; every text is a JSON string, which YAML takes as it is."""
    lines = [HEADER + "groups:"]
    for group in rule_groups:
        lines += [f"  - name: {group.name}", f"    interval: {group.interval}", "    rules:"]
        for rule in group.rules:
            lines += _recording_lines(rule) if isinstance(rule, Recording) else _alert_lines(rule)
    return "\n".join([*lines, ""])


def _recording_lines(rule: Recording) -> list[str]:
    return [f"      - record: {rule.name}", f"        expr: {_quoted(rule.expr)}"]


def _alert_lines(rule: Alert) -> list[str]:
    return [
        f"      - alert: {rule.name}",
        f"        expr: {_quoted(rule.expr)}",
        f"        for: {rule.lasting}",
        "        labels:",
        f"          severity: {rule.severity}",
        "        annotations:",
        f"          summary: {_quoted(rule.text_en)}",
        f"          summary_ko: {_quoted(rule.text_ko)}",
    ]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


if __name__ == "__main__":
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
