"""Open a connection to an address that was judged, and nothing else: the name only stands in SNI and in the Host header."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime

from observatory.prober.guard import Address


def tls_context(ca_file: str | None = None) -> ssl.SSLContext:
    """Return what all checks share: to make one takes 17 ms. Trusts whom this host trusts, or the file's authorities.

    No tickets: what is resumed shows no certificate, and one that changed would not be seen.
    """
    context = ssl.create_default_context(cafile=ca_file)
    context.options |= ssl.OP_NO_TICKET
    context.set_alpn_protocols(["http/1.1"])
    return context


async def connect(addresses: Sequence[Address], port: int, seconds: float) -> tuple[socket.socket, Address]:
    """Return a connection to the first address that takes one, each with its share of the time. Raises OSError or TimeoutError."""
    for address in addresses[:-1]:
        try:
            async with asyncio.timeout(seconds / len(addresses)):
                return await _connect(address, port), address
        except OSError:  # TimeoutError is one
            continue
    return await _connect(addresses[-1], port), addresses[-1]


async def _connect(address: Address, port: int) -> socket.socket:
    connection = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6)
    try:
        connection.settimeout(0)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(connection, (str(address), port))
    except BaseException:
        connection.close()
        raise
    return connection


def certificate_end(writer: asyncio.StreamWriter) -> datetime | None:
    """Return when the certificate of a connection ends, None without one."""
    certificate = writer.get_extra_info("peercert")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC) if certificate else None
