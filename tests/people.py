"""A person at the desk: a browser without scripts that fills in the forms it is shown, and an authenticator."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pyotp
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from observatory.access.people.one_time_codes import recovery_code_hash
from observatory.flows.signoffs import signoffs_by_service
from observatory.model.signoff import SignOff
from observatory.model.staff import StaffSecrets
from observatory.store.register import RegisterStore

PASSWORD = "정확한 말 battery 9"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
RECOVERY_CODES = ("aaaa-bbbb-cccc-dddd", "eeee-ffff-gggg-hhhh")
REASONS = "여덟 명의 시민과 함께 모든 과업을 직접 끝까지 해 보았습니다."


@cache
def staff_secrets() -> StaffSecrets:
    """Return what proves everybody in these tests; hashed cheaply, since a real hash is slow on purpose."""
    return StaffSecrets(
        PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD),
        TOTP_SECRET,
        tuple(recovery_code_hash(code) for code in RECOVERY_CODES),
    )


def signoffs_of(register: RegisterStore, service_id: str) -> list[SignOff]:
    """Return the sign-offs of one service, newest first."""
    return signoffs_by_service(register).get(service_id, [])


def one_time_number(now: datetime) -> str:
    """Return what the authenticator shows."""
    return pyotp.TOTP(TOTP_SECRET).at(now)


@dataclass
class SteppingClock:
    """A clock that only moves when told to."""

    moment: datetime

    def __call__(self) -> datetime:
        """Return what time it is."""
        return self.moment

    def pass_by(self, **span: float) -> None:
        """Let time pass, given as for timedelta."""
        self.moment += timedelta(**span)


@dataclass
class Form:
    """A form of a page: where it leads and what it holds."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    """Collects the forms of a page, with the values a browser would send."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method") == "post":
            self._open = Form(given.get("action", ""))
            self.forms.append(self._open)
        elif self._open is not None and tag == "input":
            if given.get("type") != "radio" or "checked" in given:
                self._open.fields[given["name"]] = given.get("value", "")
            else:
                self._open.fields.setdefault(given["name"], "")
        elif self._open is not None and tag == "textarea":
            self._textarea = given["name"]
            self._open.fields[self._textarea] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._open is not None and self._textarea:
            self._open.fields[self._textarea] += data.removeprefix("\n")


@dataclass
class Person:
    """Somebody with a browser."""

    client: FlaskClient
    now: SteppingClock
    address: str = "/"
    response: TestResponse | None = None

    def open(self, address: str) -> TestResponse:
        """Follow a link."""
        return self._arrive(address, self.client.get(address))

    def send(self, leads_to: str = "", button: dict[str, str] | None = None, /, **typed: str) -> TestResponse:
        """Fill in the form of this page that leads there, and send it; `button` as the pressed button's name and value."""
        form = next(form for form in self.forms() if urlsplit(urljoin(self.address, form.action)).path.endswith(leads_to))
        form.fields.update(typed)
        return self.post(urljoin(self.address, form.action), {**form.fields, **(button or {})})

    def post(self, address: str, fields: dict[str, str]) -> TestResponse:
        """Send fields somewhere, whatever the page says."""
        return self._arrive(address, self.client.post(address, data=fields))

    def forms(self) -> list[Form]:
        """Return the forms of the page on the screen."""
        assert self.response is not None
        reader = _Forms()
        reader.feed(self.response.text)
        return reader.forms

    def sign_in(self, staff_id: str = "minister", *, password: str = PASSWORD, code: str = "") -> TestResponse:
        """Sign in, by default rightly."""
        if not self.address.split("?")[0].endswith("/sign-in"):
            self.open("/ko/desk/sign-in")
        return self.send("/sign-in", staff_id=staff_id, password=password, code=code or one_time_number(self.now()))

    def decide(self, service_id: str = "job-portal", **typed: str) -> TestResponse:
        """Fill in the sign-off form and ask for what would be published."""
        self.open(f"/ko/desk/services/{service_id}/sign")
        usual = {"release": self.newest_release(), "plan_reference": "시험 계획 2026-7", "decision": "pass", "reasons": REASONS}
        return self.send("/sign", **{**usual, **typed})

    def newest_release(self) -> str:
        """Return what the first release of the form on the screen stands for."""
        assert self.response is not None
        return self.response.text.partition('name="release" value="')[2].partition('"')[0]

    def confirm(self, *, password: str = PASSWORD, code: str = "") -> TestResponse:
        """Sign what is on the screen; the authenticator has gone on to its next number."""
        if not code:
            self.now.pass_by(seconds=30)
        return self.send("/confirm", password=password, code=code or one_time_number(self.now()))

    def _arrive(self, address: str, response: TestResponse) -> TestResponse:
        self.address, self.response = address, response
        location = response.headers.get("Location")
        if location:
            split = urlsplit(urljoin(address, location))
            return self.open(split.path + (f"?{split.query}" if split.query else ""))
        return response
