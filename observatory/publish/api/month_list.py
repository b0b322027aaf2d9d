"""Publish the figures of a month as they are hashed, beside the hash that stands in the log."""

from hashlib import sha256

from pydantic import Field

from observatory.errors import NotFound
from observatory.flows.figures import figures_of
from observatory.flows.months import FrozenMonth, frozen_months
from observatory.judge.windows import MONTH_PATTERN, named_window
from observatory.model.catalogue import Service
from observatory.model.figure import Window
from observatory.publish.api.paging import CURSOR_LENGTH_MAX, cursor_after, id_before
from observatory.publish.api.questions import Question
from observatory.signoff.canonical_figures import FORM, canonical_figures
from observatory.web.context import parts
from observatory.web.shapes import Moment, Shape

MONTHS = "months"
SERVICES_DEFAULT, SERVICES_MAX = 20, 50


class MonthQuestion(Question):
    """Which services of a month."""

    service: str | None = Field(None, max_length=64, description="Id of a service; left out: all of them, by id.")
    limit: int = Field(SERVICES_DEFAULT, ge=1, le=SERVICES_MAX, description=f"How many services to look at, 1 to {SERVICES_MAX}.")
    cursor: str | None = Field(None, min_length=1, max_length=CURSOR_LENGTH_MAX, description='The "next" of the page before.')

    @property
    def is_dear(self) -> bool:
        """It adds up a month of each service."""
        return True


class FrozenServiceShape(Shape):
    """A service in a month."""

    service_id: str
    sha256_frozen: str | None = Field(description="What stands in the log; null if the service or the month does not.")
    sha256: str = Field(description="Of `figures` as it is now: another one than the frozen says that a figure changed since.")
    figures: str = Field(description="The figures in canonical JSON (RFC 8785), numbers with a fraction as text: these bytes are hashed.")


class MonthShape(Shape):
    """A month: when it was frozen, and its services by id."""

    month: str
    frozen_at: Moment | None = Field(description="Null: not yet.")
    method: str | None = Field(description="The version of the method by which the frozen figures were made.")
    services: tuple[FrozenServiceShape, ...]
    next: str | None = Field(description="The cursor of the next page; null on the last.")


def month_of(name: str, asked: MonthQuestion) -> MonthShape:
    """Return a page of the services of a month that were observed by then. Raises NotFound for what is no month or has not begun."""
    known, now = parts(), parts().now()
    catalogue = known.register.catalogue()
    match = MONTH_PATTERN.fullmatch(f"month:{name}")
    window = (
        named_window(f"month:{name}", catalogue.site.zone, now) if match and 1 <= int(match[2]) <= 12 and int(match[1]) >= 1970 else None
    )
    if window is None or window.start > now:
        raise NotFound("cannot show this month: it is none, or has not begun", "write it as 2026-11")
    with known.register.look() as books:
        frozen = frozen_months(books).get(name)
    after = id_before(MONTHS, asked.cursor) if asked.cursor else ""
    rest = sorted((each for each in catalogue.services if each.id > after and asked.service in (None, each.id)), key=lambda each: each.id)
    page = rest[: asked.limit]
    shapes = (_service(each, window, frozen) for each in page)
    return MonthShape(
        month=name,
        frozen_at=frozen.at if frozen else None,
        method=frozen.method if frozen else None,
        services=tuple(shape for shape in shapes if shape is not None),
        next=cursor_after(MONTHS, page[-1].id) if len(rest) > len(page) else None,
    )


def _service(service: Service, window: Window, frozen: FrozenMonth | None) -> FrozenServiceShape | None:
    found = figures_of(service, window, parts().register, parts().telemetry, parts().now())
    written = frozen.hashes.get(service.id) if frozen else None
    if written is None and (found.observed_from is None or found.observed_from >= window.end):
        return None
    body = canonical_figures(found, frozen.form if frozen else FORM)
    return FrozenServiceShape(service_id=service.id, sha256_frozen=written, sha256=sha256(body).hexdigest(), figures=body.decode())
