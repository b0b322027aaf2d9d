"""Check query strings; whatever is not understood is refused with a hint, never ignored."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, model_validator

from observatory.errors import BadInput
from observatory.judge.windows import MONTH_PATTERN, WINDOW_NAMES, named_window, window_of_hours
from observatory.model.figure import Window
from observatory.publish.api.paging import CURSOR_LENGTH_MAX, LIMIT_DEFAULT, LIMIT_MAX

WINDOW_DEFAULT = "30d"
_SHOWN_LENGTH_MAX = 60
_MESSAGE_START = re.compile(r"^(Input should be|Value error,) ")
_DIGITS = re.compile(r"\d{1,19}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z", re.ASCII)


def _moment(text: object) -> datetime:
    """Return the moment a parameter names; a zone other than Z is not accepted, since + means space in a query string."""
    if isinstance(text, str) and _MOMENT.fullmatch(text):
        with suppress(ValueError):
            return datetime.fromisoformat(text[:-1]).replace(tzinfo=UTC)
    raise ValueError("a UTC time such as 2026-11-20T09:04:00Z")


Moment = Annotated[datetime, BeforeValidator(_moment)]


def _whole_number(value: object) -> object:
    """Return a number as it came if it is written in plain digits: Python itself would read 1_0 as well."""
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise ValueError("a whole number in plain digits, such as 100")
    return value


WholeNumber = Annotated[int, BeforeValidator(_whole_number)]


def _month(text: object) -> str:
    """Return the month a parameter names."""
    if isinstance(text, str) and (match := MONTH_PATTERN.fullmatch(f"month:{text}")) and 1 <= int(match[2]) <= 12:
        return text
    raise ValueError("a month such as 2026-11")


Month = Annotated[str, BeforeValidator(_month)]


class Question(BaseModel):
    """Query parameters of one endpoint. An unknown name or an impossible value raises BadInput."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    def is_dear(self) -> bool:
        """Whether an answer that is not kept ready takes as long as figures of a span do, and not as a part of a list."""
        return False

    @property
    def kept_as(self) -> str | None:
        """What names this question among those of its address that are kept ready; None if there are too many to keep.

        ! A question with parameters has to say so itself: two that have one name get one answer.
        """
        return None if type(self).model_fields else ""

    @model_validator(mode="wrap")
    @classmethod
    def _refuse(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(data)
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0])[:_SHOWN_LENGTH_MAX]
            hints = {field.alias or field_name: field.description or "" for field_name, field in cls.model_fields.items()}
            if name not in hints:
                hint = f"the known ones are {', '.join(hints)}" if hints else "this address takes none"
                raise BadInput(f"cannot use parameter {name!r}: no such name", hint) from None
            reason = _MESSAGE_START.sub("not ", first["msg"])
            raise BadInput(f"cannot use {name}={str(first['input'])[:_SHOWN_LENGTH_MAX]!r}: {reason}", hints[name]) from None


class NoQuestion(Question):
    """For an address that takes no parameter."""


class MinuteQuestion(Question):
    """For one minute of a service, of which there are more than can be kept ready."""

    @property
    def is_dear(self) -> bool:
        """It reads weeks of what is usual."""
        return True

    @property
    def kept_as(self) -> str | None:
        """None: there are too many."""
        return None


class PageQuestion(Question):
    """Which part of a list."""

    limit: WholeNumber = Field(LIMIT_DEFAULT, ge=1, le=LIMIT_MAX, description=f"How many to return, 1 to {LIMIT_MAX}.")
    cursor: str | None = Field(None, min_length=1, max_length=CURSOR_LENGTH_MAX, description='The "next" of the page before.')

    @property
    def kept_as(self) -> str | None:
        """The first page as it is given to whoever says nothing else."""
        return "" if self.limit == LIMIT_DEFAULT and self.cursor is None else None


class LogQuestion(Question):
    """Which part of the log."""

    first: WholeNumber = Field(0, ge=0, le=2**53 - 1, description="Index of the first entry to return.")
    limit: WholeNumber = Field(LIMIT_DEFAULT, ge=1, le=LIMIT_MAX, description=f"How many to return, 1 to {LIMIT_MAX}.")

    @property
    def kept_as(self) -> str | None:
        """The first part as it is given to whoever says nothing else."""
        return "" if self.first == 0 and self.limit == LIMIT_DEFAULT else None


class IncidentsQuestion(PageQuestion):
    """Which incidents: those that overlap [from, to)."""

    service: str | None = Field(None, max_length=64, description="Id of a service; left out: of all.")
    menu: str | None = Field(None, max_length=64, description="Id of a menu of that service; left out: of the service as a whole.")
    start: Moment | None = Field(None, alias="from", description="Begin of the span, UTC, such as 2026-11-01T00:00:00Z.")
    end: Moment | None = Field(None, alias="to", description="End of the span, not included, UTC.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.menu is not None and self.service is None:
            raise BadInput("cannot list incidents of a menu alone", "menu ids are unique within a service: give service too")
        if self.start and self.end and self.start >= self.end:
            raise BadInput("cannot list incidents of an empty span", "from must be before to")
        return self

    @property
    def kept_as(self) -> str | None:
        """The same, of each service and menu there is."""
        if super().kept_as is None or self.start is not None or self.end is not None:
            return None
        return f"{self.service or ''}/{self.menu or ''}"


class MaintenanceQuestion(PageQuestion):
    """Which maintenance: what overlaps [from, to)."""

    service: str | None = Field(None, max_length=64, description="Id of a service; left out: of all.")
    start: Moment | None = Field(None, alias="from", description="Begin of the span, UTC, such as 2026-11-01T00:00:00Z.")
    end: Moment | None = Field(None, alias="to", description="End of the span, not included, UTC.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.start and self.end and self.start >= self.end:
            raise BadInput("cannot list maintenance of an empty span", "from must be before to")
        return self

    @property
    def kept_as(self) -> str | None:
        """The same, of each service there is."""
        return None if super().kept_as is None or self.start is not None or self.end is not None else f"{self.service or ''}/"


class FiguresQuestion(Question):
    """Which span the figures speak of: a named window, or [from, to)."""

    window: str | None = Field(None, max_length=20, description="24h (full hours), 7d, 30d (default), 90d, or month:YYYY-MM.")
    start: Moment | None = Field(None, alias="from", description="Begin of a span of full hours, UTC, such as 2026-11-01T00:00:00Z.")
    end: Moment | None = Field(None, alias="to", description="End of the span, not included, UTC.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.start is None) != (self.end is None):
            raise BadInput("cannot tell the span: one end is missing", "give both from and to, or a window")
        if self.window is not None and self.start is not None:
            raise BadInput("cannot answer for a window and a span at once", "give either window, or from and to")
        return self

    @property
    def is_dear(self) -> bool:
        """It adds up days."""
        return True

    @property
    def kept_as(self) -> str | None:
        """The windows that move with time; months and spans are many."""
        name = self.window or WINDOW_DEFAULT
        return name if self.start is None and name in WINDOW_NAMES else None

    def asked_window(self, now: datetime, zone: ZoneInfo) -> Window:
        """Return the span; BadInput for a name that is none, or a span too long."""
        if self.start is not None and self.end is not None:
            return window_of_hours(self.start, self.end, zone)
        return named_window(self.window or WINDOW_DEFAULT, zone, now)


class MinutesQuestion(Question):
    """Which month, and whether of the service as a whole or of a menu."""

    month: Month | None = Field(None, description="A month of the site's zone, such as 2026-11; left out: the present one, so far.")
    menu: str | None = Field(None, max_length=64, description="Id of a menu of the service; left out: of the service as a whole.")

    @property
    def is_dear(self) -> bool:
        """It writes every minute of a month."""
        return True

    def asked_window(self, now: datetime, zone: ZoneInfo) -> Window:
        """Return the month as a span; BadInput for one before 1970."""
        return named_window(f"month:{self.month or now.astimezone(zone).strftime('%Y-%m')}", zone, now)
