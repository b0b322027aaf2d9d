"""Describe which records of a service are in no figure, or came when their minute was final: what was left out is public."""

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

LeftOutReason = Literal["rejected", "quarantined", "late"]
LEFT_OUT_REASONS: tuple[LeftOutReason, ...] = get_args(LeftOutReason)
LeftOutCounts = Mapping[LeftOutReason, int]


class LeftOut(NamedTuple):
    """Records of one body that belong to a service, or were sent with a token of this service alone."""

    service: int
    """`Service.index`."""
    reason: LeftOutReason
    """rejected: too old, not readable or of a service the token is not for; quarantined: of no production environment or of a name that
    nobody knows; late: accepted when the figures of their minute were final."""
    records: int
