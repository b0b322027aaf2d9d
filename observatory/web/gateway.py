"""Requests as the web server hands them over (RSGI) come in, answers of a WSGI application go out, made on threads.

The server's event loop itself must never wait for a disk: what does so is given to `Gateway.run`.
"""

import asyncio
import io
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from granian.rsgi import ProtocolClosed
from werkzeug.test import run_wsgi_app

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment
    from granian.rsgi import HTTPProtocol, Scope

T = TypeVar("T")

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
    """Calls a WSGI application, on at most so many threads at once."""

    def __init__(self, application: "WSGIApplication", threads: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, "request")

    async def __rsgi__(self, scope: "Scope", protocol: "HTTPProtocol") -> None:
        """Answer one request."""
        environ = environ_of(scope)
        environ["wsgi.input"] = io.BufferedReader(_Input(protocol, asyncio.get_running_loop()))
        protocol.response_bytes(*await self.run(partial(_call, self._application, environ)))

    async def run(self, work: Callable[[], T]) -> T:
        """Return the result of something that may take long."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


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


class _Input(io.RawIOBase):
    """A body that a thread reads piece by piece, each as it comes in on the event loop."""

    def __init__(self, protocol: "HTTPProtocol", loop: asyncio.AbstractEventLoop) -> None:
        self._pieces = aiter(protocol)
        self._loop = loop
        self._rest = memoryview(b"")
        self._ended = False

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill a buffer with what is there, at least a byte before the end."""
        if not self._rest and not self._ended:
            self._rest = memoryview(asyncio.run_coroutine_threadsafe(self._next(), self._loop).result())
        room = memoryview(buffer)
        size = min(len(room), len(self._rest))
        room[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

    async def _next(self) -> bytes:
        """Return the next piece, nothing at the end."""
        # ! Neither `async for` a second time nor `anext` with a default: the server refuses the one and dies of the other.
        try:
            while True:
                if piece := await anext(self._pieces):
                    return bytes(piece)
        except StopAsyncIteration:
            pass
        except ProtocolClosed as error:
            raise ConnectionError(str(error)) from None
        self._ended = True
        return b""
