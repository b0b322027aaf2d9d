"""Describe what those who run a service write about an incident while it lasts, and afterwards."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from observatory.errors import BadInput, phrase
from observatory.model.text import Text
from observatory.model.visible_text import refuse_longer

Stage = Literal["investigating", "identified", "monitoring", "resolved", "postmortem"]
STAGES: tuple[Stage, ...] = get_args(Stage)
UPDATE_LENGTH_MAX = 4000


@dataclass(frozen=True, slots=True)
class IncidentUpdate:
    """One message, the `number`th of its incident. Only the language that is missing may still be written, nothing is changed."""

    incident_id: str
    number: int
    stage: Stage
    text: Text
    """In both languages; one may still be empty."""
    at: datetime

    def __post_init__(self) -> None:
        if not any(written.strip() for written in self.text):
            raise BadInput(
                phrase("cannot publish an update without a text"),
                phrase("give one in Korean, English or both, up to %(max)d characters"),
                max=UPDATE_LENGTH_MAX,
            )
        refuse_longer("text", self.text, UPDATE_LENGTH_MAX)
