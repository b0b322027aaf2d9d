"""Names are looked up as this host does, and a name server that is dead or half broken costs no more than its time."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from dns.asyncresolver import Resolver as Servers

from observatory.prober.dns import NoAddress, SystemResolver

pytestmark = pytest.mark.network
ZONE: Mapping[tuple[str, str], Sequence[str] | None] = {
    ("both.example.", "A"): ["192.0.2.1", "192.0.2.2"],
    ("both.example.", "AAAA"): ["2001:db8::1"],
    ("four.example.", "A"): ["192.0.2.4"],
    ("four.example.", "AAAA"): [],
    ("half.example.", "A"): ["192.0.2.5"],
    ("half.example.", "AAAA"): None,
    ("broken.example.", "A"): None,
    ("broken.example.", "AAAA"): None,
    ("empty.example.", "A"): [],
    ("empty.example.", "AAAA"): [],
}
"""Answers; None: the server fails."""


class NameServer(asyncio.DatagramProtocol):
    """Answers from ZONE; any other name does not exist, and to one of `silent` it says nothing."""

    def __init__(self) -> None:
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        question = dns.message.from_wire(data)
        asked = question.question[0]
        name, kind = asked.name.to_text(), dns.rdatatype.to_text(asked.rdtype)
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        if name == "silent.example.":
            return
        if (name, kind) not in ZONE:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif (found := ZONE[name, kind]) is None:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif found:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *found))
        assert self.transport is not None
        self.transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def name_server() -> AsyncIterator[int]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(NameServer, ("127.0.0.1", 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()
        await asyncio.sleep(0)


def look_up(name: str, hosts_file: Path = Path("/nowhere")) -> list[str]:
    async def look() -> list[str]:
        async with name_server() as port:

            def servers() -> Servers:
                asked = Servers(configure=False)
                asked.nameservers, asked.port, asked.lifetime, asked.timeout = ["127.0.0.1"], port, 0.5, 0.5
                return asked

            return list(await SystemResolver(hosts_file, servers).addresses(name))

    return asyncio.run(look())


@pytest.mark.parametrize(
    ("name", "addresses"),
    [
        ("both.example", ["192.0.2.1", "192.0.2.2", "2001:db8::1"]),
        ("four.example", ["192.0.2.4"]),
        ("half.example", ["192.0.2.5"]),
    ],
)
def test_all_addresses_of_both_kinds_are_found(name: str, addresses: list[str]) -> None:
    assert sorted(look_up(name)) == addresses


@pytest.mark.parametrize(
    ("name", "outcome", "reason"),
    [
        ("nobody.example", "unknown_name", "does not exist"),
        ("empty.example", "no_address", "has no address"),
        ("broken.example", "no_name_server", "NoNameservers"),
        ("silent.example", "no_name_server", "no name server answered"),
    ],
)
def test_a_name_without_address_says_why(name: str, outcome: str, reason: str) -> None:
    with pytest.raises(NoAddress, match=reason) as raised:
        look_up(name)
    assert raised.value.outcome == outcome


def test_the_hosts_file_comes_first(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text(
        "# ours\n10.1.2.3 Portal.intra portal  # a service of the intranet\n\n10.1.2.4 portal\n", encoding="utf-8"
    )
    assert look_up("portal.intra", tmp_path / "hosts") == ["10.1.2.3"]
    assert look_up("portal", tmp_path / "hosts") == ["10.1.2.3", "10.1.2.4"]
    assert look_up("four.example", tmp_path / "hosts") == ["192.0.2.4"]
