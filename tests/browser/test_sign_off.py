"""An executive signs a pass and a fail in Chromium without scripts; anyone reads both."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from observatory.clock import now
from tests.server import Server, observatory

CATALOGUE = """
[[agency]]
id = "labor"
name_ko = "고용노동부"
name_en = "Ministry of Employment and Labor"

[[service]]
id = "job-portal"
agency = "labor"
name_ko = "일자리 찾기"
name_en = "Job portal"
url = "https://jobs.example.go.kr"
"""
PASSWORD = "three little words"
REASONS = {
    "Pass": "With eight citizens I applied for a job to the very end, on a phone.",
    "Fail": "The third step of the application stopped; I could not finish it.",
}


@pytest.fixture
def page() -> Iterator[Page]:
    """An empty page of Debian's Chromium that runs no scripts."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser.new_context(java_script_enabled=False, locale="en").new_page()
        browser.close()


def sign(page: Page, decision: str, version: str, code: str) -> None:
    """Decide, read, prove who signs, and sign."""
    page.get_by_role("link", name="Decide").click()
    page.get_by_label("Release version").fill(version)
    page.get_by_label("Release digest").fill("ab" * 32)
    page.get_by_label("Test plan and results").fill("https://jobs.example.go.kr/usability/2026-7")
    page.get_by_label(decision, exact=True).check()
    page.get_by_label("Reasons").fill(REASONS[decision])
    page.get_by_role("button", name="Read what will be published").click()
    expect(page.get_by_text(REASONS[decision]).first).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("One-time number or recovery code").fill(code)
    page.get_by_role("button", name="Sign and publish").click()
    expect(page.get_by_role("heading", name="Signed and published")).to_be_visible()


@pytest.mark.browser
@pytest.mark.network
def test_a_pass_and_a_fail_are_signed_through_the_form(tmp_path: Path, start_server: Callable[..., Server], page: Page) -> None:
    catalogue, password = tmp_path / "services.toml", tmp_path / "password"
    catalogue.write_text(CATALOGUE, encoding="utf-8")
    password.write_text(PASSWORD, encoding="utf-8")
    server = start_server("--catalogue", catalogue)
    offices = ("--name", "김책임", "--office-ko", "고용노동부 장관", "--office-en", "Minister", "--role", "executive:service=job-portal")
    added = observatory("staff", "add", "minister", *offices, "--password-file", password, "--json", "--data", server.data)
    account = json.loads(added.stdout)

    page.goto(f"{server.url}/en/desk/")
    page.get_by_label("ID").fill("minister")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("One-time number or recovery code").fill(account["recovery_codes"][0])
    page.get_by_role("button", name="Sign in").click()
    sign(page, "Pass", "2.4.1", pyotp.TOTP(account["totp_secret"]).at(now()))
    page.get_by_role("link", name="Back to the desk").click()
    sign(page, "Fail", "2.4.2", account["recovery_codes"][1].upper())
    page.get_by_role("link", name="See it on the public page").click()

    for reasons in REASONS.values():
        expect(page.get_by_text(reasons)).to_have_count(1)
    checked = observatory("check-log", "--data", server.data)
    assert (checked.returncode, checked.stdout.startswith("ok: 3 entries")) == (0, True)
