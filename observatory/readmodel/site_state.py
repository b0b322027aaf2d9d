"""Hold what everything published is made from; it is cheap to look at."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from observatory.judge.days import minute_of
from observatory.model.catalogue import Catalogue
from observatory.readmodel.maintenance import MaintenanceOfServices
from observatory.signoff.gate_history import History


@dataclass(frozen=True, slots=True)
class SiteState:
    """As long as its version stays, nothing published changes."""

    catalogue: Catalogue
    catalogue_digest: str
    judged: int
    """How often anything was judged."""
    made_ready: int
    """How often anything was made ready for readers."""
    listed: int
    """The last of these changes that changed what lists say of a service."""
    log_size: int
    history: History
    """What the log tells of releases and their sign-offs."""
    maintenance: MaintenanceOfServices
    now: datetime
    """The begin of the present minute, so that two answers of one minute are the same."""

    @property
    def version(self) -> str:
        """Changes whenever anything published may have changed."""
        return f"{self.minute}-{self.log_size}-{self.catalogue_digest}-{self.judged}-{self.made_ready}"

    @property
    def minute(self) -> int:
        """The present minute."""
        return minute_of(self.now)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of civil days."""
        return self.catalogue.site.zone

    @property
    def today(self) -> date:
        """The civil day it is."""
        return self.now.astimezone(self.zone).date()
