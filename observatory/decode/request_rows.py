"""Gather attributes of single records into RequestColumns: for decoders that have Python objects in their hands.

The compiled decoder (`decode.otlp.kernel`) does the same to bytes; the two are held together by a differential test.
"""

from collections.abc import Sequence

import numpy as np

from observatory.decode import semantic_conventions as names
from observatory.decode.machines import USER_AGENT_LENGTH_MAX, is_automaton
from observatory.decode.otlp import attribute_slots as at
from observatory.decode.redaction import template_of
from observatory.decode.semantic_conventions import DISREGARDED, FAILED, HEALTH_ASKED, STATUS_MAX, STATUS_MIN
from observatory.errors import TooLarge
from observatory.kernels.digits import DECIMAL_LENGTH_MAX
from observatory.model.catalogue import TelemetryIdentity
from observatory.model.columns import NO_DURATION, NO_STATUS, RequestColumns, Source

DURATION_US_LIMIT = 10**15
"""Longer durations enter as this; minutes cap them at a minute anyway."""

RECORDS_MAX = 500_000
"""Records in one body: far more than a body of the largest size can hold of real ones."""

TRACE_ID_BYTES = 16
"""An id of any other length is none."""

Value = str | int | float | None


def _decimal(text: str) -> float:
    """Return a plain decimal such as "0.123"; -1 for anything else."""
    if not text.isascii() or len(text) > DECIMAL_LENGTH_MAX or not text.replace(".", "", 1).isdigit() or text[0] == ".":
        return -1.0
    return float(text)


def _duration_us(value: Value, scale: float) -> int:
    if value is None or isinstance(value, bool):
        return NO_DURATION
    number = _decimal(value) if isinstance(value, str) else float(value)
    scaled = number * scale
    if not scaled >= 0.0:  # also refuses NaN
        return NO_DURATION
    return DURATION_US_LIMIT if scaled >= DURATION_US_LIMIT else round(scaled)


def _status(value: Value) -> int:
    number = -1.0
    if isinstance(value, str):
        number = _decimal(value)
    elif value is not None and not isinstance(value, bool):
        number = float(value)
    return int(number) if STATUS_MIN <= number <= STATUS_MAX and number == int(number) else NO_STATUS


def _text(first: Value, second: Value = None) -> str:
    if isinstance(first, str) and first:
        return first
    return second if isinstance(second, str) else ""


class RequestRows:
    """Rows of one body, gathered; `columns` ends it."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._resources: dict[tuple[str, str, bool], int] = {}
        self._templates: dict[str, int] = {}
        self._template_of: dict[tuple[str, bool], int] = {}
        self._automaton: dict[str, bool] = {}
        self._rows: list[tuple[int, int, int, int, int, int]] = []
        self._traces: list[bytes] = []
        self._skipped = 0

    def resource(self, values: Sequence[Value]) -> int:
        """Return the row of a resource; `values` by RESOURCE_SLOTS."""
        environment = _text(values[at.ENVIRONMENT], values[at.OLD_ENVIRONMENT])
        key = (_text(values[at.NAMESPACE]), _text(values[at.NAME]), not names.is_production(environment))
        return self._resources.setdefault(key, len(self._resources))

    def skip(self, count: int = 1) -> None:
        """Count records that are none of ours."""
        self._skipped += count

    def add_log(self, resource: int, values: Sequence[Value], end_ms: int, trace_id: bytes) -> None:
        """Add a log record if it is an access event, else skip it; `values` by RECORD_SLOTS."""
        if _text(values[at.ROUTE]) or values[at.STATUS] is not None or values[at.OLD_STATUS] is not None:
            duration_us = _duration_us(values[at.DURATION_S], 1e6)
            if duration_us == NO_DURATION:
                duration_us = _duration_us(values[at.DURATION_MS], 1e3)
            self._add(resource, values, end_ms, duration_us, failed=False)
            self._trace(trace_id)
        else:
            self._skipped += 1

    def add_server_span(self, resource: int, values: Sequence[Value], span_ns: tuple[int, int], trace_id: bytes, *, failed: bool) -> None:
        """Add a server span with its start and end; `failed` if its status is ERROR."""
        start_ns, end_ns = span_ns
        duration_us = (end_ns - start_ns) // 1000 if 0 < start_ns <= end_ns else NO_DURATION
        self._add(resource, values, end_ns // 1_000_000, min(duration_us, DURATION_US_LIMIT), failed=failed)
        self._trace(trace_id)

    def _trace(self, trace_id: bytes) -> None:
        self._traces.append(trace_id if len(trace_id) == TRACE_ID_BYTES else bytes(TRACE_ID_BYTES))

    def add_point(self, resource: int, values: Sequence[Value], end_ms: int) -> tuple[int, int]:
        """Add a data point of a metric, which stands for many requests; return their status and marks."""
        return self._add(resource, values, end_ms, NO_DURATION, failed=False)

    def _add(self, resource: int, values: Sequence[Value], end_ms: int, duration_us: int, *, failed: bool) -> tuple[int, int]:
        route, path = _text(values[at.ROUTE]), _text(values[at.PATH], values[at.OLD_PATH])
        marks = FAILED if failed or _text(values[at.ERROR_TYPE]) else 0
        agent = _text(values[at.AGENT], values[at.OLD_AGENT])[:USER_AGENT_LENGTH_MAX]
        method = _text(values[at.METHOD], values[at.OLD_METHOD])
        if _text(values[at.SYNTHETIC]) or (agent and self._is_automaton(agent)) or (method.isascii() and method.upper() == "OPTIONS"):
            marks |= DISREGARDED
        if names.is_health_path(path or route):
            marks |= HEALTH_ASKED
        status = _status(values[at.STATUS]) or _status(values[at.OLD_STATUS])
        if len(self._rows) == RECORDS_MAX:
            raise TooLarge(f"cannot decode more than {RECORDS_MAX} records at once", "send smaller batches")
        self._rows.append((resource, self._template(route or path, is_route=bool(route)), end_ms, duration_us, status, marks))
        return status, marks

    def _template(self, text: str, *, is_route: bool) -> int:
        """Return the number of the template of a route or path; most come many times."""
        known = self._template_of.get((text, is_route))
        if known is None:
            template = template_of(text.encode(), is_route=is_route)
            known = self._template_of[text, is_route] = self._templates.setdefault(template, len(self._templates))
        return known

    def _is_automaton(self, agent: str) -> bool:
        known = self._automaton.get(agent)
        if known is None:
            known = self._automaton[agent] = is_automaton(agent)
        return known

    def columns(self) -> RequestColumns:
        """Return everything gathered."""
        table = np.array(self._rows, np.int64).reshape(len(self._rows), 6)
        status, duration_us = table[:, 4].astype(np.int16), table[:, 3].copy()
        return RequestColumns(
            resource_index=table[:, 0].astype(np.int32),
            template_index=table[:, 1].astype(np.int32),
            end_ms=table[:, 2].copy(),
            duration_us=duration_us,
            status=status,
            outcome=names.outcomes(status, duration_us, table[:, 5].astype(np.uint8)),
            source=self._source,
            resources=tuple(TelemetryIdentity(namespace, name) for namespace, name, _ in self._resources),
            templates=tuple(self._templates),
            skipped_count=self._skipped,
            quarantined=tuple(quarantined for _, _, quarantined in self._resources),
            trace_id=np.frombuffer(b"".join(self._traces), np.uint64).reshape(-1, 2),
        )
