"""Write metric families as Prometheus text (version 0.0.4): directly, because the client library is ten times slower."""

import math
import re
from collections.abc import Iterable
from typing import Literal

MetricType = Literal["gauge", "counter", "summary"]
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "observatory_"

_ODD = re.compile(r'[\\\n"]')
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", '"': '\\"'})
_HELP_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n"})


class Family:
    """One metric: its name without the prefix, and its samples as they are added."""

    def __init__(self, name: str, metric_type: MetricType, meaning: str, labels: tuple[str, ...] = ()) -> None:
        self.name = name
        self.metric_type = metric_type
        self.meaning = meaning
        self.labels = labels
        self.lines: list[str] = []
        self._pairs = "{" + ",".join(f'{label}="%s"' for label in labels) + "}" if labels else ""

    def add(self, value: float | None, *label_values: str, suffix: str = "") -> None:
        """Add a sample, a value for each label; `value` None means unknown, and an unknown value has no sample."""
        if value is not None:
            self.lines.append(f"{self.before(*label_values, suffix=suffix)}{number(value)}")

    def before(self, *label_values: str, suffix: str = "") -> str:
        """Return what stands before the value of a sample."""
        if _ODD.search("".join(label_values)):
            label_values = tuple(text.translate(_ESCAPES) for text in label_values)
        return f"{PREFIX}{self.name}{suffix}{self._pairs % label_values} "

    def add_states(self, current: str, states: Iterable[str], *label_values: str) -> None:
        """Add a state set: one sample for each state, 1 for the current one."""
        for state in states:
            self.add(1 if state == current else 0, *label_values, state)


def number(value: float) -> str:
    """Return a value as the format wants it: the shortest text that reads back the same."""
    if isinstance(value, int):
        return str(value)
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else repr(value)


def text_of(families: Iterable[Family]) -> str:
    """Return the exposition of all families that have a sample, HELP and TYPE once each."""
    parts: list[str] = []
    for family in families:
        if family.lines:
            parts.append(f"# HELP {PREFIX}{family.name} {family.meaning.translate(_HELP_ESCAPES)}")
            parts.append(f"# TYPE {PREFIX}{family.name} {family.metric_type}")
            parts.extend(family.lines)
    return "\n".join([*parts, ""])
