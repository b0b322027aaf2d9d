"""Describe exemplars: a few single records of every minute, kept so that a published number can be followed to its records."""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from observatory.errors import BadInput

EXEMPLARS_PER_KIND_MAX = 20
"""Bad ones, and slow ones, that are kept of one service, menu and minute."""
EXEMPLARS_AT_ONCE_MAX = 2000
"""Records, of one body or of those decoded together, that are offered to the store at all."""
EXEMPLARS_KEPT = timedelta(hours=72)
TEMPLATES_PER_DAY_MAX = 500
"""Distinct route templates of one service and UTC day that are kept; later ones are kept as OTHER_TEMPLATE."""
OTHER_TEMPLATE = "_other"


class ExemplarKind(IntEnum):
    """Why a record is kept. One that failed is bad, however slow it was."""

    BAD = 0
    SLOW = 1


class ExemplarField(IntEnum):
    """Columns of `ExemplarRows.values`."""

    MINUTE = 0
    SERVICE = 1
    MENU = 2
    KIND = 3
    SOURCE = 4
    END_MS = 5
    DURATION_US = 6
    STATUS = 7
    TRACE_FIRST = 8
    """The first eight bytes of the trace id, as they came; 0 with the second eight: none."""
    TRACE_SECOND = 9


@dataclass(frozen=True, slots=True)
class ExemplarRows:
    """Records of one body that may be kept."""

    values: NDArray[np.int64]
    """Shape (n, len(ExemplarField))."""
    templates: tuple[str, ...]
    """The route template of each: redacted, never a raw path."""

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.templates), len(ExemplarField)):
            raise BadInput("exemplars differ in length")

    def __len__(self) -> int:
        return len(self.templates)

    @property
    def size_bytes(self) -> int:
        """What they weigh while they wait to be stored."""
        return self.values.nbytes + sum(map(len, self.templates))


NO_EXEMPLARS = ExemplarRows(np.empty((0, len(ExemplarField)), np.int64), ())


@dataclass(frozen=True, slots=True)
class Exemplar:
    """One kept record."""

    minute: int
    """Since 1970 UTC; the one it is counted in."""
    service: int
    menu: int
    kind: ExemplarKind
    source: int
    end_ms: int
    duration_us: int
    """NO_DURATION: not measured."""
    status: int
    """NO_STATUS: no answer was recorded."""
    template: str
    """OTHER_TEMPLATE where the service had too many that day; empty where the record had neither route nor path."""
    trace_id: str
    """32 hex digits; empty without one."""
