"""Kept records for tests of stores, with what a test does not care about already filled in."""

from dataclasses import replace

import numpy as np

from observatory.model.exemplar import ExemplarKind, ExemplarRows
from observatory.store.telemetry import Batch
from tests.store.counted import DAY_START, a_batch

M = DAY_START
SERVICE, MENU = 1, 11
TRACE = bytes(range(1, 17))


def rows(
    n: int = 1,
    *,
    minute: int = M,
    service: int = SERVICE,
    menu: int = MENU,
    kind: ExemplarKind = ExemplarKind.BAD,
    template: str = "/jobs/{id}",
    trace: bytes = TRACE,
) -> ExemplarRows:
    """Return as many records of one minute, menu and kind."""
    values = np.zeros((n, 10), np.int64)
    values[:, :8] = [minute, service, menu, kind, 3, minute * 60_000 + 500, 1234, 503]
    values[:, 8:] = np.frombuffer(trace, np.int64)
    return ExemplarRows(values, (template,) * n)


def keeping(kept: ExemplarRows, key: bytes | None = None) -> Batch:
    """Return a batch with these records beside its counters."""
    return replace(a_batch(key=key), exemplars=kept)
