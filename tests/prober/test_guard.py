"""What a prober may ask: tables of what must be refused, each with a name it is known by, and of what must not."""

import ipaddress

import pytest

from observatory.prober.guard import Guard, Refused

DENIED_ADDRESSES = [
    address
    for line in """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16 169.254.169.254 172.16.0.1 172.31.255.255
192.0.0.8 192.0.0.192 192.0.2.1 192.31.196.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250
240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 ::808:808 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:127.0.0.1 ::ffff:0:8.8.8.8 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe
64:ff9b:1::1 64:ff9b:1::808:808 100::1 100:0:0:1::1 2001::1 2001:0:7f00:1::80ff:fefe 2001:2::1 2001:10::1 2001:20::1 2001:db8::1
2002:7f00:1:: 2002:a9fe:a9fe::1 2002:808:808::1 2620:4f:8000::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0
2404:6800::1%eth0 fec0::1 ff02::1 2404:6800::5efe:7f00:1 2404:6800::200:5efe:a00:1 4000::1 nonsense 1.2.3
""".splitlines()
    for address in line.split()
]
PUBLIC_ADDRESSES = {
    "1.1.1.1": "1.1.1.1",
    "211.249.220.24": "211.249.220.24",
    "168.126.63.1": "168.126.63.1",
    "2404:6800:4004::1": "2404:6800:4004::1",
    "2a00:1450::1": "2a00:1450::1",
    "::ffff:8.8.8.8": "8.8.8.8",
    "64:ff9b::808:808": "64:ff9b::808:808",
}
"""Address -> what is connected to."""

DENIED_URLS = {
    "a loopback as one number": "http://2130706433/",
    "a loopback in hex": "http://0x7f000001/",
    "a loopback partly in hex": "http://0x7f.0.0.1/",
    "a loopback in octal": "http://017700000001/",
    "a loopback partly in octal": "http://0177.0.0.1/",
    "leading zeros": "http://127.000.000.001/",
    "a short loopback": "http://127.1/",
    "zero": "http://0/",
    "a number over 255": "http://1.1.1.256/",
    "a user": "http://user@good.example/",
    "a user like a host": "http://good.example@127.0.0.1/",
    "a user and password": "http://good.example:pw@x/",
    "a backslash": "http://good.example\\@127.0.0.1/",
    "an escaped slash": "http://good.example%2f@127.0.0.1/",
    "an escaped zero": "http://127.0.0.1%00.good.example/",
    "an escaped address": "http://%31%32%37.0.0.1/",
    "ssh": "http://good.example:22/",
    "port zero": "http://good.example:0/",
    "a port over 65535": "http://good.example:99999/",
    "redis": "http://good.example:6379/",
    "two ports": "http://good.example:80:80/",
    "ftp": "ftp://good.example/",
    "a file": "file:///etc/passwd",
    "gopher": "gopher://good.example:70/_x",
    "dict": "dict://good.example:11211/",
    "script": "javascript:alert(1)",
    "no scheme": "//good.example/",
    "no host": "http:///x",
    "nothing": "http://",
    "a header": "http://good.example/\r\nX: y",
    "a blank": "http://good.example/ x",
    "a tab": "http://good.example/\t",
    "a very long one": "http://good.example/" + "a" * 3000,
    "a blank in the host": "http://exa mple/",
    "a bare hyphen": "http://-/",
    "two dots": "http://a..b/",
    "half an IPv6 address": "http://[::1",
    "a future address": "http://[v1.x]/",
    "an address of one link": "http://[fe80::1%25eth0]/",
    "broken punycode": "http://xn--/",
}


@pytest.mark.parametrize("text", DENIED_ADDRESSES)
def test_an_address_that_is_not_public_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        Guard().addresses([text])


def test_some_of_them_python_itself_takes_for_public() -> None:
    parsed = [ipaddress.ip_address(text) for text in DENIED_ADDRESSES if "%" not in text and text not in ("nonsense", "1.2.3")]
    assert [str(address) for address in parsed if address.is_global]


@pytest.mark.parametrize("text", PUBLIC_ADDRESSES)
def test_a_public_address_may_be_asked(text: str) -> None:
    assert [str(address) for address in Guard().addresses([text])] == [PUBLIC_ADDRESSES[text]]


def test_one_refused_address_of_a_name_refuses_them_all() -> None:
    with pytest.raises(Refused, match=r"10\.0\.0\.1"):
        Guard().addresses(["1.1.1.1", "10.0.0.1"])


def test_an_exception_is_for_its_own_network_alone() -> None:
    guard = Guard(networks=(ipaddress.ip_network("10.1.0.0/16"),))
    inside = ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203"]
    assert [str(address) for address in guard.addresses(inside)] == ["10.1.2.3", "10.1.2.3", "64:ff9b::a01:203"]
    for outside in ("10.2.0.1", "127.0.0.1", "2002:a01:203::1"):
        with pytest.raises(Refused):
            guard.addresses([outside])


@pytest.mark.parametrize("name", DENIED_URLS)
def test_a_url_that_may_be_read_in_two_ways_or_names_no_web_page_is_refused(name: str) -> None:
    with pytest.raises(Refused):
        Guard().target(DENIED_URLS[name])


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1./", "127.0.0.1"),
        ("http://①②⑦.⓪.⓪.①/", "127.0.0.1"),
        ("http://１２７.0.0.1/", "127.0.0.1"),  # noqa: RUF001 - digits of full width are what is tested
        ("http://127。0。0。1/", "127.0.0.1"),
        ("http://[::ffff:7f00:1]:80/", "::ffff:127.0.0.1"),
    ],
)
def test_a_loopback_in_disguise_is_read_as_what_it_is_and_refused(url: str, host: str) -> None:
    target = Guard().target(url)
    assert (target.is_address, ipaddress.ip_address(target.host)) == (True, ipaddress.ip_address(host))
    with pytest.raises(Refused):
        Guard().addresses([target.host])


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://good.example/", ("https", "good.example", 443, "/", "good.example")),
        ("HTTPS://Good.Example./#f", ("https", "good.example", 443, "/", "good.example")),
        ("http://한국.example/길?q=가", ("http", "xn--3e0b707e.example", 80, "/%EA%B8%B8?q=%EA%B0%80", "xn--3e0b707e.example")),
        ("http://[2404:6800::1]:8080/x", ("http", "2404:6800::1", 8080, "/x", "[2404:6800::1]:8080")),
        ("https://good.example:8443?a=1", ("https", "good.example", 8443, "/?a=1", "good.example:8443")),
    ],
)
def test_a_url_is_read_as_a_browser_reads_it(url: str, parts: tuple[str, str, int, str, str]) -> None:
    target = Guard().target(url)
    assert (target.scheme, target.host, target.port, target.path, target.authority) == parts


@pytest.mark.parametrize(
    ("asked", "location", "leads_to"),
    [
        ("http://a.example/x", "/y", "http://a.example/y"),
        ("http://a.example/x", "https://a.example/x", "https://a.example/x"),
        ("https://a.example/x", "//b.example/", "https://b.example/"),
        ("https://a.example/x", "http://a.example/x", None),
        ("http://a.example/", "http://a.example:22/", None),
        ("http://a.example/", "gopher://127.0.0.1:6379/", None),
        ("http://a.example/", "http://user@b.example/", None),
        ("http://a.example/", "http://[::1", None),
        ("http://a.example/", "/찾기", "http://a.example/찾기"),
    ],
)
def test_a_redirect_is_judged_like_any_url_and_never_leaves_https(asked: str, location: str, leads_to: str | None) -> None:
    if leads_to is not None:
        assert Guard().redirect(asked, location) == leads_to
        return
    with pytest.raises(Refused):
        Guard().redirect(asked, location)
