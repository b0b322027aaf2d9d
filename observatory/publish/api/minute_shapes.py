"""Shape why a minute was judged as it was, as open data."""

from typing import Literal, Self

from pydantic import Field

from observatory.errors import NotFound
from observatory.judge.days import moment_of
from observatory.judge.explaining import minute_named
from observatory.judge.explanation import MinuteState, UsersRule
from observatory.model.columns import Source
from observatory.readmodel.public_minute import PublicMinute, PublicSubject, public_minute
from observatory.web.context import parts
from observatory.web.shapes import Moment, Shape

VerdictName = Literal["unknown", "up", "degraded", "partial", "down"]
ClassName = Literal["unknown", "up", "degraded", "blip", "partial", "down", "maintenance", "closed", "isolated"]
DecidedName = Literal["nobody", "users", "probes", "probes_over_users", "blind"]
FEW = "Null where there were 1 to 19 requests."


class MinuteSubjectShape(Shape):
    """Why a minute of the service, or of a menu, was judged as it was."""

    menu_id: str | None = Field(description="Null: the service as a whole.")
    critical: bool = Field(description="Whether the service counts as at least as bad as this menu.")
    requests: int | None = Field(description=FEW)
    failed_requests: int | None
    slow_requests: int | None
    block_minutes: int = Field(description="How many minutes are counted as one.")
    block_requests: int | None = Field(description=FEW)
    block_failed_requests: int | None
    block_slow_requests: int | None
    block_throttled_requests: int | None = Field(description="Null where there were 1 to 19 with them.")
    block_client_error_requests: int | None
    usual_client_error_requests: int | None = Field(description="Usual in such a block; null if not known, or 1 to 19.")
    users_say: VerdictName
    users_rule: UsersRule = Field(description="Which rule made requests say so (method, section 3).")
    votes_ok: int
    votes_failed: int
    votes_say: VerdictName
    expected_requests: int | None = Field(description="Null if not known, or fewer than 20.")
    vanished: bool = Field(description="Whether traffic has vanished, so that checks overrule those who still get through.")
    decided_by: DecidedName
    own_verdict: VerdictName = Field(description="Of the minute by itself.")
    bridged_verdict: VerdictName = Field(description="With minutes without evidence between two bad ones filled.")
    verdict: VerdictName = Field(description="As published: of a service not better than its critical menus.")
    minute_class: ClassName = Field(alias="class")
    incident_id: str | None

    @classmethod
    def of(cls, subject: PublicSubject) -> Self:
        """Return a published subject."""
        return cls.model_validate(
            {
                "menu_id": subject.menu_id,
                "critical": subject.critical,
                "requests": subject.requests.count,
                "failed_requests": subject.requests.failed,
                "slow_requests": subject.requests.slow,
                "block_minutes": subject.block_minutes,
                "block_requests": subject.block.count,
                "block_failed_requests": subject.block.failed,
                "block_slow_requests": subject.block.slow,
                "block_throttled_requests": subject.block.turned_away,
                "block_client_error_requests": subject.block.client_error,
                "usual_client_error_requests": subject.usual_client_error,
                "users_say": subject.users_say.name.lower(),
                "users_rule": subject.users_rule,
                "votes_ok": subject.probes_ok,
                "votes_failed": subject.probes_failed,
                "votes_say": subject.probes_say.name.lower(),
                "expected_requests": subject.expected,
                "vanished": subject.vanished,
                "decided_by": subject.decided_by.name.lower(),
                "own_verdict": subject.own.name.lower(),
                "bridged_verdict": subject.bridged.name.lower(),
                "verdict": subject.stored.name.lower(),
                "class": subject.minute_class.name.lower(),
                "incident_id": subject.incident.id if subject.incident else None,
            }
        )


class MinuteShape(Shape):
    """A minute of a service: what the evidence was, and what was made of it."""

    service_id: str
    minute: Moment
    method: str
    state: MinuteState = Field(description="Of what there is to explain; settled: requests by source are no longer kept.")
    waiting: bool = Field(description="Whether more came since it was judged: it is about to be judged again.")
    blind: bool = Field(description="Whether the observatory itself was not running.")
    server_source: str | None = Field(description="The one source of requests of that day; null: no server reported.")
    subjects: tuple[MinuteSubjectShape, ...] = Field(description="The service first, then its menus; none where nothing is known.")

    @classmethod
    def of(cls, found: PublicMinute) -> Self:
        """Return a published minute."""
        explained = found.explained
        return cls(
            service_id=found.service.id,
            minute=moment_of(explained.minute),
            method=explained.method.version,
            state=explained.state,
            waiting=explained.waiting,
            blind=explained.blind,
            server_source=Source(explained.source).name.lower().replace("_", "-") if explained.source else None,
            subjects=tuple(map(MinuteSubjectShape.of, found.subjects)),
        )


def minute_of_service(service_id: str, minute: str) -> MinuteShape:
    """Return why a minute of a service was judged as it was. Raises NotFound or BadInput."""
    known = parts()
    service = known.register.catalogue().service(service_id)
    if service is None:
        raise NotFound("cannot explain a minute: there is no service of this id", "ids are in /api/v1/services")
    return MinuteShape.of(public_minute(service, minute_named(minute), known.register, known.telemetry, known.now()))
