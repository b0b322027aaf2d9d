"""Tell which network an address belongs to: limits count networks, since one customer has many addresses to choose from."""

import ipaddress

UNKNOWN_NETWORK = "unknown"
"""Of everybody whose address cannot be read."""


def network_of(address: str, ipv4_prefix: int, ipv6_prefix: int) -> str:
    """Return the network of a client, such as `198.51.100.0/24`."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return UNKNOWN_NETWORK
    prefix = ipv4_prefix if isinstance(parsed, ipaddress.IPv4Address) else ipv6_prefix
    return str(ipaddress.ip_network((parsed, prefix), strict=False))
