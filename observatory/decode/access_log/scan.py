"""Read lines of an access log in one of LAYOUTS into DecodedLines. Compiled, one pass."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from observatory.decode.access_log.alb import parse_alb_line
from observatory.decode.access_log.json import parse_json_line
from observatory.decode.access_log.row import AGENT, FOUND, PATH, REASONS
from observatory.decode.access_log.text_line import parse_text_line
from observatory.decode.raw_requests import AGENT_AT, DURATION_US_AT, END_MS_AT, PATH_AT, RAW_COLUMNS, RawRequests, columns_of, larger
from observatory.decode.raw_requests import PATH as RAW_PATH
from observatory.kernels.compiling import compiled
from observatory.kernels.interning import Bytes, Interned, intern, is_full, new_interned, with_room
from observatory.kernels.seed import SEED
from observatory.model.catalogue import TelemetryIdentity
from observatory.model.columns import NO_DURATION, DecodedLines, Source

TEXT, JSON, ALB = range(3)
"""How the fields of a line are told apart."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a line has behind its size, and what its duration means."""

    agent: bool
    """Referer and user agent follow."""
    unit_us: int = 0
    """Microseconds that a duration of 1 stands for; 0: there is none."""
    begins: bool = False
    """The time of the line is when the request began."""
    kind: int = TEXT


LAYOUTS = {
    "combined": Layout(agent=True),
    "common": Layout(agent=False),
    "combined+us": Layout(agent=True, unit_us=1, begins=True),
    "combined+ms": Layout(agent=True, unit_us=1000, begins=True),
    "combined+s": Layout(agent=True, unit_us=1_000_000),
    "common+us": Layout(agent=False, unit_us=1, begins=True),
    "common+ms": Layout(agent=False, unit_us=1000, begins=True),
    "common+s": Layout(agent=False, unit_us=1_000_000),
    "nginx-json": Layout(agent=True, kind=JSON),
    "alb": Layout(agent=True, kind=ALB),
}

_MEMBERS_MAX = 8
_LINE_BYTES_LIKELY = 100
"""Room is made for so many rows at first."""
_NEWLINE, _RETURN = 10, 13
_AT, _ROWS, _LINES, _BLANK = range(4)


class _Parse(NamedTuple):
    """How far a log is read, and what was found so far."""

    position: NDArray[np.int64]
    """Where the next line begins; rows, lines and blank lines so far."""
    rows: NDArray[np.int64]
    paths: Interned
    agents: Interned
    refused: NDArray[np.int64]
    """Lines by reason."""
    first: NDArray[np.int64]
    """Index of the first of these."""


def decode(data: bytes, layout: Layout, first_line: int) -> DecodedLines:
    """Return the requests of whole lines; `first_line` is the number of the first one."""
    text = np.frombuffer(data, np.uint8)
    parse = _new_parse(len(data))
    found, members = np.empty(FOUND, np.int64), np.empty((_MEMBERS_MAX, 2), np.int64)
    while not _parse(text, layout.kind, layout.agent, layout.unit_us, layout.begins, found, members, parse, SEED):
        full = parse.position[_ROWS] == len(parse.rows)
        parse = parse._replace(
            rows=larger(parse.rows) if full else parse.rows, paths=with_room(parse.paths), agents=with_room(parse.agents)
        )
    _, count, lines, blank = parse.position.tolist()
    raw = RawRequests(parse.rows[:count], parse.paths, parse.agents)
    refused = [(reason, int(n), int(at)) for reason, n, at in zip(REASONS, parse.refused, parse.first, strict=True) if n]
    return DecodedLines(
        columns=columns_of(data, raw, [(TelemetryIdentity("", ""), False)], Source.ACCESS_LOG, blank),
        lines_read=lines,
        refused={reason: n for reason, n, _ in refused},
        first_refused_line={reason: first_line + at for reason, _, at in refused},
    )


def _new_parse(data_bytes: int) -> _Parse:
    return _Parse(
        position=np.zeros(4, np.int64),
        rows=np.empty((16 + data_bytes // _LINE_BYTES_LIKELY, RAW_COLUMNS), np.int64),
        paths=new_interned(),
        agents=new_interned(),
        refused=np.zeros(len(REASONS), np.int64),
        first=np.zeros(len(REASONS), np.int64),
    )


@compiled
def _parse(
    text: Bytes,
    kind: int,
    agent: bool,
    unit_us: int,
    begins: bool,
    found: NDArray[np.int64],
    members: NDArray[np.int64],
    parse: _Parse,
    seed: np.uint64,
) -> bool:
    """Read on to the end; False if there is no room left, and the line at the position is not read."""
    position, rows = parse.position, parse.rows
    while position[_AT] < len(text):
        start, count = position[_AT], position[_ROWS]
        if count == len(rows) or is_full(parse.paths) or is_full(parse.agents):
            return False
        stop = _line_stop(text, start)
        end = stop - 1 if stop > start and text[stop - 1] == _RETURN else stop
        if end == start:
            position[_BLANK] += 1
        else:
            _blank(rows, count, found)
            if kind == JSON:
                reason = parse_json_line(text, start, end, rows[count], found, members)
            elif kind == ALB:
                reason = parse_alb_line(text, start, end, rows[count], found)
            else:
                reason = parse_text_line(text, start, end, agent, unit_us, begins, rows[count], found)
            if reason < 0:
                _keep(parse, text, rows[count], found, seed)
            else:
                _refuse(parse, reason, position[_LINES])
        position[_LINES] += 1
        position[_AT] = stop + 1
    return True


@compiled
def _line_stop(text: Bytes, start: int) -> int:
    stop = start
    while stop < len(text) and text[stop] != _NEWLINE:
        stop += 1
    return stop


@compiled
def _keep(parse: _Parse, text: Bytes, row: NDArray[np.int64], found: NDArray[np.int64], seed: np.uint64) -> None:
    if row[END_MS_AT] == 0:
        row[END_MS_AT] = 1  # 0 would stand for a time that is not known, and a line has one.
    if found[PATH + 1] > found[PATH]:
        row[PATH_AT] = intern(parse.paths, text, found[PATH], found[PATH + 1], RAW_PATH, seed)
    if found[AGENT + 1] > found[AGENT]:
        row[AGENT_AT] = intern(parse.agents, text, found[AGENT], found[AGENT + 1], 0, seed)
    parse.position[_ROWS] += 1


@compiled
def _refuse(parse: _Parse, reason: int, line: int) -> None:
    if parse.refused[reason] == 0:
        parse.first[reason] = line
    parse.refused[reason] += 1


@compiled
def _blank(rows: NDArray[np.int64], row: int, found: NDArray[np.int64]) -> None:
    for i in range(RAW_COLUMNS):
        rows[row, i] = 0
    rows[row, PATH_AT] = rows[row, AGENT_AT] = -1
    rows[row, DURATION_US_AT] = NO_DURATION
    for i in range(FOUND):
        found[i] = 0
