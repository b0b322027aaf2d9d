"""A member of staff in front of a real server: the forms of the pages it is shown go in, whether that leads to the desk comes out."""

import html
import re
from contextlib import closing
from datetime import datetime
from pathlib import Path

import requests

from observatory.model.staff import Grant
from observatory.store.opening import open_register
from tests.builders import a_staff_member
from tests.people import PASSWORD, one_time_number, staff_secrets
from tests.registers import in_change
from tests.servers import Server


def add_minister(data: Path) -> None:
    """Let the minister sign in, for one service."""
    with closing(open_register(data)) as register:
        in_change(register).staff.add(a_staff_member(grants=(Grant("executive", service_id="job-portal"),)), staff_secrets())


class Browser:
    """A member of staff at a server."""

    def __init__(self, server: Server) -> None:
        self._session = requests.Session()
        self._url = server.url

    def sign_in(self, now: datetime) -> bool:
        """Sign in by the clock's number; say whether that leads to the desk."""
        who = {"staff_id": "minister", "password": PASSWORD, "code": one_time_number(now)}
        self._post("/ko/desk/sign-in", "/ko/desk/sign-in", who)
        return self.signed_in

    @property
    def signed_in(self) -> bool:
        """Whether the desk opens."""
        return "/sign-in" not in self._session.get(f"{self._url}/ko/desk/", timeout=10).url

    def sign_out(self) -> None:
        """Sign out by the button of the desk."""
        self._post("/ko/desk/", "/ko/desk/sign-out", {})

    def _post(self, shown: str, address: str, values: dict[str, str]) -> None:
        page = self._session.get(self._url + shown, timeout=10).text
        fields = {name: html.unescape(value) for name, value in re.findall(r'name="([^"]+)"[^>]*?value="([^"]*)"', page)}
        self._session.post(self._url + address, fields | values, timeout=10, headers={"Origin": self._url})
