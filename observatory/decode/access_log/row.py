"""Share between the parsers of lines where they leave what they find, and why they refuse a line."""

import numpy as np
from numpy.typing import NDArray

from observatory.decode.raw_requests import MARKS_AT, STATUS_AT
from observatory.decode.semantic_conventions import FAILED, STATUS_MIN
from observatory.kernels.compiling import compiled
from observatory.model.columns import NO_STATUS

REASONS = ("no_json", "no_time", "no_request", "no_status", "no_user_agent", "no_duration")
"""Why a line is refused: the first part of it that is missing or malformed."""
NO_JSON, NO_TIME, NO_REQUEST, NO_STATUS_FIELD, NO_AGENT, NO_DURATION_FIELD = range(len(REASONS))

PATH, AGENT, FOUND = 0, 2, 4
"""Where the start of path and user agent stands, each followed by its end; how many numbers that makes. Empty: none."""


@compiled
def keep_status(row: NDArray[np.int64], status: int) -> None:
    """Keep a status in a row; less than any status means that nothing was answered."""
    if status >= STATUS_MIN:
        row[STATUS_AT] = status
    else:
        row[STATUS_AT] = NO_STATUS
        row[MARKS_AT] |= FAILED
