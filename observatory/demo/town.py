"""Describe the sample services: what they are called, which pages they have, how fast those are."""

from dataclasses import dataclass
from importlib.resources import files

from observatory.model.catalogue import Catalogue
from observatory.model.catalogue_file import parse_catalogue

CATALOGUE_FILE = "town.toml"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a sample service."""

    path: str
    median_ms: float
    error_share: float = 0.002


@dataclass(frozen=True, slots=True)
class SampleService:
    """A service of the town; `id` is its id in the catalogue."""

    id: str
    pages: tuple[Page, ...]
    requests_per_minute: int
    behind_access_log: bool = False
    """Reports through a followed access log instead of spans."""


SERVICES = (
    SampleService("certificates", (Page("/apply", 420), Page("/issued", 180)), 80),
    SampleService("jobs", (Page("/jobs", 310), Page("/statistics", 1450)), 60),
    SampleService("vaccination", (Page("/book", 650), Page("/record", 4200)), 50),
    SampleService("parking", (Page("/spaces", 140), Page("/pay", 520)), 70),
    SampleService("library", (Page("/search", 260), Page("/loans", 210)), 60, behind_access_log=True),
)
FAILING_SERVICE = "parking"
PROBED_SERVICE = "parking"


def town_catalogue() -> Catalogue:
    """Return the catalogue of the town."""
    text = files("observatory.demo").joinpath(CATALOGUE_FILE).read_text(encoding="utf-8")
    return parse_catalogue(text, CATALOGUE_FILE)
