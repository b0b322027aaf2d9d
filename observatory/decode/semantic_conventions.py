"""Tell the outcome of a request by its attributes: the names senders use, old and new, and what they mean.

Names: OpenTelemetry semantic conventions for HTTP, resources and user agents; the second of a pair is the one
used before version 1.23 and still sent by many. Rules: method section 2.
"""

import numpy as np
from numpy.typing import NDArray

from observatory.kernels.compiling import compiled
from observatory.model.columns import HEALTH_CHECK, HEALTH_PATHS, NO_STATUS, Outcome

ROUTE = "http.route"
PATHS = ("url.path", "http.target")
METHODS = ("http.request.method", "http.method")
STATUSES = ("http.response.status_code", "http.status_code")
DURATION_S = "http.server.request.duration"
DURATION_MS = "http.server.duration"
ERROR_TYPE = "error.type"
USER_AGENTS = ("user_agent.original", "http.user_agent")
SYNTHETIC = "user_agent.synthetic.type"

NAMESPACE = "service.namespace"
NAME = "service.name"
ENVIRONMENTS = ("deployment.environment.name", "deployment.environment")
PRODUCTION = ("production", "prod")
"""Environments whose telemetry counts, in any case; a sender that names none is taken for production."""

FAILED = 1
"""Mark of a record whose sender said that the request failed."""
DISREGARDED = 2
"""Mark of a record that is no citizen's request: synthetic, a crawler, OPTIONS."""
HEALTH_ASKED = 4
"""Mark of a record whose path is one of HEALTH_PATHS."""

STATUS_MIN, STATUS_MAX = 100, 999
"""HTTP statuses outside of this are no status."""

_HEALTH_LENGTHS = np.array([len(path) for path in HEALTH_PATHS])
_HEALTH_LENGTH_MAX = int(_HEALTH_LENGTHS.max())
_HEALTH_LETTER = 1
"""Which byte of a path tells most paths from those, and (below) what it may be."""
_HEALTH_LETTERS = np.isin(np.arange(256), [ord(path[_HEALTH_LETTER]) for path in HEALTH_PATHS])
_HEALTH_TEXT = np.array([list(path.encode().ljust(_HEALTH_LENGTH_MAX)) for path in HEALTH_PATHS], np.uint8)

_GOOD, _BAD, _THROTTLED, _EXCLUDED = int(Outcome.GOOD), int(Outcome.BAD), int(Outcome.THROTTLED), int(Outcome.EXCLUDED)
PATIENCE_US = 10_000_000
"""A client that gave up after this long was failed by the service; before, it left."""


@compiled
def _outcome_by_status(status: int, duration_us: int, marks: int) -> int:
    if status == 499 or status == 460:
        return _BAD if duration_us >= PATIENCE_US else _EXCLUDED
    if status >= 500 or status == 408:
        return _BAD
    if status == 429:
        return _THROTTLED
    if status == NO_STATUS and marks & FAILED:
        return _BAD
    return _GOOD


@compiled
def outcome_of(status: int, duration_us: int, marks: int) -> int:
    """Return the `Outcome` of one record; `marks` are FAILED, DISREGARDED and HEALTH_ASKED, added."""
    if marks & DISREGARDED:
        return _EXCLUDED
    outcome = _outcome_by_status(status, duration_us, marks)
    return outcome | HEALTH_CHECK if marks & HEALTH_ASKED and outcome != _EXCLUDED else outcome


@compiled
def _outcomes(status: NDArray[np.int16], duration_us: NDArray[np.int64], marks: NDArray[np.uint8], outcome: NDArray[np.uint8]) -> None:
    for row in range(len(status)):
        outcome[row] = outcome_of(status[row], duration_us[row], marks[row])


def outcomes(status: NDArray[np.int16], duration_us: NDArray[np.int64], marks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the `Outcome` of every record; arrays of one length."""
    outcome = np.empty(len(status), np.uint8)
    _outcomes(status, duration_us, marks, outcome)
    return outcome


def is_health_path(path: str) -> bool:
    """Say whether a path, with or without a query, is one that only machines ask to see whether a service lives."""
    return path.partition("?")[0].rstrip("/") in HEALTH_PATHS


@compiled
def health_path_in(text: NDArray[np.uint8], start: int, end: int) -> bool:
    """Say the same as `is_health_path` of the path in text[start:end]."""
    if end - start <= _HEALTH_LETTER or not _HEALTH_LETTERS[text[start + _HEALTH_LETTER]]:
        return False
    stop = start
    while stop < end and text[stop] != 63 and stop - start <= 2 * _HEALTH_LENGTH_MAX:
        stop += 1
    while stop > start and text[stop - 1] == 47:
        stop -= 1
    if stop == start or stop - start > _HEALTH_LENGTH_MAX:
        return False
    for i in range(len(_HEALTH_LENGTHS)):
        if _HEALTH_LENGTHS[i] == stop - start:
            same = 0
            while same < stop - start and text[start + same] == _HEALTH_TEXT[i, same]:
                same += 1
            if same == stop - start:
                return True
    return False


def is_production(environment: str) -> bool:
    """Say whether telemetry of a deployment environment counts; an empty one does."""
    return environment == "" or environment.lower() in PRODUCTION
