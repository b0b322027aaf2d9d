"""One check against a real server on loopback: what is measured, what is a failure, and what hostile targets cannot take."""

import asyncio
import ipaddress
import re
import resource
import socket
import ssl
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from observatory import clock
from observatory.decode.machines import is_automaton
from observatory.model.catalogue import ProbeTarget
from observatory.model.check import PHASES
from observatory.prober.checking import Checker, holds, user_agent
from observatory.prober.connection import tls_context
from observatory.prober.guard import Guard
from observatory.prober.outcome import Caps, Check
from tests.prober.targets import NAME, Names, Place, make_certificate, serving

pytestmark = pytest.mark.network
LOOPBACK = (ipaddress.ip_network("127.0.0.1/32"),)
SHORT = Caps(connect_s=0.3, tls_s=0.3, processing_s=0.3, transfer_s=0.3, total_s=2.0)
ZONE = {NAME: ["127.0.0.1"], "private.example": ["10.1.2.3"], "mixed.example": ["127.0.0.1", "10.1.2.3"], "other.example": ["127.0.0.1"]}


def checker(port: int, *, names: Names | None = None, caps: Caps | None = None, tls: ssl.SSLContext | None = None) -> Checker:
    """Return a checker that may ask 127.0.0.1 on one port."""
    guard = Guard(ports=frozenset({port, 80, 443}), networks=LOOPBACK)
    return Checker(guard, names or Names(ZONE), caps=caps, tls=tls)


def seen(path: str, *, text: str = "", status: int = 0, caps: Caps | None = None, host: str = NAME) -> tuple[Check, Place]:
    """Return what a check of a path of a plain server saw, and the server."""

    async def look() -> tuple[Check, Place]:
        async with serving() as place:
            target = ProbeTarget(f"http://{host}:{place.port}{path.replace('PORT', str(place.port))}", text=text, status=status)
            return await checker(place.port, caps=caps).check(target), place

    return asyncio.run(look())


def test_a_good_answer_passes_and_every_phase_is_measured() -> None:
    check, _ = seen("/jobs")
    assert (check.outcome, check.status, check.body_bytes, check.capped, check.address) == ("passed", 200, 5, False, "127.0.0.1")
    assert set(check.phases_ms or {}) == set(PHASES) - {"tls"}
    assert check.duration_ms == sum((check.phases_ms or {}).values())


def test_it_says_who_asks_with_a_trace_of_its_own() -> None:
    (first, place), (second, _) = seen("/jobs?q=1"), seen("/jobs")
    request = place.requests[0].decode()
    assert request.startswith("GET /jobs?q=1 HTTP/1.1\r\n")
    assert f"Host: {NAME}:{place.port}\r\n" in request
    assert f"User-Agent: {user_agent()}\r\n" in request
    assert re.search(rf"traceparent: 00-{first.trace_id}-[0-9a-f]{{16}}-01\r\n", request)
    assert "Connection: close\r\n" in request
    assert first.trace_id != second.trace_id


def test_services_count_our_checks_as_those_of_a_machine() -> None:
    assert is_automaton(user_agent("https://observatory.example.go.kr"))


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, "passed"), (404, "passed"), (429, "passed"), (408, "status"), (500, "status"), (503, "status")]
)
def test_the_status_is_judged_as_the_method_judges_it(status: int, outcome: str) -> None:
    check, _ = seen(f"/status/{status}")
    assert (check.outcome, check.status) == (outcome, status)


def test_an_expected_status_is_the_only_one_that_will_do() -> None:
    assert seen("/status/401", status=401)[0].passed
    assert seen("/jobs", status=401)[0].outcome == "status"
    assert seen("/to//jobs", status=302)[0].passed


def test_an_expected_text_is_found_in_the_encodings_of_korean_pages() -> None:
    assert seen("/jobs", text="hello")[0].passed
    assert seen("/korean", text="일자리 찾기")[0].passed
    assert seen("/jobs", text="일자리 찾기")[0].outcome == "text"


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/cut", "cut"),
        ("/cut-chunk", "cut"),
        ("/garbage", "http"),
        ("/nothing", "http"),
        ("/silent", "timeout"),
        ("/tar-pit", "timeout"),
        ("/endless-headers", "http"),
        ("/endless-hints", "http"),
    ],
)
def test_a_target_that_does_not_answer_well_fails_within_bounds(path: str, outcome: str) -> None:
    check, _ = seen(path, caps=SHORT)
    assert check.outcome == outcome, check.detail


@pytest.mark.parametrize("path", ["/endless-body", "/endless-chunks", "/single-bytes"])
def test_an_endless_body_is_cut_off_and_the_page_has_come(path: str) -> None:
    check, _ = seen(path, caps=Caps(body_bytes_max=1 << 18))
    assert (check.outcome, check.capped) == ("passed", True)
    assert check.body_bytes <= (1 << 18) + (1 << 17)


@pytest.mark.parametrize(
    ("path", "outcome", "urls"),
    [
        ("/to//jobs", "passed", 2),
        ("/to//찾기", "passed", 2),
        ("/to//to//to//jobs", "passed", 4),
        ("/to//to//to//to//jobs", "redirect", 4),
        ("/to/http://private.example/", "redirect", 2),
        ("/to/http://169.254.169.254/latest/meta-data/", "redirect", 2),
        ("/to/gopher://127.0.0.1:PORT/", "redirect", 1),
        ("/to/http://127.0.0.1:22/", "redirect", 1),
        ("/to/http://user@other.example:PORT/", "redirect", 1),
        ("/to/http://nowhere.example:PORT/", "unknown_name", 2),
    ],
)
def test_each_redirect_is_judged_again(path: str, outcome: str, urls: int) -> None:
    check, _ = seen(path)
    assert (check.outcome, len(check.urls)) == (outcome, urls), check.detail


def test_a_loop_of_redirects_ends() -> None:
    async def forever(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")

    async def look() -> tuple[Check, int]:
        async with serving(say=forever) as place:
            return await checker(place.port).check(ProbeTarget(f"http://{NAME}:{place.port}/")), len(place.requests)

    check, asked = asyncio.run(look())
    assert (check.outcome, asked) == ("redirect", 4)


@pytest.mark.parametrize("host", ["private.example", "mixed.example", "10.1.2.3", "[::1]", "2130706433"])
def test_what_must_not_be_asked_is_not_connected_to(host: str) -> None:
    check, place = seen("/jobs", host=host)
    assert check.outcome == "refused"
    assert place.requests == []


def test_a_name_is_resolved_once_so_that_it_cannot_mean_something_else_a_moment_later() -> None:
    class Rebinding(Names):
        async def addresses(self, name: str) -> Sequence[str]:
            await super().addresses(name)
            return ["127.0.0.1"] if len(self.asked) == 1 else ["10.1.2.3"]

    async def look(names: Names) -> Check:
        async with serving() as place:
            return await checker(place.port, names=names).check(ProbeTarget(f"http://{NAME}:{place.port}/"))

    names = Rebinding({NAME: []})
    assert (asyncio.run(look(names)).outcome, names.asked) == ("passed", [NAME])


def test_a_name_without_address_and_a_closed_port_are_failures_of_their_own() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    failed = asyncio.run(checker(port).check(ProbeTarget(f"http://{NAME}:{port}/")))
    unknown = asyncio.run(checker(port).check(ProbeTarget(f"http://unknown.example:{port}/")))
    assert (failed.outcome, unknown.outcome) == ("connect", "unknown_name")


def test_a_black_hole_takes_no_more_than_its_time() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(4)]
        for line in waiting:
            line.settimeout(0)
            line.connect_ex(full.getsockname())
        port = full.getsockname()[1]
        check = asyncio.run(checker(port, caps=SHORT).check(ProbeTarget(f"http://{NAME}:{port}/")))
        for line in waiting:
            line.close()
    assert check.outcome == "timeout"


def test_all_phases_together_have_a_limit() -> None:
    check, _ = seen("/silent", caps=Caps(total_s=0.2))
    assert check.outcome == "timeout"
    assert "0.2 s" in check.detail


def over_tls(shown: ssl.SSLContext, trusted: Path | None, host: str = NAME) -> Check:
    async def look() -> Check:
        async with serving(shown) as place:
            tls = tls_context(str(trusted) if trusted else None)
            return await checker(place.port, tls=tls).check(ProbeTarget(f"https://{host}:{place.port}/jobs"))

    return asyncio.run(look())


def test_over_tls_the_handshake_is_a_phase_and_the_end_of_the_certificate_is_told(tmp_path: Path) -> None:
    shown, trusted = make_certificate(tmp_path, days=30)
    check = over_tls(shown, trusted)
    assert check.outcome == "passed", check.detail
    assert set(check.phases_ms or {}) == set(PHASES)
    assert check.certificate_ends_at is not None
    assert timedelta(days=29) < check.certificate_ends_at - clock.now() <= timedelta(days=30)


def test_a_certificate_nobody_vouches_for_or_of_another_name_is_a_failure(tmp_path: Path) -> None:
    shown, trusted = make_certificate(tmp_path)
    unknown, other = over_tls(shown, None), over_tls(shown, trusted, "other.example")
    assert (unknown.outcome, other.outcome) == ("tls", "tls")
    assert "not valid" in unknown.detail


def test_a_server_that_speaks_no_tls_is_a_failure() -> None:
    async def look() -> Check:
        async with serving() as place:
            return await checker(place.port, caps=SHORT).check(ProbeTarget(f"https://{NAME}:{place.port}/"))

    assert asyncio.run(look()).outcome in ("tls", "timeout")


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert seen("/jobs")[0].passed


def test_a_host_that_is_out_of_descriptors_says_nothing_about_a_service() -> None:
    async def look() -> Check:
        checks = checker(80)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            return await checks.check(ProbeTarget(f"http://{NAME}/"))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    check = asyncio.run(look())
    assert (check.outcome, check.is_verdict) == ("unable", False), check.detail


def test_an_encoding_that_is_none_does_not_keep_the_text_from_being_found() -> None:
    assert holds("일자리".encode(), "일자리", "text/html; charset=undefined")
    assert holds("일자리".encode(), "일자리", 'text/html; charset="base64"')
    assert not holds(b"", "일자리", "text/html; charset=x-none")
