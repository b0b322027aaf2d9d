"""Whoever downloads the program for it prints the published digits of any closed month, from its minutes alone."""

import json
import random
import re
import runpy
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from apiflask import APIFlask
from werkzeug.serving import make_server

from observatory.flows.catalogue import apply_catalogue
from observatory.flows.corrections import approve
from observatory.flows.declarations import declare
from observatory.flows.judging import judge_all
from observatory.flows.judging_again import take_up_requests
from observatory.flows.maintenance import announce
from observatory.judge.days import minute_of
from observatory.model.catalogue import Menu, Service, Site
from observatory.model.columns import Source
from observatory.model.declaration import Declaration, DeclaredSeverity
from observatory.model.maintenance import Announcement
from observatory.model.minute import COUNTER_COUNT, Counter, MinuteCounters
from observatory.model.text import Text
from observatory.server.app import create_app
from observatory.server.worker import Background
from observatory.settings import Settings
from tests.builders import a_catalogue, a_menu, a_service
from tests.observed import observe, parts_of
from tests.registers import in_look

PROGRAM = Path(__file__).parents[2] / "observatory" / "static" / "observatory-recompute.py"
SERVICES = (
    replace(a_service("portal", menus=(replace(a_menu("search"), critical=True), a_menu("apply", routes=("/apply",), index=12)))),
    replace(a_service("office", index=2), hours="09:00-18:00"),
)
KINDS = ("good",) * 6 + ("dead", "failing", "slow", "few", "silent", "checked", "flapping")

MAINTENANCE: tuple[tuple[int, int, *tuple[str, ...]], ...] = ((1, 3), (3, 4), (6, 2, "apply"), (9, 5), (15, 30), (33, 6))
"""Of the portal: days behind the begin, hours, menus; the hours of a month are used up in the middle of one."""

DECLARED: tuple[tuple[int, int, DeclaredSeverity, *tuple[str, ...]], ...] = (
    *((2, 180, "down"), (2, 300, "partial"), (9, 360, "down"), (12, 61, "partial", "apply"), (20, 2, "down", "search")),
    *((27, 300, "down", "search"), (33, 90, "partial", "search")),
)
"""Of the portal: days behind the begin, minutes, how bad, menus; some lie in maintenance, one is too short for an incident."""

pytestmark = pytest.mark.network


@contextmanager
def observatory_in(folder: Path, time_zone: str, begin: datetime, end: datetime) -> Iterator[APIFlask]:
    """Yield an application that has observed two services with all kinds of trouble from `begin` to four days behind `end`."""
    app = create_app(Settings(data=folder), now=lambda: end + timedelta(days=4))
    app.config["TESTING"] = True
    background = Background(app, steps=())
    background.start()
    try:
        parts = parts_of(app)
        registered = begin + timedelta(minutes=700)
        apply_catalogue(parts.register, replace(a_catalogue(*SERVICES), site=Site(time_zone=time_zone)), registered)
        for day, hours, *menu_ids in MAINTENANCE:
            start = begin + timedelta(days=day)
            said = Announcement(registered, start, start + timedelta(hours=hours), Text("점검", ""), tuple(menu_ids))
            announce(parts.register, "portal", said, "", "mark", registered)
        for days, lasts, severity, *failing in DECLARED:
            start = begin + timedelta(days=days, hours=2)
            over = start + timedelta(minutes=lasts)
            declare(parts.register, Declaration("", "portal", tuple(failing), severity, start, over, Text("장애", ""), start), "mark", over)
        random_numbers = random.Random(f"{time_zone} {begin}")
        for service in parts.register.catalogue().services:
            minutes = minute_of(begin), minute_of(end) + 3 * 1440
            observe(parts, *(each for menu in service.menus for each in troubled(service, menu, minutes, random_numbers)))
        yield app
    finally:
        background.stop()


def troubled(service: Service, menu: Menu, minutes: tuple[int, int], chance: random.Random) -> Iterator[MinuteCounters]:
    """Yield what servers and checks tell of minutes in which every kind of trouble comes up, also at every midnight."""
    users: list[tuple[int, int, int, int]] = []
    checks: list[tuple[int, int, int, int]] = []
    minute = minutes[0]
    while minute < minutes[1]:
        kind, length = chance.choice(KINDS), chance.choice((1, 2, 3, 4, 7, 20, 70, 200))
        if chance.random() < 0.7:
            kind, length = "good", length * 10
        for at in range(minute, min(minute + length, minutes[1])):
            count, bad, slow, failed = counts_of(kind, at, chance)
            if count:
                users.append((at, count, bad, slow))
            if kind == "checked":
                checks.append((at, 1, failed, 0))
        minute += length
    for rows, source in ((users, Source.ACCESS_LOG), (checks, Source.PROBE)):
        yield counters(service, menu, rows, source)


def counts_of(kind: str, at: int, chance: random.Random) -> tuple[int, int, int, int]:
    """Return requests, failed and slow ones of a minute, and failed checks."""
    count = chance.randint(20, 90)
    bad = {"dead": count, "failing": count // chance.randint(2, 9), "flapping": count * (at % 3 == 0)}.get(kind, chance.randint(0, 1))
    if kind in ("silent", "checked"):
        return 0, 0, 0, chance.randint(0, 1)
    few = chance.randint(1, 19)
    return (few, few // 2, 0, 0) if kind == "few" else (count, bad, count * (kind == "slow"), 0)


def counters(service: Service, menu: Menu, rows: list[tuple[int, int, int, int]], source: int) -> MinuteCounters:
    """Return rows of (minute, requests, failed, slow) as they are stored."""
    table = np.array(rows, np.int64).reshape(-1, 4)
    values = np.zeros((len(table), COUNTER_COUNT), np.int64)
    values[:, [Counter.COUNT, Counter.BAD, Counter.SLOW]] = table[:, 1:]
    n, nothing = len(table), np.zeros(0, np.int32)
    keys = (np.full(n, service.index, np.int32), np.full(n, menu.index, np.int32), np.full(n, source, np.int16))
    return MinuteCounters(table[:, 0], *keys, values, nothing, nothing.astype(np.int16), nothing.astype(np.int64))


@contextmanager
def served(app: APIFlask) -> Iterator[str]:
    """Yield the address of an application that is served."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def recompute(*arguments: str | Path) -> tuple[int, dict[str, list[str]]]:
    """Run the program as anybody would; return its exit code and what it says of each figure."""
    done = subprocess.run([sys.executable, "-I", PROGRAM, *arguments], capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.returncode, {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}


def check_month(app: APIFlask, month: str) -> dict[str, list[str]]:
    """Let the program make the figures of a month of both services and a menu; return what it says of the first."""
    with served(app) as address:
        told = [recompute(address, *of, month, *menu) for of, menu in ((["portal"], []), (["office"], []), (["portal"], ["apply"]))]
    assert [code for code, _ in told] == [0, 0, 0], told
    published = app.test_client().get(f"/api/v1/services/portal/figures?window=month:{month}").json
    figures = told[0][1]
    for name in ("availability_percent", "availability_worst_percent", "downtime_minutes", "failures", "coverage", "partial_minutes"):
        assert figures[name] == [json.dumps(published[name]), "same"]
    assert published["failures"] > 5
    assert published["downtime_minutes"] > published["isolated_minutes"] > 0
    return figures


@pytest.fixture(scope="module")
def seoul(tmp_path_factory: pytest.TempPathFactory) -> Iterator[APIFlask]:
    """Yield what was observed from the middle of August to the middle of October."""
    begin, end = datetime(2026, 8, 14, 3, tzinfo=UTC), datetime(2026, 10, 14, tzinfo=UTC)
    with observatory_in(tmp_path_factory.mktemp("seoul"), "Asia/Seoul", begin, end) as app:
        yield app


@pytest.mark.parametrize("month", ["2026-08", "2026-09"])
def test_a_month_of_trouble(seoul: APIFlask, month: str) -> None:
    figures = check_month(seoul, month)
    assert int(figures["blip_minutes"][0]) * int(figures["unknown_minutes"][0]) * int(figures["partial_minutes"][0]) > 0


@pytest.mark.parametrize(("month", "minutes"), [("2026-03", 31 * 1440 - 60), ("2026-10", 31 * 1440 + 60)])
def test_a_month_in_which_clocks_change(tmp_path: Path, month: str, minutes: int) -> None:
    first = datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
    with observatory_in(tmp_path, "Europe/Berlin", first - timedelta(days=3), first + timedelta(days=33)) as app:
        check_month(app, month)
        assert len(app.test_client().get(f"/api/v1/services/portal/minutes.csv?month={month}").text.splitlines()) == 1 + minutes


def test_a_month_with_a_correction(tmp_path: Path) -> None:
    first = datetime(2026, 4, 1, tzinfo=UTC)
    with observatory_in(tmp_path, "Asia/Seoul", first, first + timedelta(days=33)) as app:
        parts = parts_of(app)
        before = check_month(app, "2026-04")
        service = parts.register.catalogue().services[0]
        corrected = 0
        for incident in in_look(parts.register).incidents.incidents("portal", None)[5:12]:
            span = range(minute_of(incident.started_at), minute_of(incident.ended_at or incident.started_at))
            rows = [(minute, 100_000, 0, 0) for minute in span]
            observe(parts, *(counters(service, menu, rows, Source.ACCESS_LOG) for menu in service.menus))
        for correction in in_look(parts.register).corrections.corrections():
            approve(
                parts.register, correction.id, Text("기록을 다시 확인했습니다", "records were checked again"), "0123456789ab", parts.now()
            )
            corrected += 1
        take_up_requests(parts)
        judge_all(parts, parts.now())
        after = check_month(app, "2026-04")
        assert corrected > 1
        assert int(after["downtime_minutes"][0]) < int(before["downtime_minutes"][0])


MAY = datetime(2026, 4, 30, 15, tzinfo=UTC)
"""In Seoul."""
WORK: tuple[tuple[float, float, float], ...] = ((72, 120, 2), (210, 242, 2), (346, 348, 1))
"""Of May: hours behind its begin at which maintenance is announced and begins, and how many it lasts; the last is announced too late."""
DEAD: tuple[tuple[float, int], ...] = ((120.5, 60), (242.5, 110), (348, 30), (500, 2))
"""Hours behind the begin of May, and minutes: kept, an overrun of 20, announced too late, and by itself."""


@contextmanager
def maintained_in(folder: Path) -> Iterator[APIFlask]:
    """Yield an application that has observed a service with and without maintenance from the end of April to the begin of June."""
    app = create_app(Settings(data=folder), now=lambda: MAY + timedelta(days=38))
    app.config["TESTING"] = True
    background = Background(app, steps=())
    background.start()
    try:
        parts, begin = parts_of(app), minute_of(MAY)
        apply_catalogue(parts.register, a_catalogue(SERVICES[0]), MAY - timedelta(days=2))
        for announced, begins, lasts in WORK:
            at, start = MAY + timedelta(hours=announced), MAY + timedelta(hours=begins)
            announce(parts.register, "portal", Announcement(at, start, start + timedelta(hours=lasts), Text("점검", "")), "", "mark", at)
        dead = {begin + int(hours * 60) + minute for hours, minutes in DEAD for minute in range(minutes)}
        rows = [(at, 50, 50 * (at in dead), 0) for at in range(begin - 2880, begin + 33 * 1440)]
        service = parts.register.catalogue().services[0]
        observe(parts, *(counters(service, menu, rows, Source.ACCESS_LOG) for menu in service.menus))
        yield app
    finally:
        background.stop()


@pytest.mark.parametrize("menu", [(), ("apply",)])
def test_a_month_with_maintenance_that_was_kept_overrun_and_announced_too_late(tmp_path: Path, menu: tuple[str, ...]) -> None:
    with maintained_in(tmp_path) as app:
        with served(app) as address:
            code, told = recompute(address, "portal", "2026-05", *menu)
        published = app.test_client().get("/api/v1/services/portal/figures?window=month:2026-05").json
    assert code == 0, told
    assert (published["final"], published["maintenance_minutes"]) == (True, 240)
    figures = published if not menu else next(each for each in published["menus"] if each["menu_id"] == menu[0])
    assert (figures["downtime_minutes"], figures["isolated_minutes"], figures["failures"]) == (20 + 30 + 2, 2, 2)
    for name in ("downtime_minutes", "isolated_minutes", "partial_minutes", "failures", "coverage"):
        assert told[name] == [json.dumps(figures[name]), "same"]
    if not menu:
        for name in ("availability_percent", "availability_worst_percent", "maintenance_minutes", "measured_minutes", "unknown_minutes"):
            assert told[name] == [json.dumps(published[name]), "same"]


@pytest.fixture
def saved(seoul: APIFlask, tmp_path: Path) -> Callable[[str, str, str], tuple[int, dict[str, list[str]]]]:
    """Return a way to run the program on saved files, in which a text was replaced by another."""

    def run(month: str, old: str, new: str) -> tuple[int, dict[str, list[str]]]:
        client, minutes, figures = seoul.test_client(), tmp_path / "minutes.csv", tmp_path / "figures.json"
        text = client.get(f"/api/v1/services/portal/minutes.csv?month={month}").text
        minutes.write_text(text.replace(old, new, 40), encoding="utf-8")
        figures.write_text(client.get(f"/api/v1/services/portal/figures?window=month:{month}").text, encoding="utf-8")
        return recompute(minutes, figures)

    return run


def test_files_are_enough(saved: Callable[[str, str, str], tuple[int, dict[str, list[str]]]]) -> None:
    code, figures = saved("2026-09", "", "")
    assert (code, figures["failures"][1]) == (0, "same")


def test_figures_that_do_not_follow_from_the_minutes_are_found(saved: Callable[[str, str, str], tuple[int, dict[str, list[str]]]]) -> None:
    code, figures = saved("2026-09", "down,down", "up,up")
    assert code == 1
    assert figures["downtime_minutes"][1] == "differs:"


def test_a_month_nobody_has_is_no_month_without_failures(seoul: APIFlask) -> None:
    with served(seoul) as address:
        done = subprocess.run([sys.executable, PROGRAM, address, "portal", "2027-01"], capture_output=True, text=True, check=False)
    assert (done.returncode, "there are no minutes" in done.stderr, done.stdout) == (2, True, "")


@pytest.mark.parametrize("page", ["/ko/method", "/en/method", "/ko/data", "/en/data"])
def test_the_program_can_be_downloaded_from_the_pages(seoul: APIFlask, page: str) -> None:
    (address,) = re.findall(r'href="(/static/observatory-recompute\.py[^"]*)"', seoul.test_client().get(page).text)
    with seoul.test_client().get(address) as answer:
        assert answer.data == PROGRAM.read_bytes()


def test_time_stands_still_in_bad_minutes_of_maintenance() -> None:
    program = runpy.run_path(str(PROGRAM))
    told = (
        ["up,up"] * 10 + ["down,maintenance"] * 30 + ["down,isolated"] * 2 + ["up,up"] * 10 + ["down,down"] * 4 + ["down,maintenance"] * 90
    )
    verdicts = [each.split(",") for each in [*told, *["down,down"] * 3, *["up,up"] * 9]]
    minutes = [program["Row"](at, 100, 0, 0, 0, verdict, published) for at, (verdict, published) in enumerate(verdicts)]
    assert program["find_incidents"](minutes) == [(52, 149)]


def test_the_program_stands_alone() -> None:
    assert "import observatory" not in PROGRAM.read_text(encoding="utf-8")


def test_what_is_only_declared_is_over_in_the_first_minute_that_is_not_bad() -> None:
    program = runpy.run_path(str(PROGRAM))
    told = [("up", True)] * 10 + [("down", True)] * 5 + [("unknown", True)] * 5 + [("down", True)] * 5 + [("unknown", True)] * 70
    told += [("down", False)] * 5 + [("unknown", True)] * 5 + [("down", True)] * 5 + [("unknown", True)] * 70
    minutes = [
        program["Row"](at, 0, 0, 0, 0, verdict, "down" if verdict == "down" else verdict, quiet) for at, (verdict, quiet) in enumerate(told)
    ]
    assert program["find_incidents"](minutes) == [(10, 15), (20, 25), (95, 110)]
