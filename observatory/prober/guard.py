"""Judge what may be asked: a URL, as a browser reads it, and every address its name means. Pure.

Whoever writes a catalogue, answers for a name or redirects could else make this host ask its own neighbours (SSRF).
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import urljoin, urlsplit

import idna

from observatory.settings import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PORT_OF_SCHEME = {"http": 80, "https": 443}
PORTS_DEFAULT = frozenset({80, 443, 8080, 8443})
URL_LENGTH_MAX = 2048

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_TUNNELS = {
    "64:ff9b:1::/48": "local NAT64",
    "2002::/16": "6to4",
    "2001::/32": "Teredo",
    "::/96": "IPv4-compatible",
    "::ffff:0:0:0/96": "IPv4-translated",
}
"""What carries an IPv4 address inside, and what that is called: no public service is reached by one alone."""
_TUNNEL_NETWORKS = {ipaddress.IPv6Network(network): name for network, name in _TUNNELS.items()}
_DENIED = tuple(
    map(
        ipaddress.ip_network,
        # ! What `is_global` lets through, or says differently from one Python to the next; 168.63.129.16 is Azure's own metadata host.
        (
            *("0.0.0.0/8", "100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
            *("192.175.48.0/24", "198.18.0.0/15", "224.0.0.0/3", "2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20"),
        ),
    )
)
_VISIBLE = re.compile(r"[!-~\u00a1-\uffff]+")
_ENDS_AS_A_NUMBER = re.compile(r"(^|\.)(\d+|0x[\da-f]*)$", re.ASCII)


class Refused(Exception):
    """The operator's rules forbid a target; the message says why. Never a verdict about the service."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in parts, ready to be asked."""

    scheme: str
    host: str
    """ASCII, without a dot at its end; an IPv6 address without brackets."""
    port: int
    path: str
    """Path and query, ASCII."""

    @property
    def authority(self) -> str:
        """What the Host header says."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == PORT_OF_SCHEME[self.scheme] else f"{name}:{self.port}"

    @property
    def is_address(self) -> bool:
        """Whether the host is no name."""
        return ":" in self.host or _ENDS_AS_A_NUMBER.search(self.host) is not None


@dataclass(frozen=True, slots=True)
class Guard:
    """The rules of one operator."""

    ports: frozenset[int] = PORTS_DEFAULT
    networks: tuple[Network, ...] = ()
    """Exceptions: addresses in these may be asked whatever they are."""

    def target(self, url: str) -> Target:
        """Return a URL in parts. Raises Refused for one that is no plain http or https address, or that others read differently."""
        if len(url) > URL_LENGTH_MAX or _VISIBLE.fullmatch(url) is None or "\\" in url:
            raise Refused(f"the URL is over {URL_LENGTH_MAX} characters, or holds a blank, a control character or a backslash")
        try:
            parts = urlsplit(url)
            port, host = parts.port, _ascii_host(parts.hostname or "")
        except ValueError as error:
            raise Refused(f"the URL cannot be read: {error}") from None
        if parts.scheme not in PORT_OF_SCHEME:
            raise Refused("the URL is neither http nor https")
        if not host or "%" in parts.netloc or ("[" in parts.netloc) != (":" in host):
            raise Refused("the URL names no host that can be asked")
        if "@" in parts.netloc:
            raise Refused("the URL names a user")
        if port is None:
            port = PORT_OF_SCHEME[parts.scheme]
        if port not in self.ports:
            raise Refused(f"port {port} is none of those that may be asked")
        if _ENDS_AS_A_NUMBER.search(host) and not _is_ipv4(host):
            raise Refused("the host is a number that programs read differently")
        return Target(parts.scheme, host, port, _ascii_path(parts.path or "/", parts.query))

    def addresses(self, found: Iterable[str]) -> tuple[Address, ...]:
        """Return the addresses a name means, each judged. Raises Refused if a single one must not be asked."""
        return tuple(self._judged(_address(text)) for text in found)

    def redirect(self, asked: str, location: str) -> str:
        """Return the URL a redirect leads to. Raises Refused for one from https to http, or to what must not be asked."""
        try:
            url = urljoin(asked, location.strip())
        except ValueError as error:
            raise Refused(f"the URL cannot be read: {error}") from None
        if asked.lower().startswith("https:") and not url.lower().startswith("https:"):
            raise Refused("it leads from https to http")
        self.target(url)
        return url

    def _judged(self, address: Address) -> Address:
        if any(address in network for network in self.networks):
            return address
        if isinstance(address, ipaddress.IPv6Address):
            if address.ipv4_mapped is not None:
                return self._judged(address.ipv4_mapped)
            if address in _NAT64:  # How hosts without IPv4 reach those without IPv6.
                self._judged(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
                return address
            _refuse_tunnel(address)
            if address not in _GLOBAL_UNICAST:
                _refuse(address, "not a public address")
        if not address.is_global or address.is_multicast or address.is_reserved or any(address in network for network in _DENIED):
            _refuse(address, "not a public address")
        return address


def _refuse_tunnel(address: ipaddress.IPv6Address) -> None:
    if address.scope_id or (int(address) >> 32) & 0xFDFF_FFFF == 0x5EFE:
        _refuse(address, "of one link, or with an IPv4 address inside (ISATAP)")
    for network, name in _TUNNEL_NETWORKS.items():
        if address in network:
            _refuse(address, f"with an IPv4 address inside ({name})")


def _refuse(address: Address, why: str) -> NoReturn:
    raise Refused(f"{address} is {why}; OBSERVATORY_PROBE_NETWORKS can permit it")


def _address(text: str) -> Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise Refused(f"{text[:64]!r} is no address") from None


def _is_ipv4(text: str) -> bool:
    """Return whether a text is four numbers as everybody reads them: up to 255, and none that begins with a zero."""
    try:
        return str(ipaddress.IPv4Address(text)) == text
    except ValueError:
        return False


def _ascii_host(host: str) -> str:
    """Return a host as DNS knows it, by UTS 46 as browsers do. Raises ValueError."""
    if ":" in host:
        return str(ipaddress.IPv6Address(host))
    return idna.encode(host, uts46=True, transitional=False).decode().rstrip(".") if host else ""


def _ascii_path(path: str, query: str) -> str:
    target = f"{path}?{query}" if query else path
    return re.sub(r"[^!-~]", lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), target)
