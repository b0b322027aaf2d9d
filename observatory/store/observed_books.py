"""Promise what the register keeps of those who are observed: services, checks and incidents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from observatory.model.catalogue import Catalogue
from observatory.model.correction import Correction, JudgeAgain
from observatory.model.incident import Incident


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

    def choose_source(self, choice: SourceChoice) -> None:
        """Remember from which day on a server source tells of a service; a later choice of the same day replaces the earlier one."""

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

    def incident(self, incident_id: str) -> Incident | None:
        """Return one incident, superseded and withdrawn ones too."""

    def keep(self, incidents: Sequence[Incident]) -> None:
        """Insert or replace incidents. Identity is the judge's business; none is ever deleted."""


class CorrectionBook(Protocol):
    """Final minutes that late evidence would make better, and what auditors said of them."""

    def withhold(self, correction: Correction) -> None:
        """Note what waits for an auditor, as one with what waits already and overlaps or touches it."""

    def corrections(self, service_id: str | None = None) -> list[Correction]:
        """Return what waits and what was approved, of one service or of all, by start."""

    def approve(self, correction: Correction) -> None:
        """Keep the decision about one that waits, known by service, menu and start."""

    def judge_again(self, service_id: str, start: datetime, end: datetime) -> None:
        """Ask that minutes be judged again, for another reason than new evidence."""

    def to_judge_again(self) -> list[JudgeAgain]:
        """Return what was asked for and is not yet taken up, in order."""

    def judged_again(self, numbers: Sequence[int]) -> None:
        """Forget what was taken up."""
