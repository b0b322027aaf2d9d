"""Describe what our own checks saw as it is published in the API."""

from pydantic import Field

from observatory.model.check import COMPLETENESS_DAYS, CheckOutcome, TelemetryCompleteness
from observatory.readmodel.values import ServiceSummary
from observatory.web.shapes import Moment, Shape


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


class CompletenessShape(Shape):
    """How many of our own checks are in the telemetry that a service sends of itself."""

    percent: float = Field(description="The share that was seen, cut to one digit.")
    checks: int = Field(description="Checks the service answered.")
    seen: int = Field(description="Those of them whose trace id came in spans or logs of the service.")
    days: int = Field(description="Of so many days, today among them.")

    @classmethod
    def of(cls, found: TelemetryCompleteness | None) -> "CompletenessShape | None":
        """Return what is published, None for nothing known."""
        return cls(percent=found.percent, checks=found.checks, seen=found.seen, days=COMPLETENESS_DAYS) if found else None


class ChecksShape(Shape):
    """What our own checks of a service come to, by places that made some within the last day."""

    service_id: str
    telemetry_completeness: CompletenessShape | None = Field(description="Null where the service sends no traces, or was not checked.")
    checks: tuple[CheckShape, ...]

    @classmethod
    def of(cls, summary: ServiceSummary) -> "ChecksShape":
        """Return what is published about checks."""
        return cls(
            service_id=summary.service.id,
            telemetry_completeness=CompletenessShape.of(summary.completeness),
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
