"""A month that is over and final is frozen: its figures stand in the log as hashes, once, and anybody can make them again."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from apiflask import APIFlask

from observatory.flows import months
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.figures import figures_of
from observatory.flows.months import FROZEN, freeze, month_to_freeze
from observatory.judge.days import minute_of
from observatory.model.signoff import LogEntry, NewEntry
from observatory.parts import Parts
from observatory.server.app import create_app
from observatory.server.worker import Background
from observatory.settings import Settings
from observatory.signoff.canonical_figures import LOOKED_AT, canonical_figures, hash_of
from observatory.signoff.canonical_json import Json, canonical, parse
from observatory.store.telemetry import TelemetryStore
from observatory.workers.freeze_months import FreezeMonths
from tests.builders import a_catalogue
from tests.observed import JOB_PORTAL, LIBRARY, observe, parts_of, traffic
from tests.people import SteppingClock
from tests.registers import in_look

BEGUN = datetime(2026, 10, 30, tzinfo=UTC)
OVER = datetime(2026, 10, 31, 15, tzinfo=UTC)
"""The end of October in Seoul."""
MONTH = "/api/v1/months/2026-10"
HOURS = timedelta(hours=72)


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock(OVER + HOURS)


@pytest.fixture
def town(tmp_path: Path, clock: SteppingClock) -> Iterator[APIFlask]:
    """Yield an application that observed one service from the day before October ended, with ten minutes of outage."""
    app = create_app(Settings(data=tmp_path / "town"), now=clock)
    background = Background(app, steps=())
    background.start()
    parts = parts_of(app)
    apply_catalogue(parts.register, a_catalogue(JOB_PORTAL, LIBRARY), BEGUN)
    service = parts.register.catalogue().services[0]
    observe(parts, *(traffic(service, menu, BEGUN, 5 * 1440) for menu in service.menus))
    observe(parts, *(traffic(service, menu, BEGUN + timedelta(hours=2), 10, bad=100) for menu in service.menus))
    yield app
    background.stop()


def entries(parts: Parts) -> list[LogEntry]:
    return in_look(parts.register).log.entries_of_kind(FROZEN)


def beat(minute: int, store: TelemetryStore, *, first: bool) -> None:
    store.beat(minute, first=first)


def run(step: FreezeMonths, parts: Parts) -> None:
    """Let a step do all there is to do."""
    while step(parts):
        pass


def shown(app: APIFlask, service_id: str = "job-portal") -> dict[str, str]:
    answer = app.test_client().get(f"{MONTH}?service={service_id}").json
    found: dict[str, str] = answer["services"][0]
    return found


def test_a_month_is_frozen_72_hours_after_its_end_and_not_before(town: APIFlask, clock: SteppingClock) -> None:
    parts = parts_of(town)
    clock.moment = OVER + HOURS - timedelta(minutes=1)
    run(FreezeMonths(), parts)
    assert not entries(parts)
    clock.pass_by(minutes=1)
    run(FreezeMonths(), parts)
    (entry,) = entries(parts)
    told = parse(entry.body)
    assert isinstance(told, dict)
    assert (told["month"], told["method"], told["part"], told["parts"]) == ("2026-10", "obs-method/2", 1, 1)
    assert told["services"] == {each: shown(town, each)["sha256"] for each in ("job-portal", "library")}


def test_it_is_never_frozen_twice_also_by_a_step_that_begins_anew(town: APIFlask) -> None:
    parts = parts_of(town)
    month = month_to_freeze(parts.register, parts.telemetry, parts.now())
    assert month is not None
    for _ in range(3):
        run(FreezeMonths(), parts)
    assert not freeze(parts.register, month, {"job-portal": "0" * 64}, parts.now())
    assert len(entries(parts)) == 1


def test_a_step_that_is_killed_leaves_nothing_half_done(town: APIFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = parts_of(town)
    monkeypatch.setattr(months, "SERVICES_PER_ENTRY", 1)
    assert FreezeMonths()(parts)
    assert not entries(parts)

    def killed(kind: str, body: bytes, at: datetime) -> NewEntry:
        if b'"part":2' in body:
            raise KeyboardInterrupt
        return NewEntry(kind, body, at)

    with monkeypatch.context() as at_the_second_entry:
        at_the_second_entry.setattr("observatory.flows.months.NewEntry", killed)
        with pytest.raises(KeyboardInterrupt):
            run(FreezeMonths(), parts)
    assert not entries(parts)
    run(FreezeMonths(), parts)
    assert len(entries(parts)) == 2
    assert {each["sha256"] == each["sha256_frozen"] for each in (shown(town), shown(town, "library"))} == {True}


def test_months_follow_each_other_after_a_long_sleep(town: APIFlask, clock: SteppingClock) -> None:
    parts = parts_of(town)
    run(FreezeMonths(), parts)
    clock.moment = datetime(2027, 1, 10, tzinfo=UTC)
    run(FreezeMonths(), parts)
    assert len(entries(parts)) == 1, "a clock that leapt is not believed at once"
    for minute, first in ((minute_of(clock.moment) - 1500, True), (minute_of(clock.moment), False)):
        parts.writer.write(partial(beat, minute, first=first))
    run(FreezeMonths(), parts)
    assert [json.loads(entry.body)["month"] for entry in entries(parts)] == ["2026-10", "2026-11", "2026-12"]


def test_a_month_of_which_something_waits_for_the_judge_waits_too(town: APIFlask) -> None:
    parts = parts_of(town)
    service = parts.register.catalogue().services[0]
    parts.writer.write(lambda store: store.judge_again(service.index, 29_000_000, 29_000_000))
    run(FreezeMonths(), parts)
    assert not entries(parts)


def test_where_nothing_was_observed_nothing_is_frozen(tmp_path: Path, clock: SteppingClock) -> None:
    app = create_app(Settings(data=tmp_path / "empty"), now=clock)
    background = Background(app, steps=())
    background.start()
    parts = parts_of(app)
    run(FreezeMonths(), parts)
    apply_catalogue(parts.register, a_catalogue(LIBRARY), parts.now())
    run(FreezeMonths(), parts)
    assert not entries(parts)
    background.stop()


def test_anybody_can_make_the_hash_again_from_the_figures(town: APIFlask) -> None:
    run(FreezeMonths(), parts_of(town))
    answer = town.test_client().get(MONTH).json
    assert (answer["frozen_at"], answer["method"], answer["next"]) == ("2026-11-03T15:00:00Z", "obs-method/2", None)
    for each in answer["services"]:
        assert sha256(each["figures"].encode()).hexdigest() == each["sha256"] == each["sha256_frozen"]


def test_a_month_that_was_frozen_with_fewer_fields_is_held_against_those(town: APIFlask) -> None:
    parts = parts_of(town)
    month = month_to_freeze(parts.register, parts.telemetry, parts.now())
    assert month is not None
    service = parts.register.catalogue().services[0]
    written = hash_of(figures_of(service, month, parts.register, parts.telemetry, parts.now()), form=1)
    told: dict[str, Json] = {
        "method": "obs-method/2",
        "month": "2026-10",
        "part": 1,
        "parts": 1,
        "services": {"job-portal": written, "library": "0" * 64},
    }
    with parts.register.change() as books:
        books.log.append(NewEntry(FROZEN, canonical(told), parts.now()))
    assert shown(town)["sha256"] == written
    first = json.loads(shown(town)["figures"])
    assert not {"client_error_requests", "unmatched_requests", "clamped_requests"} & first.keys()
    assert "valid_from" not in first["target"]
    assert "isolated_minutes" not in first["menus"][0]
    for each in (first, *first["menus"]):
        assert list(each["load_time"]) == ["abandoned", "capped", "mean_ms", "n", "p75_ms", "p95_ms", "source"]
    library = json.loads(shown(town, "library")["figures"])
    assert (library["downtime_minutes"], library["partial_minutes"], library["partial_share_minutes"]) == (None, 0, "0")


def test_a_month_that_was_frozen_before_requests_without_a_load_time_were_told_is_hashed_without_them(town: APIFlask) -> None:
    parts = parts_of(town)
    month = month_to_freeze(parts.register, parts.telemetry, parts.now())
    assert month is not None
    service = parts.register.catalogue().services[0]
    figures = figures_of(service, month, parts.register, parts.telemetry, parts.now())
    second, third = (json.loads(canonical_figures(figures, form)) for form in (2, 3))
    for before, now in zip((second, *second["menus"]), (third, *third["menus"]), strict=True):
        assert before["load_time"] == {name: value for name, value in now["load_time"].items() if name != "untimed"}
    assert third.keys() - second.keys() == {"rejected_records", "quarantined_records", "late_records"}


def test_a_month_that_was_frozen_before_what_is_left_out_was_told_is_held_against_its_fields(town: APIFlask) -> None:
    parts = parts_of(town)
    month = month_to_freeze(parts.register, parts.telemetry, parts.now())
    assert month is not None
    service = parts.register.catalogue().services[0]
    written = hash_of(figures_of(service, month, parts.register, parts.telemetry, parts.now()), form=2)
    told: dict[str, Json] = {
        "form": 2,
        "method": "obs-method/2",
        "month": "2026-10",
        "part": 1,
        "parts": 1,
        "services": {"job-portal": written},
    }
    with parts.register.change() as books:
        books.log.append(NewEntry(FROZEN, canonical(told), parts.now()))
    assert shown(town)["sha256"] == written
    second = json.loads(shown(town)["figures"])
    assert "clamped_requests" in second
    assert not {"rejected_records", "quarantined_records", "late_records"} & second.keys()


def test_a_month_after_a_change_of_grade_is_frozen_with_the_day_of_the_change(town: APIFlask) -> None:
    parts = parts_of(town)
    catalogue = parts.register.catalogue()
    changed = replace(catalogue.services[0], grade=2)
    apply_catalogue(parts.register, replace(catalogue, services=(changed, *catalogue.services[1:])), BEGUN)
    run(FreezeMonths(), parts)
    target = json.loads(shown(town)["figures"])["target"]
    assert (target["grade"], target["valid_from"]) == (2, "2026-10-31")
    assert shown(town)["sha256"] == shown(town)["sha256_frozen"]


def test_what_is_hashed_is_what_is_published(town: APIFlask) -> None:
    published = town.test_client().get("/api/v1/services/job-portal/figures?window=month:2026-10").json
    hashed = json.loads(shown(town)["figures"])
    assert published is not None
    assert hashed.keys() == published.keys() - set(LOOKED_AT)
    assert (hashed["downtime_minutes"], float(hashed["availability_percent"])) == (10, published["availability_percent"])
    assert hashed["window"] == published["window"]
    assert [menu["menu_id"] for menu in hashed["menus"]] == sorted(menu["menu_id"] for menu in published["menus"])
    for name, value in published["load_time"].items():
        assert hashed["load_time"][name] in (value, str(value).removesuffix(".0"))


def test_a_figure_that_changes_later_shows(town: APIFlask) -> None:
    parts = parts_of(town)
    run(FreezeMonths(), parts)
    service = parts.register.catalogue().services[0]
    before = shown(town)
    observe(parts, *(traffic(service, menu, BEGUN + timedelta(hours=9), 10, count=1000, bad=1000) for menu in service.menus))
    after = shown(town)
    assert before["sha256_frozen"] == before["sha256"] == after["sha256_frozen"] != after["sha256"]
    assert json.loads(after["figures"])["downtime_minutes"] == 20


@pytest.mark.parametrize("month", ["2026-13", "2027-01", "now", "1969-12"])
def test_what_is_no_month_or_has_not_begun_is_not_found(town: APIFlask, month: str) -> None:
    assert town.test_client().get(f"/api/v1/months/{month}").status_code == 404


def test_services_come_in_parts(town: APIFlask) -> None:
    first = town.test_client().get(f"{MONTH}?limit=1").json
    second = town.test_client().get(f"{MONTH}?limit=1&cursor={first['next']}").json
    assert [each["service_id"] for page in (first, second) for each in page["services"]] == ["job-portal", "library"]
    assert second["next"] is None
