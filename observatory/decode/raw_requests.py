"""Rows of numbers and stretches of text, as compiled decoders leave them, come in; RequestColumns go out.

Here the last raw text disappears: of a distinct path its template stays, of a distinct user agent one bit.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from observatory.compiled import compiled
from observatory.decode.interning import SEED, Bytes, Interned, intern, new_interned
from observatory.decode.redaction import RAW_BYTES_MAX, TEMPLATE_BYTES_MAX, template_into
from observatory.decode.semantic_conventions import DISREGARDED, USER_AGENT_LENGTH_MAX, is_automaton, outcome_of
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
    templates, template_of_path = _templates(text, raw.paths)
    agents = [text[start:end].decode("utf-8", "replace")[:USER_AGENT_LENGTH_MAX] for start, end, _ in raw.agents.stretches()]
    automaton = np.array([is_automaton(agent) for agent in agents], np.bool_)
    count = len(raw.rows)
    columns = RequestColumns(
        resource_index=np.empty(count, np.int32),
        template_index=np.empty(count, np.int32),
        end_ms=np.empty(count, np.int64),
        duration_us=np.empty(count, np.int64),
        status=np.empty(count, np.int16),
        outcome=np.empty(count, np.uint8),
        source=source,
        resources=tuple(identity for identity, _ in resources),
        templates=templates,
        skipped_count=skipped_count,
        quarantined=tuple(quarantined for _, quarantined in resources),
        trace_id=no_trace_ids() if source == Source.ACCESS_LOG else raw.rows[:, TRACE_AT:].astype(np.uint64),
    )
    arrays = columns.resource_index, columns.template_index, columns.end_ms, columns.duration_us, columns.status, columns.outcome
    _finish(raw.rows, template_of_path, automaton, *arrays)
    return columns


def _templates(text: bytes, paths: Interned) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Return all distinct templates, the empty one first, and for every interned path the number of its template."""
    count = int(paths.size[0])
    numbers = np.empty(count, np.int32)
    arena = np.empty((count + 1) * TEMPLATE_BYTES_MAX, np.uint8)
    templates = new_interned(count + 1)
    _redact(np.frombuffer(text, np.uint8), paths, np.empty(RAW_BYTES_MAX, np.uint8), arena, templates, numbers, SEED)
    return tuple(arena[start:end].tobytes().decode() for start, end, _ in templates.stretches()), numbers


@compiled
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


@compiled
def _finish(
    rows: NDArray[np.int64],
    template_of_path: NDArray[np.int32],
    automaton: NDArray[np.bool_],
    resource: NDArray[np.int32],
    template: NDArray[np.int32],
    end_ms: NDArray[np.int64],
    duration_us: NDArray[np.int64],
    status: NDArray[np.int16],
    outcome: NDArray[np.uint8],
) -> None:
    """Fill the arrays of RequestColumns."""
    for i in range(len(rows)):
        path, agent = rows[i, PATH_AT], rows[i, AGENT_AT]
        marks = rows[i, MARKS_AT]
        if agent >= 0 and automaton[agent]:
            marks |= DISREGARDED
        resource[i] = rows[i, RESOURCE_AT]
        template[i] = template_of_path[path] if path >= 0 else 0
        end_ms[i] = rows[i, END_MS_AT]
        duration_us[i] = rows[i, DURATION_US_AT]
        status[i] = rows[i, STATUS_AT]
        outcome[i] = outcome_of(rows[i, STATUS_AT], rows[i, DURATION_US_AT], marks)
