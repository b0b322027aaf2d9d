"""Name what a check of ours can come to, and the parts of its time: the words in which places of checks report to the server."""

from dataclasses import dataclass
from datetime import datetime
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
