"""A small WSGI application that tells how it was called, served by the web server's own WSGI interface or by our gateway.

Usage: python -m tests.web.gateway_process (wsgi|rsgi) PORT [ADDRESS]
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, cast

from granian import Granian
from granian.constants import HTTPModes, Interfaces

from observatory.errors import LengthRequired
from observatory.web.gateway import Gateway, Reply

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TOLD = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "SCRIPT_NAME", "REMOTE_ADDR", "CONTENT_TYPE", "CONTENT_LENGTH", "wsgi.url_scheme")
PIECE_BYTES = 10_000
THREADS, BODY_BYTES_MAX = 8, 4 << 20
closed: list[str] = []


class Pieces:
    """An answer in pieces that has to be closed."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"one "
        yield b"two"

    def close(self) -> None:
        """Remember it."""
        closed.append("closed")


def told(environ: "WSGIEnvironment") -> bytes:
    """Return as JSON how the application was called and what it read, piece by piece."""
    digest, size = hashlib.sha256(), 0
    while piece := environ["wsgi.input"].read(PIECE_BYTES):
        digest.update(piece)
        size += len(piece)
    headers = {name: value for name, value in environ.items() if name.startswith("HTTP_") and name != "HTTP_HOST"}
    return json.dumps([[environ.get(name) for name in TOLD], headers, size, digest.hexdigest()], sort_keys=True).encode()


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer as the path says."""
    path = environ["PATH_INFO"]
    if path == "/broken":
        raise ValueError(path)
    if path == "/pieces":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Pieces()
    if path == "/closed":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [" ".join(closed).encode()]
    if path == "/nothing":
        start_response("304 NOT MODIFIED", [("ETag", '"x"')])
        return []
    if path == "/unread":
        start_response("401 UNAUTHORIZED", [("Content-Type", "text/plain"), ("Content-Length", "2")])
        return [b"no"]
    body = told(environ)
    headers = [("Content-Type", "application/json"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Content-Length", str(len(body)))]
    start_response("201 CREATED", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def refuse(_: "WSGIEnvironment", error: Exception) -> Reply:
    """Answer what is refused before the application is called."""
    return Reply(411 if isinstance(error, LengthRequired) else 400, [("Content-Type", "text/plain")], str(error).encode())


def main(kind: str, port: str, address: str = "127.0.0.1") -> None:
    """Serve until told to stop."""

    def target() -> Callable[..., Any]:
        served: Any = (
            application
            if kind == "wsgi"
            else Gateway(application, THREADS, refuse, lambda environ: str(environ["REMOTE_ADDR"]), BODY_BYTES_MAX)
        )
        return cast("Callable[..., Any]", served)

    interface = Interfaces.WSGI if kind == "wsgi" else Interfaces.RSGI
    server = Granian("unused", address=address, port=int(port), interface=interface, http=HTTPModes.http1, workers=1, websockets=False)
    server.serve(target_loader=target, wrap_loader=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
