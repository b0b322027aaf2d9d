"""Describe minutes that evidence which came late would make better, and what an auditor said of them."""

from dataclasses import dataclass
from datetime import datetime

from observatory.model.text import Text


@dataclass(frozen=True, slots=True)
class Correction:
    """Final bad minutes [start, end) of a service (`menu_id` None) or menu: they stay bad until an auditor lets them be judged anew."""

    service_id: str
    menu_id: str | None
    start: datetime
    end: datetime
    noted_at: datetime
    """When the evidence came."""
    approved_at: datetime | None = None
    reason: Text | None = None
    approved_by: str = ""
    """The auditor, as a mark."""

    @property
    def id(self) -> str:
        """A name for commands and addresses."""
        subject = self.service_id if self.menu_id is None else f"{self.service_id}.{self.menu_id}"
        return f"{subject}-{self.start:%Y%m%dT%H%M}"


@dataclass(frozen=True, slots=True)
class JudgeAgain:
    """Minutes [start, end) of a service that wait to be judged again, for another reason than new evidence."""

    number: int
    service_id: str
    start: datetime
    end: datetime
