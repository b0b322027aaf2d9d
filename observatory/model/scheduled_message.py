"""Describe what is to be published by itself later: an update of an incident, or a reminder of maintenance."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from observatory.errors import BadInput, phrase
from observatory.model.incident_update import UPDATE_LENGTH_MAX, Stage
from observatory.model.text import Text
from observatory.model.visible_text import refuse_longer

Outcome = Literal["published", "cancelled", "dropped"]
"""Dropped: when its time had come, there was nothing left to speak of."""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
SOONER_STAGES: tuple[Stage, ...] = ("investigating", "identified", "monitoring")
"""Stages that can be written ahead: nobody knows ahead that a failure will be over."""


@dataclass(frozen=True, slots=True)
class ScheduledMessage:
    """A text that waits for its time, and what became of it; either of an incident, with a stage, or of maintenance."""

    number: int
    """Its name; 0 before it is kept."""
    service_id: str
    incident_id: str | None
    maintenance_id: str | None
    stage: Stage | None
    text: Text
    publish_at: datetime
    by: str
    """Who wrote it, as a mark."""
    outcome: Outcome | None = None
    """None: it waits."""
    ended_at: datetime | None = None

    def __post_init__(self) -> None:
        if not any(written.strip() for written in self.text):
            raise BadInput(phrase("cannot publish an update without a text"), phrase("give one in Korean, English or both"))
        refuse_longer("text", self.text, UPDATE_LENGTH_MAX)
        if self.incident_id is not None and self.stage not in SOONER_STAGES:
            raise BadInput(phrase("cannot write ahead that a failure is over"), phrase("write it when it is over, or choose another stage"))
        if self.maintenance_id is not None and not all(written.strip() for written in self.text):
            raise BadInput(phrase("cannot schedule a reminder in one language alone"), phrase("give the text in Korean and in English"))
