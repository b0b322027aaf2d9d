"""Whatever is published has a line in the README: every metric with its type and labels, every address of the open data."""

import json
import re
from pathlib import Path

from apiflask import APIFlask
from prometheus_client import CollectorRegistry

from observatory.publish.metrics.exposition import PREFIX
from observatory.publish.metrics.families import METRICS
from observatory.web.context import parts_of

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
METRIC_ROW = re.compile(r"^\| `(observatory_\w+)` \| (\w+) \| ([\w, ]*) \| (.+) \|$", re.MULTILINE)


def test_the_readme_lists_every_metric_as_it_is_and_no_other(app: APIFlask) -> None:
    registry = parts_of(app).get(CollectorRegistry)
    assert isinstance(registry, CollectorRegistry)
    listed = {name: (kind, labels, meaning) for name, kind, labels, meaning in METRIC_ROW.findall(README)}
    expected = {f"{PREFIX}{name}": (kind, ", ".join(labels), meaning) for name, kind, labels, meaning in METRICS}
    own = {
        family.name + ("_total" if family.type == "counter" else ""): (family.type, family.documentation) for family in registry.collect()
    }
    assert {name: row for name, row in listed.items() if name in expected} == expected
    assert {name: (kind, meaning) for name, (kind, _, meaning) in listed.items() if name not in expected} == own


def test_the_readme_lists_every_address_of_the_open_data(app: APIFlask) -> None:
    described = json.loads(app.test_client().get("/openapi.json").data)["paths"]
    assert not [path for path in described if f"`{path}`" not in README]
