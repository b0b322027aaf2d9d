"""Refuse requests whose headers another server on their way may have read differently.

! Some of it the web server settles by itself and hides: a Content-Length beside Transfer-Encoding is dropped (the connection
is closed after such a request, see `Gateway.send`), lines may end with a bare LF. Nothing here depends on either.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from observatory.errors import BadInput, phrase

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


HOST = re.compile(r"(?:[a-z0-9._~-]+|\[[0-9a-f:.]+\])?(?::[0-9]{0,5})?", re.ASCII | re.IGNORECASE)
"""A name or an address, perhaps a port; or nothing (RFC 9110, 7.2). Of two headers the web server makes `a,b`."""
HOST_LENGTH_MAX = 260
HOSTS_KEPT = 64
HOW_TO_NAME_A_HOST = phrase("send one Host header")


def check_framing(environ: "WSGIEnvironment") -> None:
    """Refuse a request without exactly one Host, or whose body is coded in another way than in chunks. Raises BadInput."""
    host = environ.get("HTTP_HOST")
    if host is None:
        if environ["SERVER_PROTOCOL"] == "HTTP/1.1":
            raise BadInput(phrase("cannot serve a request without Host"), HOW_TO_NAME_A_HOST)
    elif not _is_host(host):
        raise BadInput(phrase("cannot serve a request for more than one Host, or what is none"), HOW_TO_NAME_A_HOST)
    coding = environ.get("HTTP_TRANSFER_ENCODING")
    if coding is not None and coding.strip().lower() != "chunked":
        raise BadInput(phrase("cannot read a body in transfer encoding %(coding)r"), phrase("send Content-Length"), coding=coding[:80])


@lru_cache(HOSTS_KEPT)
def _is_host(host: str) -> bool:
    return len(host) <= HOST_LENGTH_MAX and HOST.fullmatch(host) is not None
