"""Turn rows of numbers and stretches of text, as compiled decoders leave them, into RequestColumns.

Here the last raw text disappears: of a distinct path its template stays, of a distinct user agent one bit.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from observatory.decode.machines import USER_AGENT_LENGTH_MAX, is_automaton
from observatory.decode.redaction import RAW_BYTES_MAX, TEMPLATE_BYTES_MAX, template_into
from observatory.decode.semantic_conventions import DISREGARDED, outcome_of
from observatory.kernels.compiling import compiled, inlined
from observatory.kernels.interning import Bytes, Interned, intern, new_interned
from observatory.kernels.seed import SEED
from observatory.model.catalogue import TelemetryIdentity
from observatory.model.columns import RequestColumns, Source, no_trace_ids

RAW_COLUMNS = 9
RESOURCE_AT, PATH_AT, AGENT_AT, END_MS_AT, DURATION_US_AT, STATUS_AT, MARKS_AT, TRACE_AT, _ = range(RAW_COLUMNS)
"""Columns of a raw row; TRACE_AT is the first of two."""

PATH, ROUTE = 0, 1
"""Kinds of interned paths."""


class RawRequests(NamedTuple):
    """Decoded rows that still point into the text they came from."""

    rows: NDArray[np.int64]
    """Shape (n, RAW_COLUMNS). Path and agent are numbers in the tables below; -1 is none."""
    paths: Interned
    agents: Interned


def larger(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a table twice as long that begins with the same rows."""
    return np.concatenate((rows, np.empty_like(rows)))


def columns_of(
    text: bytes,
    raw: RawRequests,
    resources: Sequence[tuple[TelemetryIdentity, bool]],
    source: Source,
    skipped_count: int,
) -> RequestColumns:
    """Return the columns of rows that point into `text`; `resources` says of each whether it is quarantined."""
    agents = [text[start:end].decode("utf-8", "replace")[:USER_AGENT_LENGTH_MAX] for start, end, _ in raw.agents.stretches()]
    automaton = np.array([is_automaton(agent) for agent in agents], np.bool_)
    paths = int(raw.paths.size[0])
    arena, templates = np.empty((paths + 1) * TEMPLATE_BYTES_MAX, np.uint8), new_interned(paths + 1)
    template_of_path = np.empty(paths, np.int32)
    arrays = _new_arrays(len(raw.rows))
    work = np.empty(RAW_BYTES_MAX, np.uint8)
    _finish(np.frombuffer(text, np.uint8), raw, automaton, work, arena, templates, template_of_path, arrays, SEED)
    return RequestColumns(
        resource_index=arrays.resource,
        template_index=arrays.template,
        end_ms=arrays.end_ms,
        duration_us=arrays.duration_us,
        status=arrays.status,
        outcome=arrays.outcome,
        source=source,
        resources=tuple(identity for identity, _ in resources),
        templates=_texts(arena, templates),
        skipped_count=skipped_count,
        quarantined=tuple(quarantined for _, quarantined in resources),
        trace_id=no_trace_ids() if source == Source.ACCESS_LOG else arrays.trace,
    )


def _texts(arena: NDArray[np.uint8], interned: Interned) -> tuple[str, ...]:
    stretches = interned.stretches()
    text = arena[: stretches[-1][1]].tobytes()  # The last one ends last.
    return tuple(text[start:end].decode() for start, end, _ in stretches)


class _Arrays(NamedTuple):
    """The arrays of RequestColumns."""

    resource: NDArray[np.int32]
    template: NDArray[np.int32]
    end_ms: NDArray[np.int64]
    duration_us: NDArray[np.int64]
    status: NDArray[np.int16]
    outcome: NDArray[np.uint8]
    trace: NDArray[np.uint64]


def _new_arrays(count: int) -> _Arrays:
    return _Arrays(
        resource=np.empty(count, np.int32),
        template=np.empty(count, np.int32),
        end_ms=np.empty(count, np.int64),
        duration_us=np.empty(count, np.int64),
        status=np.empty(count, np.int16),
        outcome=np.empty(count, np.uint8),
        trace=np.empty((count, 2), np.uint64),
    )


@compiled
def _finish(
    text: Bytes,
    raw: RawRequests,
    automaton: NDArray[np.bool_],
    work: Bytes,
    arena: Bytes,
    templates: Interned,
    template_of_path: NDArray[np.int32],
    to: _Arrays,
    seed: np.uint64,
) -> None:
    """Fill the arrays, and `arena` and `templates` with the distinct templates of all paths, the empty one first."""
    _redact(text, raw.paths, work, arena, templates, template_of_path, seed)
    rows = raw.rows
    for i in range(len(rows)):
        path, agent, marks = rows[i, PATH_AT], rows[i, AGENT_AT], rows[i, MARKS_AT]
        if agent >= 0 and automaton[agent]:
            marks |= DISREGARDED
        to.resource[i] = rows[i, RESOURCE_AT]
        to.template[i] = template_of_path[path] if path >= 0 else 0
        to.end_ms[i] = rows[i, END_MS_AT]
        to.duration_us[i] = rows[i, DURATION_US_AT]
        to.status[i] = rows[i, STATUS_AT]
        to.outcome[i] = outcome_of(rows[i, STATUS_AT], rows[i, DURATION_US_AT], marks)
        to.trace[i, 0], to.trace[i, 1] = np.uint64(rows[i, TRACE_AT]), np.uint64(rows[i, TRACE_AT + 1])


@inlined
def _redact(
    text: Bytes, paths: Interned, work: Bytes, arena: Bytes, templates: Interned, numbers: NDArray[np.int32], seed: np.uint64
) -> None:
    """Write the distinct templates of all paths to `arena`, intern them, and note the number of each path's template."""
    intern(templates, arena, 0, 0, 0, seed)
    used = 0
    for number in range(len(numbers)):
        start, end, kind = paths.entries[number, 0], paths.entries[number, 1], paths.entries[number, 2]
        length = template_into(text, start, end, kind == ROUTE, work, arena[used : used + TEMPLATE_BYTES_MAX])
        known = templates.size[0]
        numbers[number] = intern(templates, arena, used, used + length, 0, seed)
        if templates.size[0] > known:
            used += length
