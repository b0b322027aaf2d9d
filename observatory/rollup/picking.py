"""Pick the few records that are kept as exemplars of the minute each is counted in. Compiled.

Which of many are kept is chance, how many is not: never more than EXEMPLARS_PER_KIND_MAX of a kind, menu and minute.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from observatory.kernels.compiling import compiled_brief
from observatory.model.columns import Offsets, Outcome, RequestColumns
from observatory.model.exemplar import (
    EXEMPLARS_AT_ONCE_MAX,
    EXEMPLARS_KEPT,
    EXEMPLARS_PER_KIND_MAX,
    NO_EXEMPLARS,
    ExemplarField,
    ExemplarKind,
    ExemplarRows,
)
from observatory.model.minute import Counter
from observatory.rollup.attribution import Attributed
from observatory.rollup.counting import MINUTE_MS, Counted
from observatory.rollup.kept_templates import NO_WORDS, kept_template

_GOOD_OUTCOME, _BAD_OUTCOME = int(Outcome.GOOD), int(Outcome.BAD)
_BAD, _SLOW = int(ExemplarKind.BAD), int(ExemplarKind.SLOW)
_MINUTE, _SERVICE, _MENU, _KIND, _SOURCE, _END, _DURATION, _STATUS, _TRACE, _TRACE_REST = (int(field) for field in ExemplarField)
_KEPT_MINUTES = int(EXEMPLARS_KEPT.total_seconds()) // 60


def pick_exemplars(
    columns: RequestColumns, ends: Offsets, attributed: Attributed, counted: Counted, received_ms: int
) -> list[ExemplarRows]:
    """Return some of the bad and slow records of each body; `ends` says up to which record its own reach.

    What is older than EXEMPLARS_KEPT is not picked: it would be forgotten at once. Here a template becomes what may be written down.
    """
    noted = int(counted.values[:, Counter.BAD : Counter.SLOW + 1].sum())
    if not noted:
        return [NO_EXEMPLARS] * len(ends)
    values = np.empty((min(noted, EXEMPLARS_AT_ONCE_MAX), len(ExemplarField)), np.int64)
    picked = np.empty(len(values), np.int64)
    count = _pick(
        counted.record_minute,
        counted.record_row,
        attributed.service_index,
        attributed.menu_index,
        attributed.slow_us,
        columns.outcome,
        columns.duration_us,
        columns.end_ms,
        columns.status,
        columns.trace_id,
        int(columns.source),
        received_ms,
        np.zeros((len(counted.minute), len(ExemplarKind)), np.uint8),
        values,
        picked,
    )
    whose = zip(columns.template_index[picked[:count]].tolist(), values[:count, ExemplarField.SERVICE].tolist(), strict=True)
    templates = tuple(kept_template(columns.templates[template], attributed.words.get(service, NO_WORDS)) for template, service in whose)
    bounds = pairwise([0, *np.searchsorted(picked[:count], ends).tolist()])
    return [ExemplarRows(values[start:end], templates[start:end]) if end > start else NO_EXEMPLARS for start, end in bounds]


@compiled_brief
def _pick(
    minute: NDArray[np.int64],
    group: NDArray[np.int32],
    service: NDArray[np.int32],
    menu: NDArray[np.int32],
    slow_us: NDArray[np.int64],
    outcome: NDArray[np.uint8],
    duration_us: NDArray[np.int64],
    end_ms: NDArray[np.int64],
    status: NDArray[np.int16],
    trace_id: NDArray[np.uint64],
    source: int,
    received_ms: int,
    taken: NDArray[np.uint8],
    values: NDArray[np.int64],
    picked: NDArray[np.int64],
) -> int:
    """Fill `values` and the records they are of until there is no more room; return how many. `taken` counts by group and kind."""
    oldest = received_ms // MINUTE_MS - _KEPT_MINUTES
    count = 0
    for record in range(len(group)):
        bad = outcome[record] == _BAD_OUTCOME
        if not bad and (outcome[record] != _GOOD_OUTCOME or duration_us[record] <= slow_us[record]):
            continue
        at, kind = group[record], _BAD if bad else _SLOW
        if at < 0 or taken[at, kind] == EXEMPLARS_PER_KIND_MAX or minute[record] < oldest:
            continue
        if count == len(picked):
            break
        taken[at, kind] += 1
        picked[count] = record
        row = values[count]
        row[_MINUTE], row[_SERVICE], row[_MENU], row[_KIND], row[_SOURCE] = minute[record], service[record], menu[record], kind, source
        # A time that is not within the minute the record is counted in was wrong.
        row[_END] = end_ms[record] if end_ms[record] // MINUTE_MS == minute[record] else received_ms
        row[_DURATION], row[_STATUS], row[_TRACE], row[_TRACE_REST] = duration_us[record], status[record], 0, 0
        if len(trace_id):
            row[_TRACE], row[_TRACE_REST] = np.int64(trace_id[record, 0]), np.int64(trace_id[record, 1])
        count += 1
    return count
