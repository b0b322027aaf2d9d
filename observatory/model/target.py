"""Name what services of a grade have to reach, as data: the interior ministry's service-level standard of 2025."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

SCHEME = "mois-service-level-2025"

TargetResult = Literal["met", "missed", "undecided"]


@dataclass(frozen=True, slots=True)
class Target:
    """What a grade asks for in a month."""

    availability_permyriad: int
    """Of 10 000."""
    repair_minutes: int
    """Longest a single repair may take."""


TARGETS: Mapping[int, Target] = {1: Target(9992, 120), 2: Target(9990, 180)}
"""By grade; the others have none."""


@dataclass(frozen=True, slots=True)
class TargetFigure:
    """How a service did against the target of its grade."""

    scheme: str
    grade: int
    availability_percent: float
    availability: TargetResult
    """Met only if it is met with every unknown minute counted as down, missed only if without any."""
    repair_minutes: int
    repairs_exceeded: int
    """Incidents that ended in the window and took longer to repair."""
    valid_from: date | None = None
    """From which day on the grade is in force; None: ever since the service is observed."""
