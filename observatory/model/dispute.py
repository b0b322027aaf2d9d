"""Describe what those who run a service say against an incident, and what an auditor answered. No digit hangs on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from observatory.errors import BadInput, phrase
from observatory.model.text import Text
from observatory.model.visible_text import refuse_longer

DisputeState = Literal["open", "accepted", "declined"]
DISPUTE_STATES: tuple[DisputeState, ...] = get_args(DisputeState)
DISPUTE_LENGTH_MAX = 4000
ANSWER_LENGTH_MAX = 2000


@dataclass(frozen=True, slots=True)
class DisputeAnswer:
    """What an auditor decided; an accepted dispute is a correction too."""

    accepted: bool
    reason: Text
    """In both languages."""
    at: datetime
    by: str
    """The auditor, as a mark."""

    def __post_init__(self) -> None:
        if not all(written.strip() for written in self.reason):
            raise BadInput(phrase("cannot answer a dispute without a reason"), phrase("give one in Korean and in English"))
        refuse_longer("reason", self.reason, ANSWER_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class Dispute:
    """The `number`th dispute of an incident. Only the language that is missing, and the answer, may still come."""

    incident_id: str
    number: int
    text: Text
    """In both languages; one may still be empty."""
    at: datetime
    answer: DisputeAnswer | None = None

    def __post_init__(self) -> None:
        if not any(written.strip() for written in self.text):
            raise BadInput(phrase("cannot publish a dispute without a text"), phrase("give one in Korean, English or both"))
        refuse_longer("text", self.text, DISPUTE_LENGTH_MAX)

    @property
    def id(self) -> str:
        """A name for commands and addresses."""
        return f"{self.incident_id}-dispute-{self.number}"

    @property
    def state(self) -> DisputeState:
        """What became of it."""
        if self.answer is None:
            return "open"
        return "accepted" if self.answer.accepted else "declined"
