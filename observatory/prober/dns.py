"""Find the addresses of a name as this host does: its hosts file first, then the name servers it is told to ask."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

import dns.exception
import dns.resolver
from dns.asyncresolver import Resolver as Servers

from observatory.model.check import CheckOutcome

HOSTS_FILE = Path("/etc/hosts")
REREAD_SECONDS = 60.0
"""How long files of this host are believed."""


class NoAddress(Exception):
    """A name means no address; the message says what the name servers answered."""

    def __init__(self, outcome: CheckOutcome, detail: str) -> None:
        self.outcome: CheckOutcome = outcome
        super().__init__(detail)


class Resolver(Protocol):
    """Finds addresses."""

    async def addresses(self, name: str) -> Sequence[str]:
        """Return every address of a name, IPv4 first. Raises NoAddress. Nothing is remembered: each check asks anew."""


class SystemResolver:
    """Asks as the files of this host say. One event loop.

    ! Not by `getaddrinfo`: that holds a thread for as long as a dead name server likes, and names of others would wait for it.
    """

    def __init__(self, hosts_file: Path = HOSTS_FILE, servers: Callable[[], Servers] = Servers) -> None:
        self._hosts_file, self._servers_of_host = hosts_file, servers
        self._hosts: dict[str, list[str]] = {}
        self._servers: Servers | None = None
        self._read_at: float | None = None

    async def addresses(self, name: str) -> Sequence[str]:
        """Return every address of a name; those of the hosts file alone if it is there."""
        if self._read_at is None or time.monotonic() - self._read_at > REREAD_SECONDS:
            self._read()
        if known := self._hosts.get(name.lower()):
            return known
        if self._servers is None:
            raise NoAddress("unable", "this host knows no name server")
        asked = await asyncio.gather(*(self._ask(self._servers, name, kind) for kind in ("A", "AAAA")), return_exceptions=True)
        found = [address for answer in asked if not isinstance(answer, BaseException) for address in answer]
        if not found:
            raise next((error for error in asked if isinstance(error, BaseException)), NoAddress("no_address", "the name has no address"))
        return found

    async def _ask(self, servers: Servers, name: str, kind: str) -> list[str]:
        try:
            answer = await servers.resolve(name, kind, raise_on_no_answer=False)
        except dns.exception.DNSException as error:
            raise _told(error) from None
        return [str(record) for record in answer]

    def _read(self) -> None:
        self._read_at = time.monotonic()
        self._hosts = _read_hosts(self._hosts_file)
        try:
            self._servers = self._servers_of_host()
        except dns.resolver.NoResolverConfiguration:
            self._servers = None
            return
        self._servers.use_search_by_default = True


def _read_hosts(path: Path) -> dict[str, list[str]]:
    try:
        lines: Iterable[str] = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    hosts: dict[str, list[str]] = {}
    for line in lines:
        address, *names = line.partition("#")[0].split() or [""]
        for name in names:
            hosts.setdefault(name.lower(), []).append(address)
    return hosts


def _told(error: dns.exception.DNSException) -> NoAddress:
    """Return what name servers answered, in a word of the field."""
    if isinstance(error, dns.resolver.NXDOMAIN):
        return NoAddress("unknown_name", "the name does not exist")
    if isinstance(error, dns.exception.Timeout):
        return NoAddress("no_name_server", "no name server answered")
    if isinstance(error, dns.resolver.NoNameservers):
        return NoAddress("no_name_server", "the name servers fail (NoNameservers)")
    return NoAddress("unknown_name", f"no name server can be asked for it ({type(error).__name__})")
