"""Tell who really asks: the client's own address and scheme, behind the proxies that are trusted.

Only a trusted proxy is believed when it speaks for somebody else, and of a chain of addresses the right-most that is no
trusted proxy: everything left of it was written by whoever that is.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask

from observatory.settings import Network

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOOPBACK: tuple[Network, ...] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
FORWARDING_HEADERS = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
    "HTTP_VIA",
)
HOPS_MAX = 16
"""Addresses of a chain that are looked at, from its right end."""
UNKNOWN = ""
"""The address of a client whose proxy does not name one that can be read: all of them count as one."""

_CLIENT_KEY = "observatory.client"


@dataclass(frozen=True, slots=True)
class Client:
    """Who makes a request."""

    address: str
    scheme: str
    """`http` or `https`, as the client spoke to the outermost trusted proxy."""
    is_direct: bool
    """Whether the peer is on this host and names nobody it speaks for. Good for whoever has a key besides."""
    is_this_host: bool
    """Whether that is enough to be taken for a program of this host: no proxy is named that may have spoken for another."""


class Proxies:
    """The proxies that are believed. Any number of threads at once."""

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        named = tuple(networks)
        self._trusted = named or LOOPBACK
        self._named = bool(named)

    def client_of(self, environ: "WSGIEnvironment") -> Client:
        """Return who makes a request; asked again about the same environment, the same."""
        found = environ.get(_CLIENT_KEY)
        if not isinstance(found, Client):
            found = environ[_CLIENT_KEY] = self._look(environ)
        return found

    def _look(self, environ: "WSGIEnvironment") -> Client:
        peer, scheme = _address(environ.get("REMOTE_ADDR", "")), environ.get("wsgi.url_scheme", "http")
        direct = _is_within(peer, LOOPBACK) and not any(name in environ for name in FORWARDING_HEADERS)
        if _is_within(peer, self._trusted):
            said = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
            scheme = said if said in ("http", "https") else scheme
            peer = self._before(peer, environ.get("HTTP_X_FORWARDED_FOR", ""))
        # ! The web server drops a header with a byte that is not ASCII: that a proxy says nothing does not prove there is none.
        return Client(peer, scheme, direct, direct and not self._named)

    def _before(self, peer: str, chain: str) -> str:
        """Return the right-most address of a chain that is no trusted proxy; that of the proxy itself where it names none."""
        found = peer
        for hop in reversed(chain.rsplit(",", HOPS_MAX)[-HOPS_MAX:] if chain else ()):
            found = _address(hop)
            if not _is_within(found, self._trusted):
                break
        return found


def install_forwarding(app: Flask, proxies: Proxies) -> None:
    """Let everything in an application see the client instead of the proxy: its address, and whether it speaks TLS."""
    app.wsgi_app = _seen_through(app.wsgi_app, proxies)  # type: ignore[assignment, method-assign]


def see_through(environ: "WSGIEnvironment", proxies: Proxies) -> None:
    """Put the client in the place of the proxy."""
    client = proxies.client_of(environ)
    environ["REMOTE_ADDR"], environ["wsgi.url_scheme"] = client.address, client.scheme


def _seen_through(application: "WSGIApplication", proxies: Proxies) -> "WSGIApplication":
    def call(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        see_through(environ, proxies)
        return application(environ, start_response)

    return call


def _address(text: str) -> str:
    """Return an address as Python writes it, a port and brackets left out, IPv4 within IPv6 unwrapped; UNKNOWN if it is none."""
    text = text.strip()
    host = text[1:].partition("]")[0] if text.startswith("[") else text.partition(":")[0] if text.count(":") == 1 else text
    try:
        parsed = ipaddress.ip_address(host)
    except ValueError:
        return UNKNOWN
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)


def _is_within(address: str, networks: Iterable[Network]) -> bool:
    if address == UNKNOWN:
        return False
    parsed = ipaddress.ip_address(address)
    return any(parsed in network for network in networks)
