"""Those who run a service announce maintenance and write about a failure in Chromium, on a phone and in the dark."""

import json
import re
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from observatory.clock import now
from observatory.flows.disputes import dispute
from observatory.model.text import Text
from observatory.store.opening import open_register
from tests.browser.test_sign_off import CATALOGUE, PASSWORD, browser, faults_of
from tests.registers import in_change
from tests.servers import Server, observatory
from tests.summaries import an_incident

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.network]

RELOADS_MAX = 90

OUTAGE = an_incident("job-portal-20261118T0004", minutes=None)


@pytest.fixture
def desk_of(tmp_path: Path, start_server: Callable[..., Server], browser: Browser) -> Callable[[str], Page]:
    """Return a way to the desk of somebody with a role for the job portal, which fails just now."""
    return lambda role: _desk_of(role, tmp_path, start_server, browser)


@pytest.fixture
def owner(desk_of: Callable[[str], Page]) -> Page:
    """Return the desk of somebody who runs it."""
    return desk_of("owner")


def _desk_of(role: str, tmp_path: Path, start_server: Callable[..., Server], browser: Browser) -> Page:
    catalogue, password = tmp_path / "services.toml", tmp_path / "password"
    catalogue.write_text(CATALOGUE, encoding="utf-8")
    password.write_text(PASSWORD, encoding="utf-8")
    server = start_server("--catalogue", catalogue)
    offices = ("--name", "박담당", "--office-ko", "일자리 담당", "--office-en", "Job team", "--role", f"{role}:service=job-portal")
    added = observatory("staff", "add", role, *offices, "--password-file", password, "--json", "--data", server.data)
    with closing(open_register(server.data)) as register:
        in_change(register).incidents.keep([OUTAGE])
        if role == "auditor":
            dispute(register, OUTAGE.id, Text("로그인은 되었습니다.", ""), "mark", now())
    page = browser.new_page()
    page.goto(f"{server.url}/en/desk/")
    for field, text in (("#staff_id", role), ("#password", PASSWORD), ("#code", json.loads(added.stdout)["recovery_codes"][0])):
        page.locator(field).fill(text)
    page.locator("#code").press("Enter")
    page.goto(f"{server.url}/en/desk/operations/")
    return page


def test_no_page_of_this_desk_has_a_fault_a_checker_can_find(owner: Page) -> None:
    page, faults = owner, list[str]()

    def look(step: str) -> None:
        faults.extend(f"{step}: {fault}" for fault in faults_of(page))

    look("services")
    page.locator("main a.service").click()
    look("service")
    page.get_by_role("link", name="Announce maintenance").click()
    look("form")
    page.get_by_role("button", name="Publish").click()
    look("form, refused")
    night = f"{now() + timedelta(days=3):%Y-%m-%d}"
    page.get_by_label("Title in Korean").fill("저장 장치를 교체하고 자료를 옮기는 점검")
    page.locator("#start").fill(f"{night}T02:00")
    page.locator("#end").fill(f"{night}T04:00")
    page.get_by_label("Every week", exact=True).check()
    page.get_by_role("button", name="Publish").click()
    expect(page).to_have_url(re.compile("/services/job-portal$"))
    look("service with maintenance")
    page.get_by_role("link", name="Change or cancel").first.click()
    look("change")
    page.get_by_role("button", name="Cancel this maintenance").click()
    page.get_by_role("link", name="Write an update").click()
    look("update")
    page.get_by_label("Cause found").check()
    page.get_by_label("Text in Korean").fill("저장 장치가 고장 났습니다.")
    page.get_by_role("button", name="Publish", exact=True).click()
    look("update, published")
    page.get_by_label("The same in English").fill("A storage device failed.")
    page.get_by_role("button", name="Publish the translation").click()
    page.get_by_role("link", name="Its public page").click()
    look("public page")
    expect(page.get_by_text("A storage device failed.")).to_be_visible()
    assert not faults


def test_no_page_of_what_is_declared_and_disputed_has_one(owner: Page) -> None:
    page, faults = owner, list[str]()

    def look(step: str) -> None:
        faults.extend(f"{step}: {fault}" for fault in faults_of(page))

    page.locator("main a.service").click()
    page.get_by_role("link", name="Declare a failure").click()
    look("declare")
    page.get_by_role("button", name="Publish").click()
    look("declare, refused")
    page.get_by_label("Title in Korean").fill("로그인이 되지 않습니다")
    page.get_by_label("Does not work").check()
    page.locator("#start").fill(f"{now().astimezone(ZoneInfo('Asia/Seoul')):%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("button", name="Say that it is over")).to_be_visible()
    look("declared")
    for _ in range(RELOADS_MAX):  # It is an incident once its minute is judged.
        if page.get_by_role("link", name="Write an update").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    page.get_by_role("link", name="Write an update").first.click()
    page.get_by_role("link", name="Cause found").click()
    page.get_by_label("Publish it later").fill(f"{now().astimezone(ZoneInfo('Asia/Seoul')) + timedelta(hours=1):%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("button", name="Do not publish it")).to_be_visible()
    look("update that waits")
    page.get_by_role("link", name="Dispute a failure").click()
    look("dispute")
    page.get_by_label("What you dispute, in Korean").fill("로그인은 되었습니다.")
    page.get_by_role("button", name="Publish", exact=True).click()
    look("disputed")
    page.get_by_role("link", name="Its public page").click()
    expect(page.get_by_text("로그인은 되었습니다.")).to_be_visible()
    look("public page")
    assert not faults


def test_no_page_of_an_auditor_has_one(desk_of: Callable[[str], Page]) -> None:
    page, faults = desk_of("auditor"), list[str]()

    def look(step: str) -> None:
        faults.extend(f"{step}: {fault}" for fault in faults_of(page))

    page.get_by_role("link", name="Disputed failures").click()
    look("list")
    page.get_by_role("link", name="Answer it").click()
    look("form")
    page.get_by_role("button", name="Publish the answer").click()
    look("form, refused")
    page.get_by_label("It does not hold").check()
    page.get_by_label("Why, in Korean").fill("다른 기록과 맞지 않습니다.")
    page.get_by_label("Why, in English").fill("It does not fit other records.")
    page.get_by_role("button", name="Publish the answer").click()
    expect(page.get_by_text("Nothing waits for your answer.")).to_be_visible()
    look("list, empty")
    assert not faults
