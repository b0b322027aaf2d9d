"""What is made ready for readers: the same as would be made at once, and nobody who reads it adds anything up."""

import sqlite3
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from apiflask import APIFlask

from observatory.flows.catalogue import apply_catalogue
from observatory.flows.judging import judge_all
from observatory.judge.days import minute_of
from observatory.judge.windows import custom_window, named_window
from observatory.model.catalogue import Catalogue
from observatory.model.published_part import PartName, PublishedPart
from observatory.model.text import Text
from observatory.parts import Parts
from observatory.readmodel.ready import LAG_MINUTES_MAX
from observatory.readmodel.summary import Summary
from observatory.store.telemetry import Batch
from observatory.workers.make_ready import MakeReady
from tests.builders import a_catalogue, a_service
from tests.moments import NOW
from tests.observed import COUNT, JOB_PORTAL, observe, parts_of, traffic
from tests.readmodel.test_summary import CountedReader

ONLY_WHAT_IS_READY = {"changes", "revision", "published", "published_since"}
WINDOWS = ("24h", "7d", "30d", "90d")


@pytest.fixture
def parts(app: APIFlask) -> Parts:
    return parts_of(app)


class NothingReady(CountedReader):
    """A reader for which nothing was ever made ready."""

    def published(self, service: int, names: Collection[PartName]) -> dict[PartName, PublishedPart]:
        assert service
        assert names
        return {}


def make_ready(parts: Parts, step: MakeReady | None = None) -> None:
    step = step or MakeReady()
    while step(parts):
        pass


def at(parts: Parts, now: datetime) -> Parts:
    """Return the same parts when the clock shows another moment."""
    later = Parts(parts.settings, parts.register, parts.telemetry, parts.writer, parts.keys, lambda: now)
    later.add(Summary(parts.register, parts.telemetry, lambda: now))
    return later


def made_at_once(parts: Parts, now: datetime = NOW) -> Summary:
    return Summary(parts.register, NothingReady(parts.telemetry), lambda: now)  # type: ignore[arg-type]


def a_town(parts: Parts) -> None:
    """Observe two services for five days: one fails a while ago and now, of the other nothing is heard."""
    apply_catalogue(parts.register, a_catalogue(JOB_PORTAL, a_service("library")), NOW - timedelta(days=6))
    service = parts.register.catalogue().services[0]
    observe(
        parts,
        traffic(service, service.menus[0], NOW - timedelta(days=5), 600),
        traffic(service, service.menus[1], NOW - timedelta(days=3), 30, bad=COUNT),
        traffic(service, service.menus[0], NOW - timedelta(minutes=90), 60),
        traffic(service, service.menus[0], NOW - timedelta(minutes=30), 31, bad=COUNT),
    )


def test_whoever_reads_what_was_made_ready_opens_no_strip_and_no_minute(parts: Parts) -> None:
    a_town(parts)
    make_ready(parts)
    reader = CountedReader(parts.telemetry)
    summary = Summary(parts.register, reader, parts.now)  # type: ignore[arg-type]
    summary.site(), summary.counted()
    for service_id in ("job-portal", "library"):
        summary.service(service_id)
        for name in WINDOWS:
            summary.figures(service_id, named_window(name, parts.register.catalogue().site.zone, NOW))
    summary.incidents(None, None, None, None, limit=10, after_id=None)
    assert set(reader.calls) <= ONLY_WHAT_IS_READY


def test_what_is_made_ready_is_what_would_be_made_at_once(parts: Parts) -> None:
    a_town(parts)
    make_ready(parts)
    summary, other = parts.get(Summary), made_at_once(parts)
    for service_id in ("job-portal", "library"):
        assert summary.service(service_id) == other.service(service_id)
        for name in WINDOWS:
            window = named_window(name, parts.register.catalogue().site.zone, NOW)
            assert summary.figures(service_id, window) == other.figures(service_id, window)
    assert summary.incidents("job-portal", None, None, None, limit=9, after_id=None) == list(summary.service("job-portal").incidents)
    for card, shown in zip(summary.site().services, map(other.service, ("job-portal", "library")), strict=True):
        assert (card.state, card.state_since, card.menus, card.failing_since) == (
            shown.state,
            shown.state_since,
            shown.menus,
            shown.failing_since,
        )
        assert replace(card.figures, as_of=NOW) == replace(shown.figures, menus=())


def test_what_is_kept_is_made_once(parts: Parts) -> None:
    a_town(parts)
    step = MakeReady()
    make_ready(parts, step)
    made = parts.telemetry.changes()
    make_ready(parts, step)
    make_ready(parts)
    assert parts.telemetry.changes() == made


def test_only_what_is_another_is_kept_anew(parts: Parts) -> None:
    a_town(parts)
    make_ready(parts)
    _, made, _ = parts.telemetry.changes()
    service = parts.register.catalogue().services[0]
    observe(parts, traffic(service, service.menus[0], NOW - timedelta(minutes=2), 1, bad=COUNT))
    make_ready(parts)
    changed = {
        name: {part.service for part in parts.telemetry.published_since(name, made)}
        for name in ("card", "present", "recent", "past", "7d", "90d")
    }
    assert changed == {"card": set(), "present": {service.index}, "recent": set(), "past": set(), "7d": set(), "90d": set()}


def test_a_past_day_that_is_judged_again_changes_what_lists_say(parts: Parts) -> None:
    a_town(parts)
    make_ready(parts)
    before = parts.get(Summary).site().services[0].figures.requests
    service = parts.register.catalogue().services[0]
    observe(parts, traffic(service, service.menus[0], NOW - timedelta(days=4), 100))
    make_ready(parts)
    assert parts.get(Summary).site().services[0].figures.requests == before + 100 * COUNT


def test_a_state_that_nobody_looked_after_is_unknown(parts: Parts) -> None:
    apply_catalogue(parts.register, a_catalogue(JOB_PORTAL), NOW - timedelta(days=6))
    service = parts.register.catalogue().services[0]
    observe(parts, traffic(service, service.menus[0], NOW - timedelta(minutes=5), 6))
    make_ready(parts)
    assert [each.state for each in parts.get(Summary).site().services] == ["up"]
    (later,) = at(parts, NOW + timedelta(hours=1)).get(Summary).site().services
    assert (later.state, {row.state for row in later.menus}) == ("unknown", {"unknown"})
    assert at(parts, NOW + timedelta(hours=1)).get(Summary).service("job-portal").state == "unknown"


def test_what_lags_behind_the_judge_is_shown_for_a_moment_only(parts: Parts) -> None:
    apply_catalogue(parts.register, a_catalogue(JOB_PORTAL), NOW - timedelta(days=6))
    service = parts.register.catalogue().services[0]
    observe(parts, traffic(service, service.menus[0], NOW - timedelta(minutes=5), 6))
    make_ready(parts)
    observe(parts, traffic(service, service.menus[0], NOW - timedelta(minutes=9), 10, bad=9 * COUNT, count=9 * COUNT))
    assert parts.get(Summary).site().services[0].state == "up"
    shown = parts.get(Summary).service("job-portal")
    assert (shown.state, shown.failing_since, [each.ended_at for each in shown.incidents]) == (
        "down",
        shown.incidents[0].started_at,
        [None],
    )
    late = at(parts, NOW + timedelta(minutes=LAG_MINUTES_MAX + 1))
    assert late.get(Summary).service("job-portal").state == "down"


def test_a_renamed_service_is_made_ready_anew_and_a_removed_one_leaves_the_list(parts: Parts) -> None:
    a_town(parts)
    make_ready(parts)
    renamed = replace(JOB_PORTAL, name=Text(JOB_PORTAL.name.ko, "Jobs"))
    apply_catalogue(parts.register, a_catalogue(renamed), NOW)
    make_ready(parts)
    assert [(each.service.id, each.service.name.en) for each in parts.get(Summary).site().services] == [("job-portal", "Jobs")]
    assert parts.get(Summary).service("library").service.removed


def test_the_last_24_hours_of_a_service_observed_longer_end_with_the_last_full_hour(parts: Parts) -> None:
    a_town(parts)
    now = NOW + timedelta(minutes=20)
    make_ready(at(parts, now))
    for summary in (at(parts, now).get(Summary), made_at_once(parts, now)):
        shown = summary.service("job-portal").figures_day
        assert (shown.window.start, shown.window.end) == (NOW - timedelta(days=1), NOW)
        assert shown == summary.figures("job-portal", named_window("24h", parts.register.catalogue().site.zone, now))
        running = custom_window(NOW - timedelta(days=1), now)
        assert summary.figures("job-portal", running).measured_minutes > shown.measured_minutes


def test_hundreds_of_services_without_a_card_do_not_hold_up_a_reader(parts: Parts) -> None:
    services = tuple(a_service(f"s{number}") for number in range(30))
    apply_catalogue(parts.register, Catalogue(agencies=a_catalogue().agencies, services=services), NOW)
    summary = parts.get(Summary)
    assert summary.missing() == 30
    shown = summary.site().services
    assert [each.service.id for each in shown] == [service.id for service in services]
    assert {(each.state, each.figures.downtime_minutes, each.figures.load_time.mean_ms) for each in shown} == {("unknown", None, None)}
    make_ready(parts)
    assert summary.missing() == 0


def test_documents_of_another_release_are_made_anew(parts: Parts) -> None:
    a_town(parts)
    make_ready(parts)
    found = parts.telemetry.published(parts.register.catalogue().services[0].index, ("card", "present"))
    odd = [replace(part, document=b'{"state":7}', version="0.1-old") for part in found.values()]
    parts.writer.write(lambda store: store.keep_published(odd))
    assert at(parts, NOW).get(Summary).service("job-portal").state == "down"
    make_ready(parts)
    assert [each.state for each in at(parts, NOW).get(Summary).site().services] == ["down", "unknown"]


def test_a_service_that_cannot_be_made_ready_holds_up_no_other(parts: Parts) -> None:
    a_town(parts)
    broken, other = parts.register.catalogue().services
    connection = sqlite3.connect(parts.settings.data / "telemetry.sqlite")
    with connection:
        connection.execute("UPDATE strip SET minutes = x'ff00000000000000' WHERE service = ?", (broken.index,))
    connection.close()
    step = MakeReady()
    for _ in range(2):
        with pytest.raises(ValueError, match="layout 255 is unknown"):
            make_ready(parts, step)
    assert {part.service for part in parts.telemetry.published_since("card", 0)} == {other.index}


def test_a_clock_that_leaps_ahead_and_comes_back_counts_nothing(parts: Parts) -> None:
    a_town(parts)
    parts.writer.write(lambda store: store.beat(minute_of(NOW), first=True))
    make_ready(parts)
    before = parts.get(Summary).counted()["job-portal"]
    make_ready(at(parts, NOW + timedelta(days=100)))
    make_ready(parts)
    assert parts.get(Summary).counted()["job-portal"] == before


def test_what_is_shown_is_as_of_now_whenever_it_was_made(parts: Parts) -> None:
    a_town(parts)
    make_ready(at(parts, NOW + timedelta(minutes=10)))
    later = NOW + timedelta(minutes=14)
    shown = at(parts, later).get(Summary).service("job-portal")
    assert (shown.figures.as_of, shown.figures_day.as_of) == (later, later)
    assert at(parts, later).get(Summary).figures("job-portal", shown.figures_day.window).as_of == later


def test_an_incident_of_the_last_hours_is_in_their_figures_at_once(parts: Parts) -> None:
    a_town(parts)
    service, now = parts.register.catalogue().services[0], NOW + timedelta(minutes=20)
    make_ready(at(parts, now))
    before = at(parts, now).get(Summary).service("job-portal").figures_day
    observe(parts, traffic(service, service.menus[0], NOW - timedelta(minutes=200), 20, bad=COUNT))
    make_ready(at(parts, now))
    after = at(parts, now).get(Summary).service("job-portal").figures_day
    assert after.window == before.window
    assert after.downtime_minutes == (before.downtime_minutes or 0) + 20


def test_a_list_that_lags_behind_says_as_of_when_it_is(parts: Parts) -> None:
    a_town(parts)
    make_ready(parts)
    summary, late = parts.get(Summary), at(parts, NOW + timedelta(minutes=LAG_MINUTES_MAX + 1)).get(Summary)
    late.note_complete(minute_of(NOW))
    assert (summary.site().as_of, late.site().as_of) == (NOW, NOW)


def test_minutes_that_wait_for_the_judge_are_not_counted_before(parts: Parts) -> None:
    apply_catalogue(parts.register, a_catalogue(JOB_PORTAL), NOW - timedelta(days=6))
    service = parts.register.catalogue().services[0]
    make_ready(parts)
    later = at(parts, NOW + timedelta(hours=1))
    for minute in range(minute_of(NOW), minute_of(NOW) + 61):
        parts.writer.write(lambda store, minute=minute: store.beat(minute, first=minute == minute_of(NOW)))  # type: ignore[misc]
    parts.writer.submit(Batch(traffic(service, service.menus[0], NOW, 1), NOW))
    parts.writer.flush()
    make_ready(later)
    assert sum(later.get(Summary).counted()["job-portal"].minutes) == 10
    judge_all(later, later.now())
    make_ready(later)
    assert sum(later.get(Summary).counted()["job-portal"].minutes) == 60
