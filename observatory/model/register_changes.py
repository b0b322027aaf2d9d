"""Say what was changed in the register: by a catalogue, and by who declares how often checks are made."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CatalogueChange:
    """Ids of services by what an applied catalogue did to them."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProbeSeries:
    """A schedule of checks: whose it is and how far apart they come."""

    service: int
    menu: int
    source: int
    """Source.PROBE + vantage."""
    interval_s: int
