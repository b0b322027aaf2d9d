"""Promise what the register keeps of those who are observed: services, checks and incidents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from observatory.model.catalogue import Catalogue
from observatory.model.check import CheckSeen, Sighted
from observatory.model.correction import Correction, JudgeAgain
from observatory.model.incident import Incident
from observatory.model.incident_update import IncidentUpdate
from observatory.model.maintenance import Announcement, Maintenance
from observatory.store.dated_rules import RuleChange


@dataclass(frozen=True, slots=True)
class ProbeSeries:
    """A schedule of checks: whose it is and how far apart they come."""

    service: int
    menu: int
    source: int
    """Source.PROBE or Source.AGENCY_PROBE + vantage."""
    interval_s: int


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """From which day on which server source tells of a service."""

    service_id: str
    from_day: date
    source: int


@dataclass(frozen=True, slots=True)
class HoursChange:
    """From which day on which hours of a service are in force."""

    service_id: str
    from_day: date
    hours: str


class ServiceBook(Protocol):
    """Who is observed."""

    def catalogue(self) -> Catalogue:
        """Return the catalogue with indexes, removed services included: in its order, after that those that have left it."""

    def replace(self, catalogue: Catalogue, now: datetime) -> None:
        """Make this, which `refuse_clashes` has seen, the catalogue. Services and menus keep their index; new ones get a fresh one.

        Missing services, and those marked so, are frozen (`removed`), and come back under the same index.
        """

    def registered_at(self, service_id: str) -> datetime | None:
        """Return when a service was first registered."""

    def removed_at(self, service_id: str) -> datetime | None:
        """Return when a service that is removed left the catalogue, None for others."""

    def choose_source(self, choice: SourceChoice) -> None:
        """Remember from which day on a server source tells of a service; a later choice of the same day replaces the earlier one."""

    def change_hours(self, change: HoursChange) -> None:
        """Remember from which day on hours are in force; a later change of the same day replaces the earlier one."""

    def hours_changes(self, service_id: str) -> tuple[HoursChange, ...]:
        """Return the changes of a service's hours, the earliest day first; none if they never changed."""

    def change_rule(self, change: RuleChange) -> None:
        """Remember from which day on a rule has a value; a later change of the same day replaces the earlier one."""

    def rule_changes(self, service_id: str) -> tuple[RuleChange, ...]:
        """Return the changes of a service's rules, or of ALL_SERVICES, by rule, the earliest day first; none if they never changed."""

    def menu_id(self, index: int) -> str | None:
        """Return what the menu of an index is or was called."""

    def source_choices(self, service_id: str) -> tuple[SourceChoice, ...]:
        """Return the choices made for a service, the earliest day first."""


class ProbeBook(Protocol):
    """From where checks are made, and how often."""

    def keep_series(self, series: Sequence[ProbeSeries]) -> None:
        """Remember the declared intervals, replacing earlier ones of the same service, menu and source."""

    def series(self, service: int) -> list[ProbeSeries]:
        """Return the declared intervals of a service, ordered by menu and source."""

    def vantage(self, name: str, *, of_agency: bool = False) -> int | None:
        """Return the source number of a vantage, None for an unknown one: from Source.PROBE up, of an agency from Source.AGENCY_PROBE.

        Operators' and agencies' vantages of one name are two.
        """

    def add_vantage(self, name: str, *, of_agency: bool = False) -> int:
        """Give a vantage the next source number, unless it has one, and return it.

        A number is never given to another vantage. Raises Conflict once there are no more.
        """

    def vantages(self) -> dict[int, str]:
        """Return the name of every vantage, operators' and agencies', by source number."""

    def keep_seen(self, seen: Sequence[CheckSeen]) -> None:
        """Remember what checks come to, replacing what was of the same service, menu and source."""

    def seen(self, service: int) -> list[CheckSeen]:
        """Return what the checks of a service come to, ordered by menu and source."""

    def add_sighted(self, counted: Sequence[Sighted]) -> None:
        """Add checks, and those that were seen again, to the days of services; traced once is traced."""

    def sighted(self, service: int, first: date) -> list[Sighted]:
        """Return the days of a service from the first on, in order; none without checks."""

    def forget_sighted(self, before: date) -> None:
        """Forget the days before one."""


class IncidentBook(Protocol):
    """What failed."""

    def incidents(
        self,
        service_id: str | None = None,
        menu_id: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
        after_id: str | None = None,
    ) -> list[Incident]:
        """Return incidents that overlap [start, end), newest start first, ties by id; `menu_id` None: of services as a whole.

        `after_id` continues behind that incident; raises NotFound if it is gone. Superseded and withdrawn ones are left out.
        """

    def of_all_subjects(self, service_id: str, start: datetime) -> list[Incident]:
        """Return the incidents of a service and of its menus that end after `start`, if at all, by their begin."""

    def newest(self, service_id: str) -> dict[str | None, Incident]:
        """Return the newest incident of a service (None) and of each menu that had one; superseded and withdrawn ones are left out."""

    def incident(self, incident_id: str) -> Incident | None:
        """Return one incident, superseded and withdrawn ones too."""

    def keep(self, incidents: Sequence[Incident]) -> None:
        """Insert or replace incidents. Identity is the judge's business; none is ever deleted."""


class UpdateBook(Protocol):
    """What was written about incidents."""

    def add(self, update: IncidentUpdate) -> None:
        """Keep an update. Raises Conflict if its incident has one of that number."""

    def translate(self, update: IncidentUpdate) -> None:
        """Keep the texts of an update that is known by incident and number."""

    def updates(self, incident_ids: Sequence[str]) -> Mapping[str, tuple[IncidentUpdate, ...]]:
        """Return the updates of each incident that has some, the newest first, with those of all that were merged into it."""


class MaintenanceBook(Protocol):
    """Work that was announced."""

    def announce(self, maintenance_id: str, service_id: str, said: Announcement) -> None:
        """Keep what is said of a maintenance, known before or not. Raises Conflict if its service is another."""

    def cancel(self, maintenance_id: str, now: datetime) -> None:
        """Note that a maintenance was cancelled; the first time counts."""

    def maintenance(self, maintenance_id: str) -> Maintenance | None:
        """Return one, cancelled or not."""

    def announced(self, service_id: str | None = None) -> list[Maintenance]:
        """Return everything announced, of one service or of all, by start, ties by id."""


class CorrectionBook(Protocol):
    """Final minutes that late evidence would make better, and what auditors said of them."""

    def withhold(self, correction: Correction) -> None:
        """Note what waits for an auditor, as one with what waits already and overlaps or touches it."""

    def corrections(self, service_id: str | None = None) -> list[Correction]:
        """Return what waits and what was approved, of one service or of all, by start."""

    def approve(self, correction: Correction) -> None:
        """Keep the decision about one that waits, known by service, menu and start."""

    def decide(self, correction: Correction) -> None:
        """Keep an approved one of minutes that did not wait; what was decided of the same minutes before stays beside it."""

    def method(self) -> str:
        """Return the version of the method by which what is stored was judged; empty before the first."""

    def change_method(self, version: str) -> None:
        """Note that everything is judged by another version from now on."""

    def judge_again(self, service_id: str, start: datetime, end: datetime) -> None:
        """Ask that minutes be judged again, for another reason than new evidence."""

    def to_judge_again(self) -> list[JudgeAgain]:
        """Return what was asked for and is not yet taken up, in order."""

    def judged_again(self, numbers: Sequence[int]) -> None:
        """Forget what was taken up."""
