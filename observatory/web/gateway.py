"""Answer requests of the web server (RSGI) with a WSGI application, on threads.

The server's event loop receives a body whole before a thread is taken, so that no thread ever waits for a peer; and it must
itself never wait for a disk: what does so is given to the line of its purpose.
"""

import io
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from werkzeug.test import run_wsgi_app

from observatory.errors import ObservatoryError, Overloaded
from observatory.web.arrivals import Arrivals, Arriving
from observatory.web.framing import check_framing
from observatory.web.waiting_lines import Line, WaitingLines

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment
    from granian.rsgi import HTTPProtocol, Scope

FORM_BYTES_MAX = 1 << 20
"""Of one body that is no telemetry: what people send by a form."""
FORMS_BYTES_MAX = 1 << 24
"""Of all of them under way."""
REQUEST_TIMEOUT = 408

_PLAIN_NAMES = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
HEADER_NAMES_KEPT, ADDRESSES_KEPT = 512, 1024

_ALWAYS: "WSGIEnvironment" = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


class Reply(NamedTuple):
    """What the server sends back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Gateway:
    """Calls a WSGI application on threads, each purpose on its own."""

    def __init__(
        self,
        application: "WSGIApplication",
        threads: int,
        refuse: Callable[["WSGIEnvironment", Exception], Reply],
        peer_of: Callable[["WSGIEnvironment"], str],
        form_bytes_max: int = FORM_BYTES_MAX,
    ) -> None:
        self._application = application
        self._refuse = refuse
        self._peer_of = peer_of
        self._form_bytes_max = form_bytes_max
        self._forms = Arrivals(FORMS_BYTES_MAX)
        self.lines = WaitingLines(threads)

    async def __rsgi__(self, scope: "Scope", protocol: "HTTPProtocol") -> None:
        """Answer one request."""
        environ, line = environ_of(scope), self.lines.of(scope.path)
        try:
            check_framing(environ)
            reply = await self._take(environ, protocol, line)
        except ObservatoryError as error:
            reply = await self.refuse(environ, error, line)
        self.send(environ, protocol, reply)

    async def _take(self, environ: "WSGIEnvironment", protocol: "HTTPProtocol", line: Line) -> Reply:
        body, peer = Arriving(environ, self._form_bytes_max), self._peer_of(environ)
        try:
            await self._forms.receive(body, protocol, peer)
            return await self.call(environ, body, line)
        finally:
            self._forms.release(body, peer)

    async def call(self, environ: "WSGIEnvironment", body: Arriving, line: Line) -> Reply:
        """Return what the application answers to a request whose body is there. Raises BadTelemetry or Overloaded."""
        environ["wsgi.input"] = io.BytesIO(body.wire())
        return await line.run(partial(_call, self._application, environ))

    async def refuse(self, environ: "WSGIEnvironment", error: Exception, line: Line) -> Reply:
        """Return the answer to a request that is refused, on a thread unless there are too few."""
        if not isinstance(error, Overloaded):
            with suppress(Overloaded):
                return await line.run(partial(self._refuse, environ, error))
        return self._refuse(environ, error)

    @staticmethod
    def send(environ: "WSGIEnvironment", protocol: "HTTPProtocol", reply: Reply) -> None:
        """Send an answer, and close the connection behind one whose body is not all read or may have been read differently.

        ! Of a request with both, the web server believes Transfer-Encoding and hides Content-Length (RFC 9112, 6.3: close).
        """
        if "HTTP_TRANSFER_ENCODING" in environ or reply.status == REQUEST_TIMEOUT:
            reply.headers.append(("Connection", "close"))
        protocol.response_bytes(*reply)


def environ_of(scope: "Scope") -> "WSGIEnvironment":
    """Return the environment of a request, its input left out."""
    server, port = _split(scope.server)
    environ: WSGIEnvironment = {
        **_ALWAYS,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": _split(scope.client)[0],
        "wsgi.url_scheme": scope.scheme,
    }
    for name, value in scope.headers.items():
        if "_" in name:
            continue  # It would pass for the header with hyphens, which a proxy before us may have settled.
        key = _variable_of(name)
        earlier = environ.get(key)
        environ[key] = value if earlier is None else earlier + (";" if name == "cookie" else ",") + value
    return environ


@lru_cache(HEADER_NAMES_KEPT)
def _variable_of(name: str) -> str:
    """Return what the environment calls a header."""
    return _PLAIN_NAMES.get(name) or "HTTP_" + name.upper().replace("-", "_")


@lru_cache(ADDRESSES_KEPT)
def _split(address: str) -> tuple[str, str]:
    """Return host and port, an address of IPv6 without its brackets."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), port


def _call(application: "WSGIApplication", environ: "WSGIEnvironment") -> Reply:
    pieces, status, headers = run_wsgi_app(application, environ, buffered=True)
    return Reply(int(status.split(" ", 1)[0]), headers.to_wsgi_list(), b"".join(pieces))
