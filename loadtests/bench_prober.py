"""Measure what it costs to check 10,000 menus every 60 s from one process, and how late checks begin.

`python -m loadtests.bench_prober [MENUS] [SECONDS] [http]`; over TLS unless told otherwise. Targets are a process of their own, which
answers over loopback. Names are looked up in a name server of that process, as real ones are. What is stored is counted, and not
written: that is the intake's to measure.
"""

import asyncio
import contextlib
import ipaddress
import resource
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import cast

import dns.message
import dns.rrset
import uvloop
from dns.asyncresolver import Resolver as Servers

from observatory.model.catalogue import ProbeTarget
from observatory.prober.canaries import Canaries
from observatory.prober.checking import Checker
from observatory.prober.connection import tls_context
from observatory.prober.dns import SystemResolver
from observatory.prober.finished import Finished
from observatory.prober.guard import Guard
from observatory.prober.prober import Prober
from observatory.prober.schedule import Due, ProbedMenu

INTERVAL_S = 60
DOMAIN = "portals.example"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 10000\r\nConnection: close\r\n\r\n" + b"x" * 10_000


class Page(asyncio.Protocol):
    """Answers whatever it is asked."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer a request."""
        if data.endswith(b"\r\n\r\n"):
            self._transport.write(ANSWER)
            self._transport.close()


class NameServer(asyncio.DatagramProtocol):
    """Says that every name is on loopback."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        """Answer a question."""
        asked = dns.message.from_wire(data)
        answer = dns.message.make_response(asked)
        if (question := asked.question[0]).rdtype == dns.rdatatype.A:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", "A", "127.0.0.1"))
        self._transport.sendto(answer.to_wire(), addr)


def make_certificate(folder: str) -> None:
    """Write a certificate for every name that is asked, and its key."""
    kind = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1")
    names = ("-subj", f"/CN={DOMAIN}", "-addext", f"subjectAltName=DNS:*.{DOMAIN}")
    files = ("-keyout", f"{folder}/key.pem", "-out", f"{folder}/certificate.pem")
    subprocess.run(["openssl", "req", *kind, *names, *files], check=True, capture_output=True)


async def serve_targets(folder: str) -> None:
    """Serve pages, over TLS if there is a folder with a certificate, and names until this process is ended."""
    loop = asyncio.get_running_loop()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if folder else None
    if tls is not None:
        tls.load_cert_chain(f"{folder}/certificate.pem", f"{folder}/key.pem")
    server = await loop.create_server(Page, "127.0.0.1", 0, backlog=1024, ssl=tls)
    transport, _ = await loop.create_datagram_endpoint(NameServer, ("127.0.0.1", 0))
    print(server.sockets[0].getsockname()[1], transport.get_extra_info("sockname")[1], flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def targets(folder: str) -> Iterator[tuple[int, int]]:
    """Run the targets; give the ports of pages and names."""
    with subprocess.Popen(
        [sys.executable, "-m", "loadtests.bench_prober", "targets", folder], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        page, names = process.stdout.readline().split()
        yield int(page), int(names)
        process.terminate()


class Lateness(Prober):
    """A prober that notes how late each check began."""

    late_s: list[float]

    async def _check(self, due: Due) -> None:
        self.late_s.append(time.monotonic() - due.due_at)
        await super()._check(due)


def cpu_seconds() -> float:
    """Return what this process used so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def measure(menus: int, seconds: float, folder: str, page_port: int, name_port: int) -> None:
    """Check so many menus for so long and print what it took."""

    def servers() -> Servers:
        asked = Servers(configure=False)
        asked.nameservers, asked.port = ["127.0.0.1"], name_port
        return asked

    kept: list[Finished] = []

    def keep(finished: Sequence[Finished]) -> None:
        kept.extend(finished)

    guard = Guard(frozenset({page_port}), (ipaddress.ip_network("127.0.0.1/32"),))
    checker = Checker(guard, SystemResolver(servers=servers), tls=tls_context(f"{folder}/certificate.pem" if folder else None))
    scheme = "https" if folder else "http"
    prober = Lateness(checker, Canaries([], checker, time.monotonic), keep, time.monotonic)
    probed = {
        menu: ProbedMenu(
            f"service-{menu // 10}", menu // 10, f"menu-{menu}", menu, ProbeTarget(f"{scheme}://s{menu}.{DOMAIN}:{page_port}/", INTERVAL_S)
        )
        for menu in range(1, menus + 1)
    }
    prober.late_s = []
    prober.take_up(probed)
    begun, used = time.monotonic(), cpu_seconds()
    await prober.advance(seconds)
    wall_s, cpu_s = time.monotonic() - begun, cpu_seconds() - used
    late = sorted(prober.late_s)
    failed = sum(not one.passed for one in kept)
    print(f"{menus} menus every {INTERVAL_S} s for {wall_s:.0f} s: {len(late)} checks, {failed} failed")
    print(f"processor: {cpu_s / wall_s:.2f} cores, {1000 * cpu_s / len(late):.2f} ms a check")
    print(f"late: p50 {late[len(late) // 2] * 1000:.0f} ms, p99 {late[len(late) * 99 // 100] * 1000:.0f} ms, max {late[-1] * 1000:.0f} ms")
    print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def main(arguments: Sequence[str]) -> None:
    """Measure, or be the targets."""
    if arguments[:1] == ["targets"]:
        uvloop.run(serve_targets(arguments[1]))
        return
    menus, seconds, scheme = (*arguments, *("10000", "180", "https")[len(arguments) :])
    with tempfile.TemporaryDirectory() as made:
        folder = made if scheme == "https" else ""
        if folder:
            make_certificate(folder)
        with targets(folder) as (page_port, name_port):
            uvloop.run(measure(int(menus), float(seconds), folder, page_port, name_port))


if __name__ == "__main__":
    main(sys.argv[1:])
