"""Name what a check of ours can come to, and the parts of its time: the words in which places of checks report to the server."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

Phase = Literal["resolve", "connect", "tls", "processing", "transfer"]
PHASES: tuple[Phase, ...] = get_args(Phase)

CheckOutcome = Literal[
    "passed",
    "refused",
    "unable",
    "unknown_name",
    "no_address",
    "no_name_server",
    "connect",
    "tls",
    "timeout",
    "http",
    "cut",
    "redirect",
    "status",
    "text",
]
"""`refused`: our own rules forbid to ask; `unable`: this host has no descriptor or port left; `unknown_name`: name servers say that the
name does not exist; `no_address`: that it has no address; `no_name_server`: none of them gave an answer; `http`: what came is no HTTP;
`cut`: the answer broke off."""
OUTCOMES: tuple[CheckOutcome, ...] = get_args(CheckOutcome)


TRACE_MARK = bytes.fromhex("0b5e7a70")
"""How the trace ids of our checks begin; their other 12 bytes are random. It only says where a look is worth its while."""
COMPLETENESS_DAYS = 7
"""Over how many days, today among them, it is published how many of our checks are seen again."""


@dataclass(frozen=True, slots=True)
class Sighted:
    """How many of our checks that a service answered on a day were seen again in its own telemetry."""

    service: int
    day: date
    checks: int
    seen: int
    traced: bool
    """Whether the service sent any trace ids at all."""


@dataclass(frozen=True, slots=True)
class TelemetryCompleteness:
    """The same of some days: what a service leaves out of its telemetry shows here."""

    checks: int
    seen: int

    @property
    def percent(self) -> float:
        """The share that was seen, cut to one digit."""
        return 1000 * self.seen // self.checks / 10


def completeness_of(days: Iterable[Sighted]) -> TelemetryCompleteness | None:
    """Return it for several days, None where there was no check that could be seen, or no trace at all."""
    listed = [*days]
    checks, seen = sum(day.checks for day in listed), sum(day.seen for day in listed)
    return TelemetryCompleteness(checks, seen) if checks and (seen or any(day.traced for day in listed)) else None


@dataclass(frozen=True, slots=True)
class CheckSeen:
    """What the checks of a menu come to at one place. A certificate that ended stays known, also while no check gets that far."""

    service: int
    menu: int
    source: int
    """Source.PROBE + vantage."""
    outcome: CheckOutcome
    since: datetime
    """When a check first came to that."""
    last_at: datetime
    """When a check was made there, a few hours behind."""
    certificate_ends_at: datetime | None = None
    """Of the certificate that was shown last; of a journey the earliest."""
