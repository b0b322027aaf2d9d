"""A journey is asked step after step: it fails at the first that does, keeps its cookies to itself, and has a time of its own."""

import asyncio
import re

import pytest

from observatory.model.catalogue import ProbeStep, ProbeTarget
from observatory.prober.outcome import Caps, Check
from tests.prober.targets import NAME, OK, Place, answer, serving
from tests.prober.test_checking import SHORT, checker

pytestmark = pytest.mark.network
COOKIE = re.compile(rb"\r\nCookie: ([^\r]*)", re.IGNORECASE)


async def sign_in(path: str, writer: asyncio.StreamWriter) -> None:
    """Answer as targets do; /in also gives cookies, one of them for another site and one that could not be sent back."""
    if path.startswith("/in"):
        cookies = b"".join(
            b"Set-Cookie: %b\r\n" % cookie
            for cookie in (b"seat=12; Path=/", b"deep=1; Path=/in/", b"alien=1; Domain=other.example", b"b\xe4d=1", b"secret=1; Secure")
        )
        location = b"Location: /jobs\r\n" if path == "/in/redirect" else b""
        status = b"302 Found" if location else b"200 OK"
        writer.write(b"HTTP/1.1 %b\r\n%b%bContent-Length: 0\r\n\r\n" % (status, location, cookies))
    else:
        await answer(path, writer)


def travelled(*steps: tuple[str, str, int], caps: Caps | None = None) -> tuple[Check, Place]:
    """Return what a journey saw, and the server."""

    async def look() -> tuple[Check, Place]:
        async with serving(say=sign_in) as place:
            journey = tuple(ProbeStep(f"http://{NAME}:{place.port}{path}", text, status) for path, text, status in steps)
            return await checker(place.port, caps=caps).check(ProbeTarget(steps=journey)), place

    return asyncio.run(look())


def paths(place: Place) -> list[bytes]:
    return [request.split()[1] for request in place.requests]


def test_steps_are_asked_in_order_and_pass_together() -> None:
    check, place = travelled(("/in", "", 0), ("/to//jobs", "", 0), ("/status/404", "", 404))
    assert (check.outcome, check.step, check.status) == ("passed", 3, 404)
    assert paths(place) == [b"/in", b"/to//jobs", b"/jobs", b"/status/404"]
    assert len({re.search(rb"traceparent: 00-([0-9a-f]{32})", request)[1] for request in place.requests}) == 1


@pytest.mark.parametrize(
    ("failing", "outcome"), [(("/status/500", "", 0), "status"), (("/jobs", "nowhere", 0), "text"), (("/jobs", "", 302), "status")]
)
def test_a_journey_fails_at_the_first_step_that_does_and_says_which(failing: tuple[str, str, int], outcome: str) -> None:
    check, place = travelled(("/jobs", "", 200), failing, ("/jobs", "", 0))
    assert (check.outcome, check.step, len(place.requests)) == (outcome, 2, 2)
    assert check.detail.startswith("step 2 of 3: ")


def test_what_must_not_be_asked_is_not_asked_in_any_step() -> None:
    async def look() -> tuple[Check, Place]:
        async with serving() as place:
            steps = ProbeStep(f"http://{NAME}:{place.port}/jobs"), ProbeStep(f"http://private.example:{place.port}/jobs")
            return await checker(place.port).check(ProbeTarget(steps=steps)), place

    check, place = asyncio.run(look())
    assert (check.outcome, check.step, check.is_verdict, len(place.requests)) == ("refused", 2, False, 1)


@pytest.mark.parametrize("first", ["/in", "/in/redirect"])
def test_cookies_go_where_they_belong_and_end_with_the_journey(first: str) -> None:
    for _ in range(2):
        _, place = travelled((first, "", 0), ("/jobs", "", 0))
        assert COOKIE.search(place.requests[0]) is None
        sent = COOKIE.search(place.requests[-1])
        assert sent is not None
        assert sent[1] == b"seat=12"


def test_a_single_address_keeps_no_cookie_over_its_redirects() -> None:
    _, place = travelled(("/in/redirect", "", 0))
    assert [COOKIE.search(request) for request in place.requests] == [None, None]


def test_a_flood_of_cookies_is_no_more_than_a_head_holds() -> None:
    async def flood(path: str, writer: asyncio.StreamWriter) -> None:
        cookies = b"".join(b"Set-Cookie: c%b%d=1\r\n" % (path[1:].encode(), number) for number in range(1000))
        writer.write(OK.replace(b"\r\n", b"\r\n" + cookies, 1))

    async def look() -> tuple[Check, Place]:
        async with serving(say=flood) as place:
            steps = tuple(ProbeStep(f"http://{NAME}:{place.port}/{letter}") for letter in "abc")
            return await checker(place.port).check(ProbeTarget(steps=steps)), place

    check, place = asyncio.run(look())
    assert check.passed, check.detail
    assert max(map(len, place.requests)) < SHORT.header_bytes_max


def test_all_steps_together_have_a_limit() -> None:
    check, place = travelled(("/jobs", "", 0), ("/silent", "", 0), ("/jobs", "", 0), caps=Caps(journey_s=2.0))
    assert (check.outcome, "not done within 2 s" in check.detail) == ("timeout", True)
    assert b"/silent" in paths(place)[-1:]


def test_the_phases_of_a_journey_are_those_of_the_last_step_that_was_asked() -> None:
    async def look() -> Check:
        async with serving() as place:
            steps = ProbeStep(f"http://{NAME}:{place.port}/jobs"), ProbeStep(f"http://nowhere.example:{place.port}/jobs")
            return await checker(place.port).check(ProbeTarget(steps=steps))

    check = asyncio.run(look())
    assert (check.outcome, set(check.phases_ms or {}), check.status) == ("unknown_name", {"resolve"}, 0)
