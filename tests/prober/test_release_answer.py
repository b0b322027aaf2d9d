"""What a service says it runs is believed only as a version and a digest; whatever else it says costs little and comes to nothing."""

import asyncio
import ipaddress
import json
from collections.abc import Awaitable, Callable

import pytest

from observatory.model.release import ReleaseObserved
from observatory.prober.checking import Checker
from observatory.prober.guard import Guard
from observatory.prober.outcome import Caps
from observatory.prober.release_answer import CAPS, ask_release
from tests.prober.targets import NAME, Names, answer, serving

pytestmark = pytest.mark.network
DIGEST = "sha256:" + "ab" * 32
LOOPBACK = (ipaddress.ip_network("127.0.0.1/32"),)
SHORT = Caps(header_bytes_max=CAPS.header_bytes_max, body_bytes_max=CAPS.body_bytes_max, pieces_max=CAPS.pieces_max, total_s=0.5)


def saying(body: bytes, status: str = "200 OK") -> Callable[[str, asyncio.StreamWriter], Awaitable[None]]:
    async def say(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n" % (status.encode(), len(body)) + body)

    return say


def asked(say: Callable[[str, asyncio.StreamWriter], Awaitable[None]], path: str = "/", host: str = NAME) -> ReleaseObserved | str:
    async def ask() -> ReleaseObserved | str:
        async with serving(say=say) as place:
            guard = Guard(ports=frozenset({place.port}), networks=LOOPBACK)
            names = Names({NAME: ["127.0.0.1"], "private.example": ["10.1.2.3"]})
            return await ask_release(Checker(guard, names, caps=SHORT), "job-portal", f"http://{host}:{place.port}{path}")

    return asyncio.run(ask())


def test_a_version_and_a_digest_are_what_a_service_runs() -> None:
    body = json.dumps({"version": "2.4.1", "digest": DIGEST, "built_by": "us"}).encode()

    assert asked(saying(body)) == ReleaseObserved("job-portal", "production", DIGEST, "2.4.1")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"<html>",
        b"\xff\xfe",
        b'{"version":"2.4.1"}',
        b'{"version":1,"digest":"sha256:00"}',
        b'{"version":"2.4.1","digest":"sha256:AB"}',
        json.dumps({"version": "2.4.1\n", "digest": DIGEST}).encode(),
        json.dumps({"version": "v" * 101, "digest": DIGEST}).encode(),
        json.dumps({"version": "", "digest": DIGEST}).encode(),
        json.dumps({"version": "2", "digest": DIGEST + "\n"}).encode(),
        b"[" * 4000,
        b'{"version":"2.4.1","digest":"\\ud800"}',
    ],
)
def test_what_is_none_tells_nothing(body: bytes) -> None:
    assert isinstance(asked(saying(body)), str)


@pytest.mark.parametrize(
    "path",
    [
        "/endless-body",
        "/endless-chunks",
        "/single-bytes",
        "/endless-headers",
        "/endless-hints",
        "/cut",
        "/garbage",
        "/nothing",
        "/silent",
        "/tar-pit",
        "/status/404",
        "/status/500",
        "/to/%2Fjobs",
    ],
)
def test_whatever_a_service_does_it_ends_and_tells_nothing(path: str) -> None:
    assert isinstance(asked(answer, path), str)


def test_more_than_a_few_thousand_bytes_are_not_read() -> None:
    body = json.dumps({"version": "2.4.1", "digest": DIGEST, "padding": "x" * CAPS.body_bytes_max}).encode()

    assert asked(saying(body)) == f"over {CAPS.body_bytes_max} bytes"


def test_whom_checks_may_not_ask_is_not_asked_for_its_release_either() -> None:
    assert "10.1.2.3" in str(asked(saying(b"{}"), host="private.example"))
