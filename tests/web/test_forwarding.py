"""Who asks is told from the peer and from trusted proxies alone; nobody can make up a client."""

import ipaddress

import pytest

from observatory.errors import BadSettings
from observatory.settings import networks_of, read_settings
from observatory.web.forwarding import UNKNOWN, Client, Proxies

CLIENT, OTHER = "198.51.100.7", "203.0.113.9"


def asked(peer: str, *, proxies: str = "", scheme: str = "http", **headers: str) -> Client:
    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": scheme, **{f"HTTP_{name.upper()}": value for name, value in headers.items()}}
    return Proxies(networks_of(proxies)).client_of(environ)


def test_without_a_proxy_the_peer_is_the_client() -> None:
    assert asked(CLIENT) == Client(CLIENT, "http", is_direct=False, is_this_host=False)


def test_a_peer_that_is_no_proxy_is_not_believed() -> None:
    found = asked(CLIENT, x_forwarded_for=OTHER, x_forwarded_proto="https")
    assert (found.address, found.scheme) == (CLIENT, "http")


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        (CLIENT, CLIENT),
        (f"{OTHER}, {CLIENT}", CLIENT),
        (f"{CLIENT}, 10.1.2.3", CLIENT),
        (f"{CLIENT}:4711", CLIENT),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        (f"::ffff:{CLIENT}", CLIENT),
        ("unknown", UNKNOWN),
        (f"{CLIENT}, nonsense", UNKNOWN),
        ("10.1.2.3", "10.1.2.3"),
        ("", "127.0.0.1"),
        ("1.1.1.1," * 1000 + CLIENT, CLIENT),
    ],
)
def test_the_right_most_address_that_is_no_proxy_is_the_client(chain: str, client: str) -> None:
    assert asked("127.0.0.1", proxies="127.0.0.1, 10.0.0.0/8", x_forwarded_for=chain).address == client


def test_the_scheme_is_what_the_nearest_proxy_says() -> None:
    assert asked("127.0.0.1", x_forwarded_for=CLIENT, x_forwarded_proto="https").scheme == "https"
    assert asked("127.0.0.1", x_forwarded_for=CLIENT, x_forwarded_proto="https, http").scheme == "http"
    assert asked("127.0.0.1", x_forwarded_for=CLIENT, x_forwarded_proto="gopher").scheme == "http"


@pytest.mark.parametrize("header", ["x_forwarded_for", "x_forwarded_proto", "x_real_ip", "forwarded", "via"])
def test_whoever_is_spoken_for_is_not_this_host(header: str) -> None:
    found = asked("127.0.0.1", **{header: "x"})
    assert not found.is_direct
    assert not found.is_this_host


def test_a_program_on_this_host_is_this_host_until_a_proxy_is_named() -> None:
    assert asked("127.0.0.1").is_this_host
    named = asked("127.0.0.1", proxies="127.0.0.1")
    assert named.is_direct
    assert not named.is_this_host


def test_the_setting_takes_addresses_and_networks_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBSERVATORY_PROXIES", "127.0.0.1, 10.1.0.0/16,2001:db8::/32")
    assert read_settings().proxy_networks == tuple(map(ipaddress.ip_network, ("127.0.0.1/32", "10.1.0.0/16", "2001:db8::/32")))
    monkeypatch.setenv("OBSERVATORY_PROXIES", "proxy.example")
    with pytest.raises(BadSettings, match="OBSERVATORY_PROXIES"):
        read_settings()
