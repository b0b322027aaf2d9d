"""Name every constant of the published method, with its unit. Changing one is a new version of the method.

Names follow the sections of the method: minutes, evidence, verdicts, incidents, figures, finality.
"""

from dataclasses import dataclass

METHOD = "obs-method/1"

# Evidence
USERS_COUNT_MIN = 20
USERS_BAD_COUNT_MIN = 5
DOWN_PERMILLE = 500
PARTIAL_PERMILLE = 100
SLOW_PERMILLE = 500
VOTE_HOLD_INTERVALS = 2
VOTE_HOLD_MINUTES_MAX = 120
EXPECTED_WEEKS = 4
EXPECTED_SLOT_MINUTES = 10
EXPECTED_HISTORY_MINUTES_MIN = 14 * 1440
VANISHED_EXPECTED_MIN = 100
VANISHED_PERMILLE = 200

# Verdicts
BRIDGE_MINUTES_MAX = 15

# Incidents
OPEN_BAD_MINUTES = 3
OPEN_WINDOW_MINUTES = 5
CLOSE_MINUTES = 5
EVIDENCE_LOST_MINUTES = 60

# Figures
FAILURES_MEASURED_MINUTES_MIN = 7 * 1440
FAILURES_SCALED_MINUTES = 30 * 1440
FAILURES_SCALED_BELOW_PERMILLE = 900
LOAD_TIME_COUNT_MIN = 30
LOAD_TIME_SOURCE_COUNT_MIN = 100
COVERAGE_PERMILLE_MIN = 900

# Finality
PROVISIONAL_MINUTES = 10


@dataclass(frozen=True, slots=True)
class Constant:
    """One constant as the method page prints it; `key` is also the key of its explanation there."""

    key: str
    value: int
    unit: str
    """minutes, permille, requests, votes, weeks, intervals: a key as well."""


CONSTANTS = (
    Constant("users_count_min", USERS_COUNT_MIN, "requests"),
    Constant("users_bad_count_min", USERS_BAD_COUNT_MIN, "requests"),
    Constant("down_permille", DOWN_PERMILLE, "permille"),
    Constant("partial_permille", PARTIAL_PERMILLE, "permille"),
    Constant("slow_permille", SLOW_PERMILLE, "permille"),
    Constant("vote_hold_intervals", VOTE_HOLD_INTERVALS, "intervals"),
    Constant("vote_hold_minutes_max", VOTE_HOLD_MINUTES_MAX, "minutes"),
    Constant("expected_weeks", EXPECTED_WEEKS, "weeks"),
    Constant("expected_slot_minutes", EXPECTED_SLOT_MINUTES, "minutes"),
    Constant("expected_history_minutes_min", EXPECTED_HISTORY_MINUTES_MIN, "minutes"),
    Constant("vanished_expected_min", VANISHED_EXPECTED_MIN, "requests"),
    Constant("vanished_permille", VANISHED_PERMILLE, "permille"),
    Constant("bridge_minutes_max", BRIDGE_MINUTES_MAX, "minutes"),
    Constant("open_bad_minutes", OPEN_BAD_MINUTES, "minutes"),
    Constant("open_window_minutes", OPEN_WINDOW_MINUTES, "minutes"),
    Constant("close_minutes", CLOSE_MINUTES, "minutes"),
    Constant("evidence_lost_minutes", EVIDENCE_LOST_MINUTES, "minutes"),
    Constant("failures_measured_minutes_min", FAILURES_MEASURED_MINUTES_MIN, "minutes"),
    Constant("failures_scaled_minutes", FAILURES_SCALED_MINUTES, "minutes"),
    Constant("failures_scaled_below_permille", FAILURES_SCALED_BELOW_PERMILLE, "permille"),
    Constant("load_time_count_min", LOAD_TIME_COUNT_MIN, "requests"),
    Constant("load_time_source_count_min", LOAD_TIME_SOURCE_COUNT_MIN, "requests"),
    Constant("coverage_permille_min", COVERAGE_PERMILLE_MIN, "permille"),
    Constant("provisional_minutes", PROVISIONAL_MINUTES, "minutes"),
)
