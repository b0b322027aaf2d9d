"""The read model: what it says of services, when it says something new, and what that costs."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from apiflask import APIFlask

from observatory.errors import NotFound
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.signoffs import SIGNOFF_KIND
from observatory.judge.windows import custom_window, named_window
from observatory.model.catalogue import Agency, Catalogue
from observatory.model.columns import Source
from observatory.model.minute import MinuteCounters
from observatory.model.signoff import NewEntry
from observatory.model.text import Text
from observatory.parts import Parts
from observatory.readmodel.summary import Summary
from observatory.signoff.bare_statement import bare_statement_bytes
from observatory.store.telemetry import TelemetryReader
from tests.builders import LABOR, a_catalogue, a_menu, a_service, a_signoff
from tests.moments import NOW
from tests.observed import (
    COUNT,
    GOOD_MS,
    JOB_PORTAL,
    OUTAGE_MINUTES,
    OUTAGE_START,
    TRAFFIC_DAYS,
    observe,
    observed_town,
    parts_of,
    traffic,
)
from tests.registers import in_change

TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Summary]:
    """The read model of two observed services; not to be changed."""
    with observed_town(tmp_path_factory.mktemp("town")) as app:
        yield summary_of(app)


@pytest.fixture
def parts(app: APIFlask) -> Parts:
    return parts_of(app)


@pytest.fixture
def summary(app: APIFlask) -> Summary:
    return summary_of(app)


def summary_of(app: APIFlask) -> Summary:
    return parts_of(app).get(Summary)


def register(parts: Parts, catalogue: Catalogue | None = None) -> None:
    apply_catalogue(parts.register, catalogue or a_catalogue(JOB_PORTAL), NOW - timedelta(days=1))


def lately(parts: Parts, minutes: int = 60, *, bad: int = 0) -> MinuteCounters:
    """Traffic on the first menu of the first service in the last minutes."""
    service = parts.register.catalogue().services[0]
    return traffic(service, service.menus[0], NOW - timedelta(minutes=minutes), minutes, bad=bad)


def test_a_service_is_shown_with_its_states_figures_days_and_incidents(town: Summary) -> None:
    shown = town.service("job-portal")
    assert (shown.state, shown.state_since) == ("up", OUTAGE_START + timedelta(minutes=OUTAGE_MINUTES))
    assert [(row.menu.id, row.state) for row in shown.menus] == [("search", "up"), ("apply", "up")]
    assert (shown.agency, shown.figures.window.name, shown.figures_day.window.name) == (LABOR, "30d", "24h")
    assert (shown.figures.downtime_minutes, shown.figures_day.downtime_minutes) == (OUTAGE_MINUTES, 0)
    (incident,) = shown.incidents
    assert (incident.menu_id, incident.started_at, incident.down_minutes) == (None, OUTAGE_START, OUTAGE_MINUTES)


def test_the_last_ninety_days_are_shown_today_last(town: Summary) -> None:
    shown = town.service("job-portal")
    assert [mark.day for mark in shown.days] == [TODAY - timedelta(days=ago) for ago in range(89, -1, -1)]
    assert [mark.day for mark in shown.daily_load] == [mark.day for mark in shown.days]
    assert [mark.state for mark in shown.days[: 89 - TRAFFIC_DAYS]] == ["unknown"] * (89 - TRAFFIC_DAYS)
    assert {mark.day: mark.downtime_minutes for mark in shown.days if mark.state == "down"} == {date(2026, 11, 17): OUTAGE_MINUTES}
    assert {(mark.mean_ms, mark.n) for mark in shown.daily_load[:79]} == {(None, 0)}
    assert {mark.mean_ms for mark in shown.daily_load[-TRAFFIC_DAYS:]} == {GOOD_MS}
    assert shown.daily_load[-2].n == 2 * COUNT * 1440


def test_a_service_of_which_nothing_was_heard_is_unknown_and_has_no_numbers(town: Summary) -> None:
    shown = town.service("library")
    assert (shown.state, shown.state_since, shown.signoff_state, shown.incidents) == ("unknown", None, "none", ())
    assert (shown.figures.availability_percent, shown.figures.load_time.mean_ms) == (None, None)
    assert {mark.state for mark in shown.days} == {"unknown"}


def test_an_unknown_service_is_not_found(town: Summary) -> None:
    with pytest.raises(NotFound):
        town.service("nobody")
    with pytest.raises(NotFound):
        town.figures("nobody", named_window("30d", ZoneInfo("Asia/Seoul"), NOW))


def test_figures_of_any_window_and_those_that_are_shown_are_the_same(town: Summary) -> None:
    shown = town.service("job-portal")
    assert town.figures("job-portal", shown.figures.window) == shown.figures
    assert town.figures("job-portal", shown.figures_day.window) == shown.figures_day
    outage = custom_window(OUTAGE_START, OUTAGE_START + timedelta(minutes=OUTAGE_MINUTES))
    assert town.figures("job-portal", outage).downtime_minutes == OUTAGE_MINUTES


def test_the_front_page_says_what_the_service_page_says(town: Summary) -> None:
    site = town.site()
    assert [shown.service.id for shown in site.services] == ["job-portal", "library"]
    assert site.as_of == NOW
    for shown in site.services:
        assert shown == town.service(shown.service.id)


def test_failing_services_come_first_the_others_as_in_the_catalogue(summary: Summary, parts: Parts) -> None:
    services = [a_service(name, menus=(a_menu("home"),)) for name in ("c", "a", "b")]
    register(parts, Catalogue(agencies=(LABOR,), services=tuple(services)))
    known = {service.id: service for service in parts.register.catalogue().services}
    observe(
        parts,
        traffic(known["c"], known["c"].menus[0], NOW - timedelta(minutes=30), 31),
        traffic(known["a"], known["a"].menus[0], NOW - timedelta(minutes=30), 31, bad=20),
        traffic(known["b"], known["b"].menus[0], NOW - timedelta(minutes=30), 31, bad=COUNT),
    )
    assert [(shown.service.id, shown.state) for shown in summary.site().services] == [("b", "down"), ("a", "partial"), ("c", "up")]


def test_what_was_judged_is_shown_at_once(summary: Summary, parts: Parts) -> None:
    register(parts)
    before, version = summary.service("job-portal"), summary.version()
    observe(parts, lately(parts, bad=COUNT))
    assert summary.version() != version
    after = summary.service("job-portal")
    assert (before.state, after.state, after.state_since) == ("unknown", "down", NOW - timedelta(minutes=60))
    assert (after.figures_day.requests, len(after.incidents)) == (60 * COUNT, 1)
    assert summary.site().services[0].state == "down"


def test_a_backfilled_past_day_changes_the_30_days(summary: Summary, parts: Parts) -> None:
    register(parts)
    observe(parts, lately(parts))
    assert summary.service("job-portal").figures.requests == 0
    service = parts.register.catalogue().services[0]
    observe(parts, traffic(service, service.menus[0], NOW - timedelta(days=5), 600))
    assert summary.service("job-portal").figures.requests == 600 * COUNT
    assert [mark.day for mark in summary.service("job-portal").days if mark.state == "up"] == [date(2026, 11, 15), TODAY]


def test_a_signed_decision_is_shown_at_once(summary: Summary, parts: Parts) -> None:
    register(parts)
    version, before = summary.version(), summary.service("job-portal").signoff_state
    for signoff in (a_signoff(), a_signoff(decision="fail", signed_at=datetime(2026, 11, 20, 2, tzinfo=UTC))):
        in_change(parts.register).log.append(NewEntry(SIGNOFF_KIND, bare_statement_bytes(signoff), signoff.signed_at))
    shown = summary.service("job-portal")
    assert (before, shown.signoff_state, [signed.decision for signed in shown.signoffs]) == ("none", "failed", ["fail", "pass"])
    assert shown.signoff == shown.signoffs[0]
    assert summary.version() != version


def test_a_changed_catalogue_is_shown_at_once(summary: Summary, parts: Parts) -> None:
    renamed = replace(JOB_PORTAL, name=Text(JOB_PORTAL.name.ko, "Jobs"))
    register(parts)
    version = summary.version()
    assert summary.service("job-portal").service.name.en == "job-portal service"
    register(parts, a_catalogue(renamed))
    assert summary.service("job-portal").service.name.en == "Jobs"
    assert summary.version() != version
    version = summary.version()
    register(parts, Catalogue(agencies=(Agency("labor", Text("노동부", "Labor")),), services=(renamed,)))
    assert summary.service("job-portal").agency.name.en == "Labor"
    assert summary.version() != version


def test_a_removed_service_keeps_its_page_and_leaves_the_list(summary: Summary, parts: Parts) -> None:
    register(parts, a_catalogue(JOB_PORTAL, a_service("library")))
    register(parts, a_catalogue(a_service("library")))
    assert [shown.service.id for shown in summary.site().services] == ["library"]
    assert summary.service("job-portal").service.removed


def test_each_minute_is_a_version_of_its_own(parts: Parts) -> None:
    moments = iter([NOW, NOW + timedelta(seconds=59), NOW + timedelta(seconds=60)])
    summary = Summary(parts.register, parts.telemetry, lambda: next(moments))
    first, same_minute, next_minute = (summary.version() for _ in range(3))
    assert first == same_minute != next_minute


def test_silence_is_shown_although_nothing_comes_in(parts: Parts) -> None:
    register(parts)
    observe(parts, lately(parts))
    later = Summary(parts.register, parts.telemetry, lambda: NOW + timedelta(hours=2))
    assert later.service("job-portal").state == "unknown"


class CountedReader:
    """A telemetry reader that counts what is asked of it; everything else is the real one's."""

    def __init__(self, real: TelemetryReader) -> None:
        self._real = real
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> object:
        self.calls.append(name)
        return getattr(self._real, name)


def test_nothing_is_read_twice_while_nothing_changes(parts: Parts) -> None:
    register(parts)
    observe(parts, lately(parts))
    reader = CountedReader(parts.telemetry)
    summary = Summary(parts.register, reader, parts.now)  # type: ignore[arg-type]
    summary.site(), summary.service("job-portal")
    reader.calls.clear()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: (summary.site(), summary.service("job-portal"), summary.version()), range(20)))
    assert set(reader.calls) == {"changes", "revision", "published"}


def test_ten_readers_of_a_new_version_read_it_once(parts: Parts) -> None:
    register(parts)
    observe(parts, lately(parts))
    reader = CountedReader(parts.telemetry)
    summary = Summary(parts.register, reader, parts.now)  # type: ignore[arg-type]
    with ThreadPoolExecutor(10) as pool:
        shown = list(pool.map(lambda _: summary.service("job-portal"), range(10)))
    assert len({id(each.figures_day) for each in shown}) == 1


def test_probed_services_show_the_load_times_of_probes(summary: Summary, parts: Parts) -> None:
    register(parts)
    service = parts.register.catalogue().services[0]
    observe(parts, traffic(service, service.menus[0], NOW - timedelta(days=2), 200, count=1, duration_ms=120, source=Source.PROBE))
    shown = summary.service("job-portal")
    assert (shown.figures.load_time.source, shown.figures.load_time.mean_ms) == ("probe", 120)
    assert [(mark.day, mark.mean_ms) for mark in shown.daily_load if mark.n] == [(date(2026, 11, 18), 120)]
