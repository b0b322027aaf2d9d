"""An executive signs in Chromium, also without scripts and with whatever helps to see; anyone reads what was signed."""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pyotp
import pytest
import requests
from playwright.sync_api import Browser, Page, expect, sync_playwright

from observatory.clock import now
from observatory.judge.explaining import name_of
from observatory.store.opening import prepare_folder
from tests.catalogue_text import job_portal
from tests.receive.doors import a_span, traces
from tests.servers import Server, observatory

pytestmark = [pytest.mark.browser, pytest.mark.network]

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS: tuple[tuple[Literal["light", "dark"], int], ...] = (("light", 320), ("dark", 1280))
"""Colours and width in pixels: what differs by colours does not differ by width."""

CATALOGUE = job_portal(name_ko="일자리 찾기", name_en="Job portal")
JUDGED_SECONDS_MAX = 60.0
PASSWORD = "three little words"
REASONS = {
    "Pass": "With eight citizens I applied for a job to the very end, on a phone.",
    "Fail": "The third step of the application stopped; I could not finish it.",
}


@dataclass(frozen=True)
class Account:
    """A running observatory, and what proves the minister to it."""

    server: Server
    totp_secret: str
    recovery_codes: list[str]


@pytest.fixture
def account(tmp_path: Path, start_server: Callable[..., Server]) -> Account:
    """The minister's account, made beside the running server."""
    catalogue, password = tmp_path / "services.toml", tmp_path / "password"
    catalogue.write_text(CATALOGUE, encoding="utf-8")
    password.write_text(PASSWORD, encoding="utf-8")
    server = start_server("--catalogue", catalogue)
    offices = ("--name", "김책임", "--office-ko", "고용노동부 장관", "--office-en", "Minister", "--role", "executive:service=job-portal")
    added = observatory("staff", "add", "minister", *offices, "--password-file", password, "--json", "--data", server.data)
    shown = json.loads(added.stdout)
    for version, digit in (("2.4.1", "a"), ("2.4.2", "b")):
        told = ("--version", version, "--digest", f"sha256:{digit * 64}", "--url", "https://test.jobs.example.go.kr/")
        assert observatory("release", "freeze", "--service", "job-portal", *told, "--data", server.data).returncode == 0
    return Account(server, shown["totp_secret"], shown["recovery_codes"])


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield chromium
        chromium.close()


def sign_in(page: Page, code: str) -> None:
    """Fill in the sign-in form."""
    page.locator("#staff_id").fill("minister")
    page.locator("#password").fill(PASSWORD)
    page.locator("#code").fill(code)
    page.locator("#code").press("Enter")


def sign(page: Page, decision: str, version: str, code: str) -> None:
    """Decide, read, prove who signs, and sign."""
    page.get_by_role("link", name="Decide").click()
    page.get_by_label(version).check()
    page.get_by_label("Test plan and results").fill("https://jobs.example.go.kr/usability/2026-7")
    page.get_by_label(decision, exact=True).check()
    page.get_by_label("Reasons").fill(REASONS[decision])
    page.get_by_role("button", name="Read what will be published").click()
    expect(page.get_by_text(REASONS[decision]).first).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("One-time number or recovery code").fill(code)
    page.get_by_role("button", name="Sign and publish").click()
    expect(page.get_by_role("heading", name="Signed and published")).to_be_visible()


def test_a_pass_and_a_fail_are_signed_through_the_form_without_scripts(browser: Browser, account: Account) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{account.server.url}/en/desk/")
    sign_in(page, account.recovery_codes[0])
    sign(page, "Pass", "2.4.1", pyotp.TOTP(account.totp_secret).at(now()))
    page.get_by_role("link", name="Back to the desk").click()
    sign(page, "Fail", "2.4.2", account.recovery_codes[1].upper())
    page.get_by_role("link", name="See it on the public page").click()

    for reasons in REASONS.values():
        expect(page.get_by_text(reasons)).to_have_count(1)
    checked = observatory("check-log", "--data", account.server.data)
    assert (checked.returncode, checked.stdout.startswith("ok: 7 entries")) == (
        0,
        True,
    )  # keys, service, account, two releases, two decisions


@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_page_of_the_desk_has_a_fault_a_checker_can_find(browser: Browser, account: Account, language: str) -> None:
    page = browser.new_page()
    faults: list[str] = []

    def look(step: str) -> None:
        faults.extend(f"{step}: {fault}" for fault in faults_of(page))

    page.goto(f"{account.server.url}/{language}/desk/")
    look("door")
    sign_in(page, "000000")
    look("door, refused")
    sign_in(page, account.recovery_codes[0])
    look("desk")
    page.locator("main a.action").click()
    look("form")
    page.locator("main button").click()
    look("form, refused")
    page.locator("input[name=release]").first.check()
    page.locator("#plan_reference").fill("https://jobs.example.go.kr/usability/2026-7")
    page.locator("#decision-conditional").check()
    page.locator("#condition_1").fill("Larger letters")
    page.locator("#due_1").fill(f"{now() + timedelta(days=30):%Y-%m-%d}")
    page.locator("#reasons").fill(REASONS["Pass"])
    page.locator("main button").click()
    look("statement")
    page.locator("#password").fill("wrong password")
    page.locator("#code").fill("000000")
    page.locator("main button").first.click()
    look("statement, refused")
    page.locator("#password").fill(PASSWORD)
    page.locator("#code").fill(account.recovery_codes[1])
    page.locator("main button").first.click()
    expect(page).to_have_url(re.compile(rf"/{language}/desk/signed/\d+$"))
    look("signed")
    assert not faults


def test_the_page_of_a_minute_has_no_fault_a_checker_can_find(browser: Browser, account: Account) -> None:
    end_ns = int((now() - timedelta(minutes=3)).timestamp() * 1e9)
    span = a_span(status=503, route="/jobs/{id}/a-rather-long-name-of-a-page/of-a-service")
    span.start_time_unix_nano, span.end_time_unix_nano, span.trace_id = end_ns - 10**8, end_ns, bytes(range(16))
    headers = {"Authorization": f"Bearer {prepare_folder(account.server.data).admin}", "Content-Type": "application/x-protobuf"}
    requests.post(f"{account.server.url}/v1/traces", traces(*[span] * 50), headers=headers, timeout=30).raise_for_status()
    page = browser.new_page()
    page.goto(f"{account.server.url}/ko/services/job-portal/minutes/{name_of(end_ns // 60_000_000_000)}")
    sign_in(page, account.recovery_codes[0])
    deadline = time.monotonic() + JUDGED_SECONDS_MAX
    while not page.locator("#whole").count() and time.monotonic() < deadline:
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator("#whole")).to_have_count(1)
    expect(page.locator("#records ~ table tbody tr")).to_have_count(20)
    page.locator("summary").click()
    assert not faults_of(page)


def faults_of(page: Page) -> list[str]:
    """Return what is wrong with a page in light on a phone and in dark on a desk."""
    faults = []
    page.wait_for_load_state()
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("(rules) => axe.run({ runOnly: rules, resultTypes: ['violations'] })", RULES)
        faults += [f"{scheme} {width}: {fault['id']}: {[node['html'][:120] for node in fault['nodes']]}" for fault in found["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            faults.append(f"{scheme} {width}: scrolls sideways")
    return faults
