"""Hold the published method as a value: every constant with its unit, so that two versions can live side by side.

Names follow the sections of METHOD.md beside this file. Changing a constant is a new version of the method.
"""

from dataclasses import dataclass, fields
from typing import Annotated, get_type_hints

Requests = Annotated[int, "requests"]
Permille = Annotated[int, "permille"]
Minutes = Annotated[int, "minutes"]
Hours = Annotated[int, "hours"]
Weeks = Annotated[int, "weeks"]
Intervals = Annotated[int, "intervals"]
Times = Annotated[int, "times"]


@dataclass(frozen=True, slots=True)
class Constant:
    """One constant as the method page prints it; `key` is also the key of its explanation there."""

    key: str
    value: int
    unit: str
    """minutes, hours, permille, requests, weeks, intervals, times: a key as well."""


@dataclass(frozen=True, slots=True)
class Method:
    """The rules by which evidence becomes verdicts, incidents and figures."""

    version: str

    # Evidence (section 3)
    users_count_min: Requests
    users_bad_count_min: Requests
    sparse_block_minutes: Minutes
    down_permille: Permille
    partial_permille: Permille
    throttled_permille: Permille
    client_error_permille: Permille
    client_error_times_usual: Times
    slow_permille: Permille
    vote_hold_intervals: Intervals
    vote_hold_minutes_max: Minutes
    expected_weeks: Weeks
    expected_slot_minutes: Minutes
    expected_history_minutes_min: Minutes
    vanished_expected_min: Requests
    vanished_permille: Permille

    # Verdicts (section 4)
    bridge_minutes_max: Minutes

    # Incidents (section 5)
    open_bad_minutes: Minutes
    open_window_minutes: Minutes
    open_span_minutes: Minutes
    flapping_bad_minutes: Minutes
    flapping_window_minutes: Minutes
    flapping_span_minutes: Minutes
    close_minutes: Minutes
    state_hold_minutes: Minutes
    slow_end_permille: Permille
    evidence_lost_minutes: Minutes

    # Classes of minutes (section 6)
    maintenance_announced_hours_min: Hours
    maintenance_hours_month_max: Hours

    # Figures (section 7)
    failures_measured_minutes_min: Minutes
    failures_scaled_minutes: Minutes
    failures_scaled_permille_min: Permille
    load_time_count_min: Requests
    load_time_mean_count_min: Requests
    load_time_p95_count_min: Requests
    coverage_permille_min: Permille

    # Finality (section 8)
    provisional_minutes: Minutes
    final_hours: Hours

    @property
    def openings(self) -> tuple[tuple[int, int, int], ...]:
        """The ways in which an incident opens: so many bad ones, among so many known minutes, within so many of the clock."""
        return (
            (self.open_bad_minutes, self.open_window_minutes, self.open_span_minutes),
            (self.flapping_bad_minutes, self.flapping_window_minutes, self.flapping_span_minutes),
        )

    @property
    def constants(self) -> tuple[Constant, ...]:
        """Every constant with its unit, in the order of the sections."""
        units = get_type_hints(type(self), include_extras=True)
        keys = (field.name for field in fields(self) if field.name != "version")
        return tuple(Constant(key, getattr(self, key), units[key].__metadata__[0]) for key in keys)

    @property
    def minute_constants(self) -> tuple[Constant, ...]:
        """The constants that decide about a single minute: those of evidence and verdicts."""
        keys = [constant.key for constant in self.constants]
        return self.constants[: keys.index("bridge_minutes_max") + 1]


METHOD_2 = Method(
    version="obs-method/2",
    users_count_min=20,
    users_bad_count_min=5,
    sparse_block_minutes=60,
    down_permille=500,
    partial_permille=100,
    throttled_permille=500,
    client_error_permille=500,
    client_error_times_usual=3,
    slow_permille=500,
    vote_hold_intervals=2,
    vote_hold_minutes_max=120,
    expected_weeks=4,
    expected_slot_minutes=10,
    expected_history_minutes_min=14 * 1440,
    vanished_expected_min=100,
    vanished_permille=200,
    bridge_minutes_max=15,
    open_bad_minutes=3,
    open_window_minutes=5,
    open_span_minutes=15,
    flapping_bad_minutes=6,
    flapping_window_minutes=30,
    flapping_span_minutes=60,
    close_minutes=5,
    state_hold_minutes=5,
    slow_end_permille=400,
    evidence_lost_minutes=60,
    maintenance_announced_hours_min=24,
    maintenance_hours_month_max=8,
    failures_measured_minutes_min=7 * 1440,
    failures_scaled_minutes=30 * 1440,
    failures_scaled_permille_min=900,
    load_time_count_min=30,
    load_time_mean_count_min=200,
    load_time_p95_count_min=400,
    coverage_permille_min=900,
    provisional_minutes=10,
    final_hours=72,
)
IN_FORCE = METHOD_2
"""What is published today is made by this one."""
