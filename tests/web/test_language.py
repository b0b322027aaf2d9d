"""Words, numbers and times as a page prints them, in both languages."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from apiflask import APIFlask

from observatory.model.text import Text
from observatory.web import language as words
from tests.summaries import a_load_time

AT = datetime(2026, 11, 20, 9, 4, 59, tzinfo=UTC)

InLanguage = Callable[[str], AbstractContextManager[object]]


@pytest.fixture
def speaking(app: APIFlask) -> Iterator[InLanguage]:
    """Return a way to be inside a request in a language."""
    return lambda code: app.test_request_context(f"/{code}/")  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("path", "accepted", "expected"),
    [("/en/services/x", "ko", "en"), ("/ko/", "en", "ko"), ("/desk/", "en-GB,en", "en"), ("/desk/", "de", "ko"), ("/english/", "ko", "ko")],
)
def test_the_address_decides_and_else_the_browser(app: APIFlask, path: str, accepted: str, expected: str) -> None:
    with app.test_request_context(path, headers={"Accept-Language": accepted}):
        assert words.language() == expected


def test_times_are_in_the_sites_zone_on_a_24_hour_clock_and_say_so(speaking: InLanguage) -> None:
    with speaking("ko"):
        assert words.moment(AT) == "2026-11-20 18:04 (한국시간)"
        assert words.day(AT.replace(hour=16)) == "2026-11-21"
    with speaking("en"):
        assert words.moment(AT) == "2026-11-20 18:04 (Korea time)"
        assert words.moment(None) == "no data"
        assert words.day(date(2026, 1, 2)) == "2026-01-02"
        assert words.iso(AT) == "2026-11-20T09:04:59Z"


@pytest.mark.parametrize(
    ("total", "korean", "english"),
    [
        (0, "0분", "0 min"),
        (0.9, "0분", "0 min"),
        (200, "3시간 20분", "3 h 20 min"),
        (180, "3시간", "3 h"),
        (1440, "1일", "1 d"),
        (1441, "1일 1분", "1 d 1 min"),
        (60_000, "41일 16시간", "41 d 16 h"),
        (None, "자료 없음", "no data"),
    ],
)
def test_minutes_are_days_hours_and_minutes(speaking: InLanguage, total: float | None, korean: str, english: str) -> None:
    with speaking("ko"):
        assert words.minutes(total) == korean
    with speaking("en"):
        assert words.minutes(total) == english


@pytest.mark.parametrize(
    ("milliseconds", "expected"), [(1240.4, "1.24초"), (99.9, "0.100초"), (4, "0.004초"), (60_000, "60.00초"), (None, "자료 없음")]
)
def test_load_times_are_seconds_with_their_unit(speaking: InLanguage, milliseconds: float | None, expected: str) -> None:
    with speaking("ko"):
        assert words.seconds(milliseconds) == expected


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (99.9999, 3, "99.999%"),
        (99.92, 3, "99.920%"),
        (99.918, 3, "99.918%"),
        (98.79, 1, "98.7%"),
        (0.29 * 100, 0, "29%"),
        (100, 3, "100.000%"),
    ],
)
def test_percentages_are_cut_and_never_rounded_up(speaking: InLanguage, value: float, digits: int, expected: str) -> None:
    with speaking("en"):
        assert words.percent(value, digits) == expected


def test_what_is_not_known_is_said_in_words(speaking: InLanguage) -> None:
    small, nothing, rough = a_load_time(None, n=29, p75_ms=None), a_load_time(None, n=0, p75_ms=None), a_load_time(1000, rough=True)
    with speaking("ko"):
        assert words.load_time_mean(small) == words.load_time_p75(small) == "표본 부족"
        assert words.load_time_mean(nothing) == words.percent(None) == words.count(None) == "자료 없음"
        assert words.load_time_mean(rough) == "1.00초 (참고)"
        assert words.failure_count(None) == "자료 없음"
        assert words.failure_count(2) == "2회"
    with speaking("en"):
        assert [words.failure_count(number) for number in (0, 1, 2)] == ["0 failures", "1 failure", "2 failures"]
        assert words.count(1234567) == "1,234,567"


def test_what_records_do_not_tell_is_not_called_a_small_sample(speaking: InLanguage) -> None:
    buckets_only, sums_only = a_load_time(None), a_load_time(p75_ms=None)
    with speaking("en"):
        assert (words.load_time_mean(buckets_only), words.load_time_p75(buckets_only)) == ("not told", "1.50 s")
        assert words.load_time_p75(sums_only) == words.load_time_p95(sums_only) == words.load_time_share(sums_only, None) == "not told"
        assert words.load_time_p95(replace(sums_only, p75_ms=900.0)) == "sample too small"
        assert words.load_time_share(a_load_time(), None) == "sample too small"


def test_a_text_that_exists_in_one_language_only_is_shown_in_that_one(speaking: InLanguage) -> None:
    with speaking("en"):
        assert words.in_language(Text("차관", "")) == "차관"
        assert words.has_hangul("차관")
        assert not words.has_hangul("Vice Minister")


def test_service_hours_by_days_are_told_in_words(app: APIFlask) -> None:
    hours = "mon-fri 09:00-18:00, sat 09:00-13:00"
    with app.test_request_context("/ko/"):
        assert words.service_hours(hours) == "월-금 09:00-18:00, 토 09:00-13:00, 공휴일 휴무 (한국시간)"
        assert words.service_hours("09:00-18:00") == "09:00-18:00 (한국시간)"
    with app.test_request_context("/en/"):
        assert words.service_hours(f"{hours}, holidays 10:00-12:00") == (
            "Mon-Fri 09:00-18:00, Sat 09:00-13:00, 10:00-12:00 on public holidays (Korea time)"
        )
