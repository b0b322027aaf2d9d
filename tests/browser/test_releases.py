"""A release is frozen, and a sign-off revoked, in Chromium with the keyboard, on a phone: no page has a fault a checker can find."""

import re
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from observatory.flows.release_history import KnownHistory
from observatory.flows.releases import frozen_releases
from observatory.model.signoff import Condition, NewEntry
from observatory.signoff.leaves import SIGNED
from observatory.store.opening import open_register
from tests.browser.test_operations import desk_of
from tests.browser.test_sign_off import browser, faults_of
from tests.registers import in_change, in_look
from tests.signed_log import DIGEST, WrittenLog, signed_body

__all__ = ["browser", "desk_of"]

pytestmark = [pytest.mark.browser, pytest.mark.network]


def fits(page: Page) -> bool:
    """Return whether a page needs no scrolling sideways at 320 pixels."""
    page.set_viewport_size({"width": 320, "height": 640})
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_a_release_is_frozen_with_the_keyboard(desk_of: Callable[[str], Page], tmp_path: Path) -> None:
    page = desk_of("owner")
    page.goto(page.url.replace("/operations/", "/services/job-portal/releases"))
    assert faults_of(page) == []
    assert fits(page)
    page.locator("#version").focus()
    for text in ("2.4.1", DIGEST):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("no address")
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert]")).to_be_visible()
    assert faults_of(page) == []
    page.locator("#url").fill("https://test.job-portal.example.go.kr")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("^2.4.1"))).to_be_visible()
    assert faults_of(page) == []
    with closing(open_register(tmp_path / "data")) as register:
        assert [release.digest for release in frozen_releases(KnownHistory(register).look(), "job-portal")] == [DIGEST]


def test_a_sign_off_is_revoked_and_a_condition_met(desk_of: Callable[[str], Page], tmp_path: Path) -> None:
    page = desk_of("auditor")
    signoff = WrittenLog().signoff(decision="conditional", conditions=(Condition("안내문을 고친다", date(2026, 12, 1)),))
    with closing(open_register(tmp_path / "data")) as register:
        in_change(register).log.append(NewEntry(SIGNED, signed_body(signoff), signoff.signed_at))
    page.goto(page.url.replace("/operations/", "/services/job-portal/signoffs"))
    assert faults_of(page) == []
    page.get_by_role("link", name="Say that it was met").click()
    assert faults_of(page) == []
    page.locator("#note").fill("안내문을 고쳤습니다.")
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("link", name="Revoke it").click()
    assert faults_of(page) == []
    assert fits(page)
    page.locator("#reasons").fill("새 배포본이 시민의 임시 저장을 지우는 것이 확인되었습니다.")
    page.get_by_role("button", name="Revoke it").click()
    expect(page.get_by_text("Revoked", exact=True)).to_be_visible()
    assert faults_of(page) == []
    page.goto(re.sub("/desk/.*", "/services/job-portal", page.url))
    assert faults_of(page) == []
    with closing(open_register(tmp_path / "data")) as register:
        assert len(in_look(register).log.entries_of_kind("signoff-revoked")) == 1
