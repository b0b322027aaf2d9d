"""Status pages in Chromium: accessible to everybody, complete without scripts, asking nobody else for anything."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Thread

import pytest
from apiflask import APIFlask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from observatory.flows.catalogue import apply_catalogue
from observatory.judge.explaining import name_of
from observatory.model.catalogue import Agency
from observatory.model.correction import Correction
from observatory.model.day import DayLoad, DayStrip
from observatory.model.incident import MinuteClass, Verdict
from observatory.model.incident_update import IncidentUpdate
from observatory.model.signoff import Condition
from observatory.model.text import Text
from observatory.parts import Parts
from observatory.readmodel.summary import ServiceSummary, Summary
from observatory.readmodel.values import MaintenanceSummary
from observatory.store.telemetry import TelemetryStore
from observatory.web.context import parts_of
from tests.builders import a_catalogue, a_menu, a_service, a_signoff
from tests.moments import NOW
from tests.registers import in_change
from tests.store.counted import DAY_START, a_load, a_strip
from tests.summaries import FixedSummary, a_load_time, a_summary, an_incident, no_figures, some_figures, some_maintenance

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (320, 1280)
SERVICE_PATHS = ("/services/job-portal", "/services/silent", "/services/job-portal/chart")
WHY_PATH = f"/services/job-portal/why/{name_of(DAY_START + 700)}"
PATHS = ("/", "/?q=none", *SERVICE_PATHS, WHY_PATH, "/incidents/open", "/maintenance", "/method", "/data", "/changes", "/api")
REFUSED_PATH = "/incidents/" + "no-incident-has-such-a-long-number" * 3
HEALTH = Agency(id="health", name=Text("보건복지부", "Ministry of Health and Welfare"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Debian's Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield chromium
        chromium.close()


@pytest.fixture
def site(app: APIFlask) -> Iterator[str]:
    """Return the address of the application with one service in every state, much of it known of the first."""
    summary = FixedSummary(*all_states())
    summary.announced, summary.written = some_work(), {"open": some_updates()}
    parts_of(app).add(summary, Summary)
    let_something_change(parts_of(app))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def some_work() -> tuple[MaintenanceSummary, ...]:
    """Return maintenance that is running, ahead, cancelled and past."""
    return (
        some_maintenance(maintenance_id="a", starts_in=-timedelta(hours=1), title=Text("긴 이름의 서버와 저장 장치를 교체하는 점검", "")),
        some_maintenance(maintenance_id="b", excluded_minutes=30, menu_ids=("home",)),
        some_maintenance(maintenance_id="c", cancelled_at=NOW),
        some_maintenance(maintenance_id="d", starts_in=-timedelta(days=9), excluded_minutes=0),
    )


def some_updates() -> tuple[IncidentUpdate, ...]:
    """Return what was written about an incident, the last not translated yet."""
    return (
        IncidentUpdate("open", 2, "identified", Text("저장 장치가 고장 났습니다.\n교체하고 있습니다.", ""), NOW),
        IncidentUpdate("open", 1, "investigating", Text("원인을 찾고 있습니다.", "We are looking for the cause."), NOW),
    )


def let_something_change(parts: Parts) -> None:
    """Let a day that was over change, and minutes wait for an auditor."""
    apply_catalogue(parts.register, a_catalogue(), NOW)
    index = parts.register.catalogue().services[0].index
    in_change(parts.register).corrections.withhold(Correction("job-portal", None, NOW - timedelta(days=1), NOW, NOW))
    for seed, loads in ((1, [a_load(service=index)]), (2, [])):
        strip = a_strip(service=index, seed=seed)
        strips = [replace(strip, verdict=strip.verdict % len(Verdict), minute_class=strip.minute_class % len(MinuteClass))]
        parts.writer.write(partial(keep, index, strips, loads, NOW + timedelta(days=1)))


def keep(service: int, strips: list[DayStrip], load_times: list[DayLoad], at: datetime, store: TelemetryStore) -> None:
    """Store what was judged."""
    store.keep_judged(None, service, strips, load_times, at=at)


def all_states() -> tuple[ServiceSummary, ...]:
    """Return a service in each state, with everything a page can show."""
    conditional = a_signoff(
        decision="conditional", conditions=(Condition("글자를 키운다", date(2026, 12, 31)),), signed_at=datetime(2026, 5, 1, tzinfo=UTC)
    )
    first = replace(
        a_service(menus=(replace(a_menu("search"), critical=True), a_menu("apply", index=12))),
        channels=(Text("전화 1350", ""),),
        executive_office=Text("고용노동부 차관", ""),
        origins=("https://jobs.example.go.kr",),
        hours="09:00-18:00",
    )
    incidents = (
        an_incident("open", minutes=None, started_at=datetime(2026, 11, 20, 2, 43, tzinfo=UTC), menu_ids=("search",)),
        an_incident("lost", severity="partial", end_reason="evidence_lost"),
    )
    thin = some_figures("care", coverage=0.4, failures=None, load_time=a_load_time(None, n=12, p75_ms=None))
    silent = no_figures("silent"), no_figures("silent", days=1)
    figures = some_figures(menus=first.menus, load_time=a_load_time(untimed=123_456))
    known = a_summary(
        first, state="down", incidents=incidents, signoffs=(a_signoff(), conditional), signoff_state="signed", figures=figures
    )
    return (
        replace(
            known,
            maintenance=(some_maintenance(first),),
            disagreement=True,
            menus=tuple(replace(menu, disagreement=True) for menu in known.menus),
        ),
        a_summary(a_service("tax"), state="partial", signoff_state="suspended"),
        a_summary(a_service("maps"), state="degraded", signoff_state="conditional"),
        a_summary(a_service("tolls"), state="recovering", incidents=(an_incident("tolls-1", minutes=None),)),
        a_summary(a_service("care", agency_id="health"), agency=HEALTH, state="maintenance", signoff_state="overdue", figures=thin),
        a_summary(a_service("silent"), state="unknown", figures=silent[0], figures_day=silent[1]),
        a_summary(a_service("fine"), signoff_state="failed"),
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_pages_have_no_fault_a_checker_can_find_and_never_scroll_sideways(browser: Browser, site: str, language: str, scheme: str) -> None:
    faults = []
    for width in WIDTHS:
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        for path in (*PATHS, REFUSED_PATH):
            visit(page, f"{site}/{language}{path}")
            page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
            faults += [f"{path} at {width}: {fault}" for fault in check(page)]
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                faults.append(f"{path} at {width}: scrolls sideways")
        context.close()
    assert not faults


def visit(page: Page, address: str) -> None:
    """Open a page and wait until everything on it is drawn."""
    page.goto(address)
    if address.endswith("/chart"):
        page.locator("#chart .main-svg").first.wait_for()


def check(page: Page) -> list[str]:
    """Return what axe finds wrong with a page."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("(rules) => axe.run({ runOnly: rules, resultTypes: ['violations'] })", RULES)
    return [f"{fault['id']}: {[node['html'][:120] for node in fault['nodes'][:3]]}" for fault in found["violations"]]


def test_the_checker_does_find_faults(browser: Browser, site: str) -> None:
    page = browser.new_page()
    page.goto(f"{site}/en/data")
    page.evaluate("document.querySelector('main').append(document.createElement('img'), document.createElement('button'))")
    assert {fault.split(":")[0] for fault in check(page)} == {"image-alt", "button-name"}
    page.close()


def test_pages_ask_only_our_own_server_and_break_no_policy(browser: Browser, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    asked, said = set(), []
    page.on("request", lambda request: asked.add(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in PATHS:
        visit(page, f"{site}/ko{path}")
    context.close()
    assert not [address for address in asked if not address.startswith((site, "blob:", "data:"))]
    assert not said


def test_pages_say_the_same_without_scripts(browser: Browser, site: str) -> None:
    def text(*, scripts: bool, path: str) -> str:
        context = browser.new_context(java_script_enabled=scripts)
        page = context.new_page()
        page.goto(f"{site}/en{path}")
        if path.startswith("/services"):
            page.locator("summary", has_text="All days as a table").click()
        words = page.locator("main").inner_text()
        context.close()
        return words

    for path in ("/", "/services/job-portal", "/incidents/open", "/maintenance", "/method", "/data"):
        with_scripts, without = text(scripts=True, path=path), text(scripts=False, path=path)
        assert [line for line in with_scripts.splitlines() if line not in without.splitlines()] in ([], [TODAY_CHOSEN])


TODAY_CHOSEN = "2026-11-20 · Down · Downtime 3 h 20 min · Partial 0 min · Measured 1 d · Mean load time 0.84 s"


def test_the_strip_is_one_tab_stop_with_arrow_keys(browser: Browser, site: str) -> None:
    page = browser.new_page()
    page.goto(f"{site}/en/services/job-portal")
    strip = page.get_by_role("slider")
    assert strip.count() == 1
    strip.focus()
    assert strip.get_attribute("aria-valuetext") == TODAY_CHOSEN
    page.keyboard.press("ArrowLeft")
    assert str(strip.get_attribute("aria-valuetext")).startswith("2026-11-19 · Working")
    page.keyboard.press("Home")
    assert (strip.get_attribute("aria-valuenow"), str(strip.get_attribute("aria-valuetext"))[:20]) == ("1", "2026-08-23 · No data")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.strip') === null")
    page.close()


def test_the_large_chart_draws_under_the_strict_policy(browser: Browser, site: str) -> None:
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{site}/ko/services/job-portal/chart", wait_until="networkidle")
    page.locator("#chart .main-svg").first.wait_for()
    assert page.locator("#chart .scatterlayer .point").count() > 50
    assert "평균 로딩시간(초)" in page.locator("#chart").inner_text()
    assert not said
    page.close()


def test_when_the_figure_does_not_come_the_page_says_so_and_keeps_its_drawing(browser: Browser, site: str) -> None:
    page = browser.new_page()
    page.route("**/chart.json", lambda route: route.abort())
    page.goto(f"{site}/en/services/job-portal/chart", wait_until="networkidle")
    assert "The chart could not be loaded." in page.locator("#chart").inner_text()
    assert page.locator(".load svg").is_visible()
    page.close()


def test_what_can_be_pressed_is_large_enough_for_a_thumb(browser: Browser, site: str) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 700})
    small = []
    for path in ("/", "/services/job-portal"):
        page.goto(f"{site}/ko{path}")
        for target in page.locator("nav a, .languages a, .tallies a, .action, button, input, select, summary, .service, .failing a").all():
            box = target.bounding_box()
            if box is not None and box["height"] < 44:
                small.append(f"{path} {target.inner_text()}: {box['height']}")
    page.close()
    assert not small
