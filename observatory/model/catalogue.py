"""Describe who is observed: the site, its agencies, services and menus."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeVar, cast
from zoneinfo import ZoneInfo

from observatory.errors import BadInput
from observatory.model.service_hours import parse_week
from observatory.model.text import NOT_WRITTEN, Text

ID_PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", re.ASCII)
OTHER_MENU_INDEX = 0
"""Requests no menu matches are kept under this menu index; as a strip or incident key it means the service as a whole."""

OTHER_MENU_ID = "_other"

SERVER_SOURCE_NAMES = ("access-log", "metric", "span", "log")

HOURS_DEFAULT = "00:00-24:00"
SLOW_MS_DEFAULT = 3000
PROBE_TEXT_LENGTH_MAX = 200
PROBE_STEPS_MAX = 8
UNNAMED_SITE = Text("공공서비스 관측소", "Public Service Observatory")

T = TypeVar("T")


def _require(condition: object, message: str, hint: str) -> None:
    if not condition:
        raise BadInput(message, hint)


def check_id(value: str, noun: str) -> None:
    """Refuse an id that could not stand in a URL, a metric label or a file name."""
    _require(
        ID_PATTERN.fullmatch(value) is not None,
        f"cannot use {value!r} as the id of a {noun}",
        "use 1 to 64 lower-case letters, digits and hyphens",
    )


@dataclass(frozen=True, slots=True)
class Site:
    """The observatory itself, as citizens see it."""

    name: Text = UNNAMED_SITE
    time_zone: str = "Asia/Seoul"
    holidays: tuple[date, ...] = ()
    """Public holidays: services that name days of the week are closed then, unless they say otherwise."""

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError):
            raise BadInput(f"cannot use time zone {self.time_zone!r}", "use an IANA name such as Asia/Seoul") from None

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which days and months are civil days."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True)
class Agency:
    """A ministry or office that runs services."""

    id: str
    name: Text

    def __post_init__(self) -> None:
        check_id(self.id, "agency")
        _require(all(self.name), f"agency {self.id!r} lacks a name", "give name_ko and name_en")


class TelemetryIdentity(NamedTuple):
    """The resource attributes `service.namespace` and `service.name` that mean one service: looked up for every body."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """One address that is asked, and what its answer has to be."""

    url: str
    text: str = ""
    """What its answer has to hold; empty: anything."""
    status: int = 0
    """The only status that will do; 0: any the method counts as good."""

    def __post_init__(self) -> None:
        _require(self.url.startswith(("http://", "https://")), f"cannot probe {self.url!r}", "give an http or https address")
        _require(len(self.text) <= PROBE_TEXT_LENGTH_MAX, "cannot probe for this text", f"give at most {PROBE_TEXT_LENGTH_MAX} characters")
        expected = self.status == 0 or 200 <= self.status <= 599
        _require(expected, f"cannot probe for status {self.status}", "choose 200 to 599, or leave it out")


@dataclass(frozen=True, slots=True)
class ProbeTarget:
    """What is checked every `interval_s` seconds: one address, or a journey of several."""

    url: str = ""
    interval_s: int = 60
    text: str = ""
    """As in `ProbeStep`, of a single address."""
    status: int = 0
    steps: tuple[ProbeStep, ...] = ()
    """Addresses that are asked one after the other instead; the check fails at the first that does."""

    def __post_init__(self) -> None:
        _require(10 <= self.interval_s <= 7200, f"cannot probe every {self.interval_s} s", "choose 10 to 7200 seconds")
        if not self.steps:
            ProbeStep(self.url, self.text, self.status)
            return
        alone = not (self.url or self.text or self.status)
        _require(alone, "cannot probe an address and steps", "give the address as the first of steps, with its text and status")
        _require(len(self.steps) <= PROBE_STEPS_MAX, f"cannot probe {len(self.steps)} steps", f"give at most {PROBE_STEPS_MAX}")

    @property
    def journey(self) -> tuple[ProbeStep, ...]:
        """Everything that is asked, in order; a single address is a journey of one step."""
        return self.steps or (ProbeStep(self.url, self.text, self.status),)


@dataclass(frozen=True, slots=True)
class Menu:
    """A top-level journey of a service: the unit of published load time.

    `index` is the number the store gave it, unique over all services and never reused; 0 before it is registered.
    """

    id: str
    name: Text
    routes: tuple[str, ...] = ("*",)
    critical: bool = False
    slow_ms: int = SLOW_MS_DEFAULT
    probe: ProbeTarget | None = None
    index: int = 0

    def __post_init__(self) -> None:
        check_id(self.id, "menu")
        _require(all(self.name), f"menu {self.id!r} lacks a name", "give name_ko and name_en")
        _require(len(self.routes) > 0, f"menu {self.id!r} has no routes", 'give at least one pattern, such as "/jobs/*"')
        _require(1 <= self.slow_ms <= 60_000, f"menu {self.id!r}: slow_ms is {self.slow_ms}", "choose 1 to 60000")


HOME = Menu(id="home", name=Text("첫 화면", "Home"), routes=("*",))


@dataclass(frozen=True, slots=True)
class Service:
    """A public service. `index` as in `Menu`; `removed` services are frozen, their pages stay."""

    id: str
    agency_id: str
    name: Text
    url: str
    grade: int = 4
    executive_office: Text = NOT_WRITTEN
    telemetry: tuple[TelemetryIdentity, ...] = ()
    origins: tuple[str, ...] = ()
    channels: tuple[Text, ...] = ()
    """Where to turn while it fails."""
    release_url: str = ""
    """Where it says which release it runs, as JSON {version, digest}; empty: nowhere."""
    server_source: str = ""
    """The authoritative server source, one of SERVER_SOURCE_NAMES; empty: the most trusted that reports on the day."""
    low_traffic_block_minutes: int = 1
    hours: str = HOURS_DEFAULT
    menus: tuple[Menu, ...] = (HOME,)
    removed: bool = False
    index: int = 0

    def __post_init__(self) -> None:
        check_id(self.id, "service")
        _require(all(self.name), f"service {self.id!r} lacks a name", "give name_ko and name_en")
        _require(self.grade in (1, 2, 3, 4), f"service {self.id!r}: grade is {self.grade}", "choose 1, 2, 3 or 4")
        _require(
            self.low_traffic_block_minutes in (1, 5, 15, 60),
            f"service {self.id!r}: low_traffic_block_minutes is {self.low_traffic_block_minutes}",
            "choose 1, 5, 15 or 60",
        )
        _require(len(self.menus) > 0, f"service {self.id!r} has no menu", "leave menus out for a single one, home")
        _require(
            self.server_source in ("", *SERVER_SOURCE_NAMES),
            f"service {self.id!r}: server_source is {self.server_source!r}",
            f"choose one of {', '.join(SERVER_SOURCE_NAMES)}, or leave it out",
        )
        address = not self.release_url or self.release_url.startswith(("http://", "https://"))
        _require(address, f"service {self.id!r}: release_url is {self.release_url!r}", "give an http or https address, or leave it out")
        parse_week(self.hours)

    def menu(self, menu_id: str) -> Menu | None:
        """Return the menu of that id, or None."""
        return next((menu for menu in self.menus if menu.id == menu_id), None)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that is observed, in the order in which the catalogue file names it."""

    site: Site = Site()
    agencies: tuple[Agency, ...] = ()
    services: tuple[Service, ...] = ()
    _derived: dict[type, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    def derived(self, kind: Callable[["Catalogue"], T]) -> T:
        """Return what a class makes of this catalogue, made once; as long as the catalogue is held, so is that. Any number of threads."""
        assert isinstance(kind, type)
        found = self._derived.get(kind)
        return cast(T, found if found is not None else self._derived.setdefault(kind, kind(self)))

    def service(self, service_id: str) -> Service | None:
        """Return the service of that id, or None."""
        return self.derived(_ServicesById).get(service_id)

    def agency(self, agency_id: str) -> Agency | None:
        """Return the agency of that id, or None."""
        return next((agency for agency in self.agencies if agency.id == agency_id), None)


class _ServicesById(dict[str, Service]):
    """The services of a catalogue by id; of two of one id, which no register keeps, the first."""

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__((service.id, service) for service in reversed(catalogue.services))
