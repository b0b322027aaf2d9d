"""Share between surfaces how published objects and moments are written."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer

Moment = Annotated[datetime, PlainSerializer(lambda moment: moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), return_type=str)]
"""Whole seconds, UTC: 2026-11-20T09:04:00Z."""


class Shape(BaseModel):
    """A published object: every key is always there."""

    model_config = ConfigDict(from_attributes=True, frozen=True, extra="forbid")
