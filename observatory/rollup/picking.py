"""Records with the minute each is counted in come in; the few that are kept as exemplars go out. Compiled.

Which of many are kept is chance, how many is not: never more than EXEMPLARS_PER_KIND_MAX of a kind, menu and minute.
"""

import numpy as np
from numpy.typing import NDArray

from observatory.compiled import compiled
from observatory.model.columns import Outcome, RequestColumns
from observatory.model.exemplar import (
    EXEMPLARS_KEPT,
    EXEMPLARS_PER_BODY_MAX,
    EXEMPLARS_PER_KIND_MAX,
    NO_EXEMPLARS,
    ExemplarField,
    ExemplarKind,
    ExemplarRows,
)
from observatory.rollup.attribution import Attributed
from observatory.rollup.counting import MINUTE_MS

_GOOD_OUTCOME, _BAD_OUTCOME = int(Outcome.GOOD), int(Outcome.BAD)
_BAD, _SLOW = int(ExemplarKind.BAD), int(ExemplarKind.SLOW)
_KEPT_MINUTES = int(EXEMPLARS_KEPT.total_seconds()) // 60


def pick_exemplars(
    columns: RequestColumns, attributed: Attributed, minute: NDArray[np.int64], group: NDArray[np.int32], groups: int, received_ms: int
) -> ExemplarRows:
    """Return bad and slow records of the groups that rows fall into, each of one minute, service and menu; -1 is none.

    What is older than EXEMPLARS_KEPT is not picked: it would be forgotten at once.
    """
    picked = np.empty((min(len(group), EXEMPLARS_PER_BODY_MAX), 2), np.int64)
    taken = np.zeros((groups, len(ExemplarKind)), np.uint8)
    oldest = received_ms // MINUTE_MS - _KEPT_MINUTES
    slow_us, limit = attributed.slow_us, EXEMPLARS_PER_KIND_MAX
    count = _pick(group, columns.outcome, columns.duration_us, slow_us, minute, oldest, limit, taken, picked)
    return _taken_over(columns, attributed, minute, picked[:count, 0], picked[:count, 1], received_ms) if count else NO_EXEMPLARS


def _taken_over(
    columns: RequestColumns,
    attributed: Attributed,
    minute: NDArray[np.int64],
    rows: NDArray[np.int64],
    kinds: NDArray[np.int64],
    received_ms: int,
) -> ExemplarRows:
    """Return what is kept of these rows; a time that is not within the minute the record is counted in was wrong."""
    values = np.zeros((len(rows), len(ExemplarField)), np.int64)
    end_ms = columns.end_ms[rows]
    values[:, ExemplarField.MINUTE] = minute[rows]
    values[:, ExemplarField.SERVICE] = attributed.service_index[rows]
    values[:, ExemplarField.MENU] = attributed.menu_index[rows]
    values[:, ExemplarField.KIND] = kinds
    values[:, ExemplarField.SOURCE] = int(columns.source)
    values[:, ExemplarField.END_MS] = np.where(end_ms // MINUTE_MS == minute[rows], end_ms, received_ms)
    values[:, ExemplarField.DURATION_US] = columns.duration_us[rows]
    values[:, ExemplarField.STATUS] = columns.status[rows]
    if len(columns.trace_id):
        values[:, ExemplarField.TRACE_FIRST :] = columns.trace_id[rows].view(np.int64)
    return ExemplarRows(values, tuple(columns.templates[index] for index in columns.template_index[rows].tolist()))


@compiled
def _pick(
    group: NDArray[np.int32],
    outcome: NDArray[np.uint8],
    duration_us: NDArray[np.int64],
    slow_us: NDArray[np.int64],
    minute: NDArray[np.int64],
    oldest_minute: int,
    limit: int,
    taken: NDArray[np.uint8],
    picked: NDArray[np.int64],
) -> int:
    """Fill `picked` with row and kind until it is full, at most `limit` of a group and kind; return how many."""
    count = 0
    for row in range(len(group)):
        bad = outcome[row] == _BAD_OUTCOME
        if not bad and (outcome[row] != _GOOD_OUTCOME or duration_us[row] <= slow_us[row]):
            continue
        at, kind = group[row], _BAD if bad else _SLOW
        if at < 0 or taken[at, kind] == limit or minute[row] < oldest_minute:
            continue
        if count == len(picked):
            break
        taken[at, kind] += 1
        picked[count, 0] = row
        picked[count, 1] = kind
        count += 1
    return count
