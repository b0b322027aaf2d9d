"""People add ways to sign in and use them in Chromium: by keyboard, on a narrow screen, with a security key, or without scripts."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from observatory.clock import now
from tests.browser.test_sign_off import CATALOGUE, PASSWORD, browser, faults_of
from tests.desk.providers import CLIENT_ID, CLIENT_SECRET, free_port, honest_provider
from tests.servers import Server, observatory

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.network]

TABS_MAX = 80
SECURITY_KEY = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
OFFICES = ("--name", "김책임", "--office-ko", "고용노동부 장관", "--office-en", "Minister of Employment and Labor")


@dataclass(frozen=True)
class Site:
    """A running observatory, and what its administrator has."""

    server: Server
    admin_codes: list[str]

    @property
    def url(self) -> str:
        """Where passkeys work without https."""
        return f"http://localhost:{self.server.port}"

    def invite(self, staff_id: str = "minister") -> str:
        """Return an enrolment code of the host."""
        code: str = json.loads(observatory("staff", "invite", staff_id, "--json", "--data", self.server.data).stdout)["enrolment_code"]
        return code


@pytest.fixture
def site(tmp_path: Path, start_server: Callable[..., Server]) -> Site:
    """An observatory with an administrator, and a minister who has no way to sign in yet."""
    catalogue, password = tmp_path / "services.toml", tmp_path / "password"
    catalogue.write_text(CATALOGUE, encoding="utf-8")
    password.write_text(PASSWORD, encoding="utf-8")
    server = start_server("--catalogue", catalogue)
    observatory("staff", "add", "minister", *OFFICES, "--role", "executive:service=job-portal", "--invite", "--data", server.data)
    admin = ("--role", "admin", "--password-file", password, "--json")
    added = observatory("staff", "add", "admin", *OFFICES, *admin, "--data", server.data)
    return Site(server, json.loads(added.stdout)["recovery_codes"])


def plug_in(page: Page, **claims: bool) -> None:
    """Give a browser a security key."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {**SECURITY_KEY, **claims}})


def tab_to(page: Page, selector: str) -> None:
    """Go to something with the Tab key."""
    page.wait_for_load_state()
    for _ in range(TABS_MAX):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached with the Tab key on {page.url}")


@dataclass
class Walk:
    """Somebody with a keyboard, a narrow screen and an eye for faults."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def press(self, selector: str, leads_to: str, step: str) -> None:
        """Go to something with the Tab key, press Enter, and look at where that leads."""
        tab_to(self.page, selector)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"**{leads_to}")
        self.look(step)

    def look(self, step: str) -> None:
        """Note what is wrong with the page."""
        self.faults += [f"{step}: {fault}" for fault in faults_of(self.page)]
        self.page.set_viewport_size({"width": 320, "height": 800})


@pytest.mark.parametrize("language", ["ko", "en"])
def test_by_keyboard_a_security_key_is_enrolled_signs_in_and_is_revoked(browser: Browser, site: Site, language: str) -> None:
    page = browser.new_context(viewport={"width": 320, "height": 800}).new_page()
    plug_in(page)
    walk, desk = Walk(page), f"/{language}/desk"

    page.goto(f"{site.url}{desk}/enrol#{site.invite()}")
    expect(page.locator("#code")).to_have_value(re.compile("[a-z2-7-]{19}"))
    assert "#" not in page.url
    walk.look("code")
    tab_to(page, "#code")
    page.keyboard.press("Enter")
    expect(page.locator("#key_name")).to_be_visible()
    walk.look("ways")
    tab_to(page, "#key_name")
    page.keyboard.type("열쇠 1")
    walk.press("[data-passkey]", f"{desk}/enrol/passkey", "enrolled")
    walk.press("main a.action", f"{desk}/sign-in", "sign-in")
    walk.press("[data-passkey]", f"{desk}/", "desk")
    walk.press(".way-out a", f"{desk}/account", "account")
    expect(page.get_by_text("열쇠 1").first).to_be_visible()
    walk.press("main table a.action", "/account/revoke/*", "revoke")
    walk.press("[data-passkey]", f"{desk}/account", "account, revoked")
    expect(page.locator("main table a.action")).to_have_count(0)
    assert not walk.faults


def test_a_key_that_verifies_nobody_is_not_enrolled_and_the_page_says_so(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    plug_in(page, hasUserVerification=False, isUserVerified=False)
    page.goto(f"{site.url}/en/desk/enrol#{site.invite()}")
    page.locator("#code").press("Enter")
    page.locator("#key_name").fill("a key without a PIN")
    page.locator("[data-passkey]").click()

    expect(page.get_by_role("status")).to_have_text("No passkey answered. Try again, or use the other way.")
    expect(page.locator("[data-passkey]")).to_be_focused()


def test_a_passkey_answers_on_no_other_host(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    plug_in(page)
    page.goto(f"{site.url}/en/desk/enrol#{site.invite()}")
    page.locator("#code").press("Enter")
    page.locator("[data-passkey]").click()
    expect(page.locator("#key_name")).to_be_focused()  # it needs a name first
    page.keyboard.type("key")
    page.keyboard.press("Enter")
    page.wait_for_url("**/enrol/passkey")

    page.goto(f"{site.server.url}/en/desk/sign-in")
    if page.locator("[data-passkey]").is_visible():
        page.locator("[data-passkey]").click()
        expect(page.get_by_role("status")).to_have_text("No passkey answered. Try again, or use the other way.")
    assert page.url.endswith("/sign-in")


def test_without_scripts_a_password_with_an_authenticator_is_enrolled_and_signs_in(browser: Browser, site: Site) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site.url}/en/desk/enrol")
    page.get_by_label("Enrolment code").fill(site.invite())
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("[data-passkey]")).to_be_hidden()
    expect(page.get_by_text("This browser offers no passkeys here")).to_be_visible()
    expect(page.get_by_role("img", name="Picture for the authenticator")).to_be_visible()
    secret = page.locator("code", has_text=re.compile("^[A-Z2-7]{32}$")).inner_text()
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("One-time number").fill(pyotp.TOTP(secret).at(now()))
    page.get_by_role("button", name="Add the password").click()
    codes = page.locator("ol code").all_inner_texts()
    assert len(codes) == 10

    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    page.get_by_label("ID", exact=True).fill("minister")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("One-time number or recovery code").fill(codes[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Sign-off desk")).to_be_visible()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_an_administrator_invites_and_no_page_has_a_fault_a_checker_can_find(browser: Browser, site: Site, language: str) -> None:
    page, faults = browser.new_page(), list[str]()
    page.goto(f"{site.url}/{language}/desk/accounts")
    for place, text in (("#staff_id", "admin"), ("#password", PASSWORD), ("#code", site.admin_codes[0])):
        page.locator(place).fill(text)
    page.locator("#code").press("Enter")
    page.wait_for_url(f"**/{language}/desk/accounts")
    faults += faults_of(page)
    page.locator("main a.action").click()
    faults += faults_of(page)
    page.locator("main form button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    faults += faults_of(page)
    page.locator("#password").fill(PASSWORD)
    page.locator("#code").fill(site.admin_codes[1])
    page.locator("#code").press("Enter")
    address = page.locator("#enrolment-address").inner_text()
    faults += faults_of(page)

    page.goto(address)
    page.locator("#code").press("Enter")
    expect(page.locator("#number")).to_be_visible()
    page.locator("#number").fill("000000")
    page.locator("#password").fill(PASSWORD)
    page.locator("#number").press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    faults += faults_of(page)
    assert not faults


def test_single_sign_on_is_linked_by_invitation_and_signs_in(browser: Browser, tmp_path: Path, start_server: Callable[..., Server]) -> None:
    port, issuer_port = free_port(), free_port()
    secret, catalogue = tmp_path / "secret", tmp_path / "services.toml"
    secret.write_text(CLIENT_SECRET, encoding="utf-8")
    catalogue.write_text(CATALOGUE, encoding="utf-8")
    with honest_provider(issuer_port, f"http://localhost:{port}/desk/single-sign-on") as issuer:
        names = {"OBSERVATORY_OIDC_ISSUER": issuer, "OBSERVATORY_OIDC_CLIENT_ID": CLIENT_ID}
        server = start_server("--catalogue", catalogue, port=port, **names, OBSERVATORY_OIDC_CLIENT_SECRET_FILE=str(secret))
        observatory("staff", "add", "minister", *OFFICES, "--invite", "--data", server.data)
        page = browser.new_page()
        page.goto(f"http://localhost:{port}/en/desk/enrol#{Site(server, []).invite()}")
        page.locator("#code").press("Enter")
        page.get_by_role("button", name="Link your single sign-on").click()
        assert not faults_of(page)
        page.get_by_role("link", name="Go on to the single sign-on").click()
        page.locator("input[name=login]").fill("someone")
        page.locator("input[name=password]").fill("any")
        page.get_by_role("button").click()
        page.get_by_role("button").click()  # consent
        expect(page.get_by_text("Your single sign-on is linked")).to_be_visible()
        assert not faults_of(page)

        page.get_by_role("link", name="Sign in by single sign-on").click()

        page.wait_for_url("**/en/desk/")
