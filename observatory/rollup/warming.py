"""Compile attribution, rollup and sums before somebody waits for them."""

from datetime import UTC, datetime

import numpy as np

from observatory.model.catalogue import Catalogue, TelemetryIdentity
from observatory.model.columns import NO_DURATION, Outcome, RequestColumns, Source
from observatory.rollup.attribution import Attributed, Attribution
from observatory.rollup.latency import bucket_of
from observatory.rollup.minutes import roll_up
from observatory.rollup.sums import Sums, rows_of, squeezed


def warm() -> None:
    """Compile all of it, or load it from the compiler's cache."""
    zero = np.zeros(1, np.int32)
    columns = RequestColumns(
        resource_index=zero,
        template_index=zero,
        end_ms=np.zeros(1, np.int64),
        duration_us=np.full(1, NO_DURATION, np.int64),
        status=np.zeros(1, np.int16),
        outcome=np.full(1, Outcome.BAD, np.uint8),
        source=Source.OTLP_SPAN,
        resources=(TelemetryIdentity("", ""),),
        templates=("",),
    )
    Attribution(Catalogue()).attribute(columns, None)
    counters = roll_up(columns, Attributed(zero, zero, np.ones(1, np.int64)), datetime(1970, 1, 1, tzinfo=UTC), None).counters
    rows = rows_of(counters)
    list(Sums(1).each(squeezed(rows)))
    bucket_of(0)
