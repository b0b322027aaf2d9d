"""An executive signs the release that runs with a security key, by keyboard on a phone's width; a pipeline asks the gate."""

import json
import re
import subprocess
import sys
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from observatory.clock import now
from observatory.flows.releases import observe_release
from observatory.model.release import ReleaseObserved
from observatory.store.opening import open_register
from tests.browser.test_sign_off import browser, faults_of
from tests.browser.test_ways_in import Site, plug_in, site, tab_to
from tests.faults.test_clock import Clock
from tests.frozen import DIGEST, OTHER_DIGEST
from tests.servers import environment, observatory

__all__ = ["browser", "site"]

pytestmark = [pytest.mark.browser, pytest.mark.network]

REASONS = "여덟 명의 시민과 함께 지원서를 끝까지 직접 써 보았습니다. I applied to the end myself."
PHONE: ViewportSize = {"width": 320, "height": 800}


def freeze(site: Site, version: str, digest: str) -> None:
    """Freeze a release on the host."""
    told = ("--version", version, "--digest", digest, "--environment", "production", "--url", "https://test.jobs.example.go.kr/")
    assert observatory("release", "freeze", "--service", "job-portal", *told, "--data", site.server.data).returncode == 0


def runs(site: Site, version: str, digest: str) -> None:
    """Note what the service says it runs, as the one who asks it does."""
    with closing(open_register(site.server.data)) as register:
        observe_release(register, ReleaseObserved("job-portal", "production", digest, version), now())


def gate(site: Site, digest: str, clock: Clock | None = None) -> tuple[int, list[str]]:
    """Ask the gate on the host; return how it ends, and the reasons against."""
    asked = ("--service", "job-portal", "--digest", digest, "--environment", "production", "--json")
    if clock is None:
        checked = observatory("gate", "check", *asked, "--data", site.server.data)
    else:
        command = [*clock.under, sys.executable, "-m", "observatory", "gate", "check", *asked, "--data", str(site.server.data)]
        checked = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60, check=False)
    return checked.returncode, [reason["code"] for reason in json.loads(checked.stdout)["reasons"]]


def signed_in(page: Page, site: Site, language: str) -> None:
    """Enrol a security key, and sign in with it."""
    plug_in(page)
    page.goto(f"{site.url}/{language}/desk/enrol#{site.invite()}")
    tab_to(page, "#code")
    page.keyboard.press("Enter")
    expect(page.locator("#key_name")).to_be_visible()
    tab_to(page, "#key_name")
    page.keyboard.type("key")
    tab_to(page, "[data-passkey]")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{language}/desk/enrol/passkey")
    page.goto(f"{site.url}/{language}/desk/sign-in")
    tab_to(page, "[data-passkey]")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{language}/desk/")


def write_and_read(page: Page, decision: str, condition: str = "", due: date | None = None) -> None:
    """Fill in the form by keyboard, and ask for what would be published."""
    tab_to(page, "main a.action")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign")
    tab_to(page, "#plan_reference")
    page.keyboard.type("2026-7")
    tab_to(page, "input[name=decision]")
    for _ in range(["pass", "conditional", "fail"].index(decision)):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    if due is not None:
        tab_to(page, "#condition_1")
        page.keyboard.type(condition)
        page.locator("#due_1").fill(due.isoformat())
    tab_to(page, "#reasons")
    page.keyboard.type(REASONS)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[data-passkey]")).to_be_visible()


def sign(page: Page) -> str:
    """Touch the key; return the number of the certificate."""
    expect(page.locator("[data-passkey]")).to_be_visible()
    tab_to(page, "[data-passkey]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/signed/*")
    return page.locator("main a[href*='/c/']").first.inner_text()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_runs_is_signed_with_a_key_and_the_gate_opens_for_that_digest_alone(browser: Browser, site: Site, language: str) -> None:
    page, faults = browser.new_context(viewport=PHONE).new_page(), list[str]()

    def look(step: str) -> None:
        faults.extend(f"{step}: {fault}" for fault in faults_of(page))
        page.set_viewport_size(PHONE)

    freeze(site, "2.4.1", DIGEST)
    freeze(site, "2.5.0", OTHER_DIGEST)
    runs(site, "2.4.1", DIGEST)
    signed_in(page, site, language)
    assert gate(site, DIGEST) == (1, ["NO_EXECUTIVE_SIGNOFF"])
    write_and_read(page, "pass")
    assert "abab…abab" in page.locator(".statement").inner_text() or DIGEST in page.content()
    look("read")
    number = sign(page)
    look("signed")
    tab_to(page, "main a[href*='/c/']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{language}/c/{number}")
    expect(page.get_by_role("img", name=re.compile("QR"))).to_be_visible()
    look("certificate")

    assert gate(site, DIGEST) == (0, [])
    assert gate(site, OTHER_DIGEST) == (1, ["NO_EXECUTIVE_SIGNOFF"])
    assert not faults


def test_a_condition_falls_overdue_and_an_account_ends(browser: Browser, site: Site, tmp_path: Path) -> None:
    page = browser.new_context(viewport=PHONE).new_page()
    freeze(site, "2.4.1", DIGEST)
    signed_in(page, site, "en")
    today = (now() + timedelta(hours=9)).date()
    page.goto(f"{site.url}/en/desk/")
    tab_to(page, "main a.action")
    page.keyboard.press("Enter")
    page.locator("input[name=release]").check()
    page.locator("#plan_reference").fill("2026-7")
    page.locator("#decision-conditional").check()
    page.locator("#condition_1").fill("Larger letters")
    page.locator("#due_1").fill(today.isoformat())
    page.locator("#reasons").fill(REASONS)
    page.locator("main form button").last.click()
    number = sign(page)
    assert gate(site, DIGEST) == (0, [])
    clock = Clock(tmp_path)
    clock.set(timedelta(days=2))
    assert gate(site, DIGEST, clock) == (1, ["CONDITION_OVERDUE"])

    page.goto(f"{site.url}/en/desk/")
    tab_to(page, "main a.action")
    page.keyboard.press("Enter")
    page.locator("input[name=release]").check()
    page.locator("#plan_reference").fill("2026-7")
    page.locator("#decision-fail").check()
    page.locator("#reasons").fill(REASONS)
    page.locator("main form button").last.click()
    expect(page.locator("[data-passkey]")).to_be_visible()
    assert observatory("staff", "disable", "minister", "--data", site.server.data).returncode == 0
    page.locator("[data-passkey]").click()
    expect(page).not_to_have_url(re.compile("/desk/signed/"))

    page.goto(f"{site.url}/en/c/{number}")
    expect(page.locator("#standing")).to_have_text("This sign-off holds")
    assert gate(site, DIGEST) == (0, [])
