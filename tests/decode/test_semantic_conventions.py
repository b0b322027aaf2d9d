"""Attributes become the outcome that method section 2 says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.decode.semantic_conventions import (
    DISREGARDED,
    FAILED,
    HEALTH_ASKED,
    health_path_in,
    is_health_path,
    is_production,
    outcome_of,
    outcomes,
)
from observatory.model.columns import HEALTH_CHECK, HEALTH_PATHS, NO_DURATION, NO_STATUS, Outcome

SECOND_US = 1_000_000


@pytest.mark.parametrize(
    ("status", "duration_us", "marks", "outcome"),
    [
        (200, NO_DURATION, 0, Outcome.GOOD),
        (404, SECOND_US, 0, Outcome.GOOD),
        (404, SECOND_US, FAILED, Outcome.GOOD),
        (200, SECOND_US, FAILED, Outcome.GOOD),
        (500, SECOND_US, 0, Outcome.BAD),
        (503, NO_DURATION, 0, Outcome.BAD),
        (599, SECOND_US, 0, Outcome.BAD),
        (408, SECOND_US, 0, Outcome.BAD),
        (429, SECOND_US, 0, Outcome.THROTTLED),
        (429, SECOND_US, FAILED, Outcome.THROTTLED),
        (NO_STATUS, SECOND_US, 0, Outcome.GOOD),
        (NO_STATUS, SECOND_US, FAILED, Outcome.BAD),
        (499, 10 * SECOND_US, 0, Outcome.BAD),
        (499, 10 * SECOND_US - 1, 0, Outcome.EXCLUDED),
        (499, NO_DURATION, 0, Outcome.EXCLUDED),
        (460, 11 * SECOND_US, 0, Outcome.BAD),
        (460, SECOND_US, 0, Outcome.EXCLUDED),
        (500, SECOND_US, DISREGARDED, Outcome.EXCLUDED),
        (429, SECOND_US, DISREGARDED, Outcome.EXCLUDED),
        (NO_STATUS, SECOND_US, DISREGARDED | FAILED, Outcome.EXCLUDED),
        (200, SECOND_US, HEALTH_ASKED, Outcome.GOOD | HEALTH_CHECK),
        (503, SECOND_US, HEALTH_ASKED, Outcome.BAD | HEALTH_CHECK),
        (NO_STATUS, SECOND_US, HEALTH_ASKED | FAILED, Outcome.BAD | HEALTH_CHECK),
        (499, SECOND_US, HEALTH_ASKED, Outcome.EXCLUDED),
        (503, SECOND_US, HEALTH_ASKED | DISREGARDED, Outcome.EXCLUDED),
    ],
)
def test_a_record_has_the_outcome_of_the_method(status: int, duration_us: int, marks: int, outcome: int) -> None:
    assert outcome_of(status, duration_us, marks) == outcome


def test_outcomes_come_in_the_order_of_their_records() -> None:
    found = outcomes(np.array([200, 500, 429], np.int16), np.full(3, NO_DURATION, np.int64), np.zeros(3, np.uint8))
    assert found.tolist() == [Outcome.GOOD, Outcome.BAD, Outcome.THROTTLED]


@given(st.one_of(st.sampled_from(HEALTH_PATHS), st.text("/healtz?-p", max_size=20)), st.sampled_from(["", "/", "//", "?x=1", "/?", "x"]))
def test_compiled_and_plain_code_know_the_same_health_paths(path: str, suffix: str) -> None:
    text = np.frombuffer((path + suffix).encode(), np.uint8)
    assert health_path_in(text, 0, len(text)) == is_health_path(path + suffix)


@pytest.mark.parametrize(
    ("path", "is_health"),
    [("/healthz", True), ("/health/", True), ("/ping?now=1", True), ("/healthy-living", False), ("/", False), ("", False)],
)
def test_health_paths_are_whole_paths(path: str, is_health: bool) -> None:
    assert is_health_path(path) is is_health


@pytest.mark.parametrize(("environment", "counts"), [("", True), ("production", True), ("PROD", True), ("staging", False), ("dev", False)])
def test_only_production_counts(environment: str, counts: bool) -> None:
    assert is_production(environment) is counts
