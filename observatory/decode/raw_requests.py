"""Rows of numbers and stretches of text, as compiled decoders leave them, come in; RequestColumns go out.

Here the last raw text disappears: of a distinct path its template stays, of a distinct user agent one bit.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from observatory.compiled import compiled
from observatory.decode.interning import SEED, Bytes, Interned, intern, new_interned, with_room
from observatory.decode.redaction import RAW_BYTES_MAX, TEMPLATE_BYTES_MAX, template_into
from observatory.decode.semantic_conventions import DISREGARDED, USER_AGENT_LENGTH_MAX, is_automaton, outcome_of
from observatory.model.catalogue import TelemetryIdentity
from observatory.model.columns import RequestColumns, Source

RAW_COLUMNS = 7
RESOURCE_AT, PATH_AT, AGENT_AT, END_MS_AT, DURATION_US_AT, STATUS_AT, MARKS_AT = range(RAW_COLUMNS)

PATH, ROUTE = 0, 1
"""Kinds of interned paths."""


class RawRequests(NamedTuple):
    """Decoded rows that still point into the text they came from."""

    rows: NDArray[np.int64]
    """Shape (n, RAW_COLUMNS). Path and agent are numbers in the tables below; -1 is none."""
    paths: Interned
    agents: Interned


@compiled
def larger(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a table twice as long that begins with the same rows."""
    grown = np.empty((2 * rows.shape[0], rows.shape[1]), np.int64)
    grown[: rows.shape[0]] = rows
    return grown


@compiled
def _templates(text: Bytes, paths: Interned, seed: np.uint64) -> tuple[NDArray[np.int32], Bytes, NDArray[np.int64]]:
    """Return the template number of every interned path and route, and all distinct templates as stretches of one text.

    Template 0 is the empty one.
    """
    size = paths.size[0]
    numbers = np.zeros(size, np.int32)
    work = np.empty(RAW_BYTES_MAX, np.uint8)
    arena = np.empty(64 * TEMPLATE_BYTES_MAX, np.uint8)
    used = 0
    templates = new_interned()
    intern(templates, arena, 0, 0, 0, seed)
    for number in range(size):
        start, end, kind = paths.stretches[number]
        if used + TEMPLATE_BYTES_MAX > len(arena):
            before = arena
            arena = np.empty(2 * len(before), np.uint8)
            arena[:used] = before[:used]
        length = template_into(text, start, end, kind == ROUTE, work, arena[used:])
        known = templates.size[0]
        templates = with_room(templates)
        numbers[number] = intern(templates, arena, used, used + length, 0, seed)
        if templates.size[0] > known:
            used += length
    return numbers, arena, templates.stretches[: templates.size[0]].copy()


@compiled
def _finish(
    rows: NDArray[np.int64], template_of_path: NDArray[np.int32], automaton: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int16], NDArray[np.uint8]]:
    """Return the arrays of RequestColumns, in their order."""
    count = len(rows)
    resource, template, status = np.empty(count, np.int32), np.empty(count, np.int32), np.empty(count, np.int16)
    end_ms, duration_us, outcome = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.uint8)
    for i in range(count):
        resource[i] = rows[i, RESOURCE_AT]
        path, agent = rows[i, PATH_AT], rows[i, AGENT_AT]
        template[i] = template_of_path[path] if path >= 0 else 0
        end_ms[i] = rows[i, END_MS_AT]
        duration_us[i] = rows[i, DURATION_US_AT]
        status[i] = rows[i, STATUS_AT]
        marks = rows[i, MARKS_AT]
        if agent >= 0 and automaton[agent]:
            marks |= DISREGARDED
        outcome[i] = outcome_of(rows[i, STATUS_AT], rows[i, DURATION_US_AT], marks)
    return resource, template, end_ms, duration_us, status, outcome


def columns_of(
    text: bytes,
    raw: RawRequests,
    resources: Sequence[tuple[TelemetryIdentity, bool]],
    source: Source,
    skipped_count: int,
) -> RequestColumns:
    """Return the columns of rows that point into `text`; `resources` says of each whether it is quarantined."""
    numbers, arena, templates = _templates(np.frombuffer(text, np.uint8), raw.paths, SEED)
    agents = raw.agents.stretches[: int(raw.agents.size[0])].tolist()
    automaton = [is_automaton(text[start:end].decode("utf-8", "replace")[:USER_AGENT_LENGTH_MAX]) for start, end, _ in agents]
    resource, template, end_ms, duration_us, status, outcome = _finish(raw.rows, numbers, np.array(automaton, np.bool_))
    return RequestColumns(
        resource_index=resource,
        template_index=template,
        end_ms=end_ms,
        duration_us=duration_us,
        status=status,
        outcome=outcome,
        source=source,
        resources=tuple(identity for identity, _ in resources),
        templates=tuple(arena[start:end].tobytes().decode() for start, end, _ in templates.tolist()),
        skipped_count=skipped_count,
        quarantined=tuple(quarantined for _, quarantined in resources),
    )
