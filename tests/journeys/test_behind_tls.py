"""Behind the README's nginx everything is https: cookies, origins, redirects, HSTS; nothing is made of a name that is not ours."""

import http.client
import json
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pyotp
import pytest
import requests

from observatory import clock
from tests.journeys.site import Site, open_site
from tests.journeys.test_readme import blocks
from tests.nginx import NAME, ORIGIN, Proxy, nginx_of_the_readme
from tests.receive.doors import fresh_traces
from tests.servers import Server, observatory

pytestmark = pytest.mark.network

AS_THE_README_SAYS = dict(line.split("=", 1) for line in blocks("ini")[0].split())
SECONDS_MAX = 20.0
PASSWORD = "three little words"
SIGN_IN = "/ko/desk/sign-in"
HSTS = "max-age=31536000; includeSubDomains"


@dataclass(frozen=True)
class Town:
    """An observatory behind nginx, and what signs the minister in."""

    site: Site
    proxy: Proxy
    totp_secret: str

    @property
    def telemetry(self) -> dict[str, str]:
        """The headers of a sender."""
        return {"Authorization": f"Bearer {self.site.token}", "Content_Type": "application/x-protobuf"}

    def sign_in(self, **headers: str) -> http.client.HTTPResponse:
        """Open the form and send it, as a browser that says no more than these headers."""
        with self.proxy.open("GET", SIGN_IN) as page:
            cookie, text = page.headers["Set-Cookie"], page.read().decode()
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        token = re.search(r'name="form_token"[^>]*value="([0-9a-f]+)"', text)
        assert token is not None
        code = pyotp.TOTP(self.totp_secret).at(clock.now())
        fields = {"form_token": token[1], "staff_id": "minister", "password": PASSWORD, "code": code}
        form = {"Content_Type": "application/x-www-form-urlencoded", "Cookie": cookie.partition(";")[0], **headers}
        with self.proxy.open("POST", SIGN_IN, urlencode(fields).encode(), **form) as answer:
            answer.read()
            return answer


@pytest.fixture(scope="module", params=[AS_THE_README_SAYS, {}], ids=["as the README says", "without settings"])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    servers: list[Server] = []

    def start(*arguments: str | Path) -> Server:
        servers.append(Server(folder / "data", *arguments, **request.param))
        return servers[0].wait_until_ready()

    (folder / "password").write_text(PASSWORD)
    try:
        site = open_site(start, folder)
        offices = ("--name", "김책임", "--office-ko", "장관", "--office-en", "Minister", "--role", "executive:service=job-portal")
        made = observatory(
            "staff", "add", "minister", *offices, "--password-file", folder / "password", "--json", "--data", site.server.data
        )
        with nginx_of_the_readme(folder / "nginx", site.server.port) as proxy:
            yield Town(site, proxy, json.loads(made.stdout)["totp_secret"])
    finally:
        for server in servers:
            server.stop()


def test_every_answer_promises_https(town: Town) -> None:
    """Also those made past the framework, and refusals before a view."""
    body = fresh_traces()
    for method, path, sent, headers, status in (
        ("GET", "/ko/", None, {}, 200),
        ("GET", "/ko/nothing", None, {}, 404),
        ("GET", "/static/observatory.css", None, {}, 200),
        ("POST", "/v1/traces", body, town.telemetry, 200),
        ("POST", "/v1/traces", body, {"Content_Type": "application/x-protobuf"}, 401),
        ("POST", "/v1/traces", b"\xff", town.telemetry, 400),
        ("POST", "/v1/probes", b"", {}, 401),
    ):
        with town.proxy.open(method, path, sent, **headers) as answer:
            assert (answer.status, answer.headers.get_all("Strict-Transport-Security")) == (status, [HSTS]), path


def test_an_old_browser_signs_in_and_is_led_on_over_https(town: Town) -> None:
    assert town.sign_in(Origin="null").status == 403
    assert town.sign_in(Origin=f"http://{NAME}").status == 403
    assert town.sign_in(Origin="https://evil.example").status == 403
    answer = town.sign_in(Origin=ORIGIN)
    assert (answer.status, answer.headers["Location"]) == (303, "/ko/desk/")
    assert answer.headers["Set-Cookie"].startswith("__Host-")


def test_redirects_name_no_host_and_plain_http_leads_to_https(town: Town) -> None:
    with town.proxy.open("GET", "/ko") as answer:
        assert (answer.status, answer.headers["Location"]) == (308, "/ko/")
    plain = requests.get(
        f"http://127.0.0.1:{town.proxy.plain_port}/ko/?a=1", headers={"Host": NAME}, allow_redirects=False, timeout=SECONDS_MAX
    )
    assert (plain.status_code, plain.headers["Location"]) == (301, f"{ORIGIN}/ko/?a=1")


def test_under_another_name_there_is_nothing(town: Town) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{town.proxy.plain_port}/ko/", headers={"Host": "evil.example"}, timeout=SECONDS_MAX)
    with socket.create_connection(("127.0.0.1", town.proxy.tls_port), SECONDS_MAX) as line, pytest.raises(ssl.SSLError):
        town.proxy.tls.wrap_socket(line, server_hostname="evil.example")


def test_no_page_is_made_of_the_host_a_client_names(town: Town) -> None:
    for path in ("/ko/", "/en/services/job-portal", "/ko/data", "/ko/api", "/api/v1/services", "/openapi.json", SIGN_IN):
        answer = requests.get(town.site.server.url + path, headers={"Host": "evil.example"}, timeout=SECONDS_MAX)
        assert answer.status_code == 200
        assert "evil" not in answer.text + str(answer.headers), path


def test_prometheus_beside_it_shows_the_folders_key(town: Town) -> None:
    url = f"{town.site.server.url}/metrics/services"
    key = json.loads((town.site.server.data / "keys.json").read_text())["admin"]
    named = "OBSERVATORY_PROXIES" in Path(f"/proc/{town.site.server.process.pid}/environ").read_text()
    assert requests.get(url, timeout=SECONDS_MAX).status_code == (401 if named else 200)
    assert requests.get(url, headers={"Authorization": f"Bearer {key}"}, timeout=SECONDS_MAX).status_code == 200
