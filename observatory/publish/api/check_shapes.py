"""Describe what our own checks saw as it is published in the API."""

from pydantic import Field

from observatory.model.check import CheckOutcome
from observatory.publish.api.shapes import Moment, Shape
from observatory.readmodel.values import ServiceSummary


class CheckShape(Shape):
    """What our own checks of a menu come to at one place."""

    menu_id: str
    vantage: str = Field(description="The place the checks are made from.")
    outcome: CheckOutcome
    since: Moment = Field(description="When a check there first came to that.")
    last_at: Moment = Field(description="When a check was made there, up to six hours behind.")
    certificate_ends_at: Moment | None = Field(
        description="End of the certificate that was shown last; it stays after that end, and while no check gets so far as to see one."
    )


class ChecksShape(Shape):
    """What our own checks of a service come to, by places that made some within the last day."""

    service_id: str
    checks: tuple[CheckShape, ...]

    @classmethod
    def of(cls, summary: ServiceSummary) -> "ChecksShape":
        """Return what is published about checks."""
        return cls(
            service_id=summary.service.id,
            checks=tuple(
                CheckShape(
                    menu_id=each.menu.id,
                    vantage=each.vantage,
                    outcome=each.outcome,
                    since=each.since,
                    last_at=each.last_at,
                    certificate_ends_at=each.certificate_ends_at,
                )
                for each in summary.checks
            ),
        )
