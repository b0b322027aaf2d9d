"""Hold requests as columns: one numpy array per field, never one object per record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from observatory.errors import BadInput
from observatory.model.catalogue import TelemetryIdentity

NO_DURATION = -1
NO_STATUS = 0
NO_OUTCOME = -1

Offsets = NDArray[np.int64]
"""Of several bodies whose rows stand one behind the other: up to which row those of each reach. Never falls."""


class Source(IntEnum):
    """Where a record was measured. Sources are never added together.

    Values from `PROBE` up are probe vantages: `PROBE + vantage index`, so that every vantage keeps its own vote. Those from
    `AGENCY_PROBE` up are of the agencies that are observed: their checks are kept and shown, and have no vote.
    """

    ACCESS_LOG = 1
    OTLP_METRIC = 2
    OTLP_SPAN = 3
    OTLP_LOG = 4
    BROWSER = 8
    PROBE = 64
    AGENCY_PROBE = 16_384


SERVER_SOURCES = (Source.ACCESS_LOG, Source.OTLP_METRIC, Source.OTLP_SPAN, Source.OTLP_LOG)
"""Passive server sources, the most trusted first; of these only one is authoritative for a service and day."""


class Outcome(IntEnum):
    """The class of a record (method section 2)."""

    GOOD = 0
    BAD = 1
    THROTTLED = 2
    EXCLUDED = 3
    ABANDONED = 4


HEALTH_CHECK = 8
"""Added to the `Outcome` of a request for a health-check path: it is EXCLUDED, unless the catalogue has a menu of that path."""
HEALTH_PATHS = (
    "/-/healthy",
    "/-/ready",
    "/_health",
    "/actuator/health",
    "/actuator/health/liveness",
    "/actuator/health/readiness",
    "/health",
    "/health-check",
    "/healthcheck",
    "/healthz",
    "/livez",
    "/ping",
    "/readyz",
)
"""Paths that as a rule only machines ask for, to see whether a service lives."""


def no_trace_ids() -> NDArray[np.uint64]:
    """Return the trace ids of records that have none."""
    return np.empty((0, 2), np.uint64)


@dataclass(frozen=True, slots=True)
class RequestColumns:
    """Decoded records of one body, before anyone asked which service they belong to.

    Arrays are of one length n. Text is in the two tables only, and only allow-listed values get there:
    route templates (never a raw path) and resource identities.
    """

    resource_index: NDArray[np.int32]
    """Row in `resources`."""
    template_index: NDArray[np.int32]
    """Row in `templates`."""
    end_ms: NDArray[np.int64]
    """End of the request, milliseconds since 1970 UTC; 0 = the sender gave no time."""
    duration_us: NDArray[np.int64]
    """Duration in microseconds; NO_DURATION = not measured."""
    status: NDArray[np.int16]
    """HTTP status; NO_STATUS = no answer was recorded."""
    outcome: NDArray[np.uint8]
    """`Outcome` of every record, with HEALTH_CHECK where only the catalogue can tell."""
    source: Source | int
    resources: tuple[TelemetryIdentity, ...]
    templates: tuple[str, ...]
    skipped_count: int = 0
    """Records that are none of ours to count: client spans, log lines that are no access events."""
    quarantined: tuple[bool, ...] = ()
    """For every resource, whether it is of no production environment and must not count; empty: none is."""
    trace_id: NDArray[np.uint64] = field(default_factory=no_trace_ids)
    """Shape (n, 2): the 16 bytes of every trace id as they came, zeros for none; no rows at all: no record has one."""

    def __post_init__(self) -> None:
        lengths = {
            len(self.resource_index),
            len(self.template_index),
            len(self.end_ms),
            len(self.duration_us),
            len(self.status),
            len(self.outcome),
        }
        if len(lengths) != 1:
            raise BadInput(f"request columns differ in length: {sorted(lengths)}")
        if self.trace_id.shape not in ((len(self), 2), (0, 2)):
            raise BadInput(f"trace ids of {len(self)} records have shape {self.trace_id.shape}")

    def __len__(self) -> int:
        return len(self.end_ms)


@dataclass(frozen=True, slots=True)
class DecodedBodies:
    """Bodies that were decoded together."""

    columns: RequestColumns
    """The records of all good ones, body after body."""
    ends: Offsets
    """Up to which row those of each body reach."""
    skipped: Sequence[int]
    """How many records of each are none of ours to count."""
    errors: Sequence[Exception | None]
    """Why a body was refused as a whole; it has no rows."""

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many rows those of each body are."""
        lengths = self.ends.copy()
        lengths[1:] -= self.ends[:-1]
        return lengths


@dataclass(frozen=True, slots=True, order=True)
class ProbeName:
    """What a probe file calls the thing it checked; `menu` is empty where it does not say."""

    service: str
    menu: str = ""


@dataclass(frozen=True, slots=True)
class ProbeDetails:
    """What checks saw beside their result; arrays are of one length n."""

    trace_id: NDArray[np.uint64]
    """Shape (n, 2): the 16 bytes of the trace each check was, zeros for none."""
    outcome: NDArray[np.int8]
    """Position in `check.OUTCOMES`; NO_OUTCOME: whoever checked did not say."""
    certificate_s: NDArray[np.int64]
    """When the certificate that was shown ends, seconds since 1970 UTC; 0: none was shown."""


@dataclass(frozen=True, slots=True)
class ProbeRows:
    """Decoded probe results of one file or body; arrays are of one length n."""

    name_index: NDArray[np.int32]
    """Row in `names`."""
    checked_ms: NDArray[np.int64]
    """Milliseconds since 1970 UTC."""
    ok: NDArray[np.bool_]
    status: NDArray[np.int16]
    duration_us: NDArray[np.int64]
    """Response time; NO_DURATION = not measured."""
    names: tuple[ProbeName, ...]
    lines_read: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    """Lines that cannot be used, by reason."""
    first_refused_line: Mapping[str, int] = field(default_factory=dict)
    """Number of the first such line, by reason."""
    details: ProbeDetails | None = None

    def __len__(self) -> int:
        return len(self.checked_ms)


@dataclass(frozen=True, slots=True)
class DecodedLines:
    """Decoded lines of an access log."""

    columns: RequestColumns
    """With one resource, that of no name: whoever sends or imports the log says whose it is."""
    lines_read: int
    refused: Mapping[str, int] = field(default_factory=dict)
    """Lines that cannot be used, by reason."""
    first_refused_line: Mapping[str, int] = field(default_factory=dict)
    """Number of the first such line, by reason."""

    @property
    def refused_count(self) -> int:
        """How many lines cannot be used."""
        return sum(self.refused.values())
