"""Serve a witness over HTTP: a few requests at once, each short and in time; TLS is the business of a proxy before it."""

import signal
import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import structlog

from observatory.errors import BadSettings
from observatory.transparency.witnessing import REQUEST_BYTES_MAX
from observatory.witness.cosigning import WitnessAnswer, WitnessDesk

LENGTH_DIGITS_MAX = 9
"""Of a length, zeros before it too."""
REQUESTS_AT_ONCE = 32
"""More are turned away at once."""
REQUEST_SECONDS_MAX = 10.0
"""From the connection to the answer; then it is closed, whatever the peer does."""

log = structlog.get_logger(__name__)


class WitnessServer(ThreadingHTTPServer):
    """Listens, and lends each request a thread while there are some."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], desk: WitnessDesk) -> None:
        self.desk = desk
        self._free = threading.BoundedSemaphore(REQUESTS_AT_ONCE)
        try:
            super().__init__(address, _Exchange)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise BadSettings(f"cannot listen on {address[0]}:{address[1]}: {reason}", "choose another --port") from None

    def process_request(self, request, client_address) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - as in socketserver
        """Take a connection, or close it when too many are open."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request, client_address) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - as above
        """Answer on a thread, for as long as a request may take."""
        late = threading.Timer(REQUEST_SECONDS_MAX, self.shutdown_request, [request])
        late.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            late.cancel()
            self._free.release()

    def handle_error(self, request, client_address) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001, ARG002 - as above
        """Tell what went wrong, unless it is a peer that went away."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            log.exception("request failed")  # noqa: LOG004 - it is called by the handler of one

    def serve(self, say_ready: Callable[[], None]) -> None:
        """Answer until SIGTERM or SIGINT, both of which are heard before it is said to be ready."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=self.shutdown).start())
        say_ready()
        self.serve_forever(poll_interval=0.1)
        self.server_close()


class _Exchange(BaseHTTPRequestHandler):
    """One request and its answer."""

    server: WitnessServer
    server_version = "observatory-witness"
    sys_version = ""
    timeout = REQUEST_SECONDS_MAX
    protocol_version = "HTTP/1.0"
    error_content_type: ClassVar[str] = "text/plain"  # type: ignore[misc]  # no page of HTML for programs
    error_message_format = "%(message)s\n"

    def do_POST(self) -> None:
        """Take a checkpoint."""
        length = self.headers.get("Content-Length", "")
        if self.path != "/add-checkpoint":
            self._send(WitnessAnswer(HTTPStatus.NOT_FOUND, b"ask at /add-checkpoint\n"))
        elif not length.isascii() or not length.isdigit() or len(length) > LENGTH_DIGITS_MAX or int(length) > REQUEST_BYTES_MAX:
            self._send(WitnessAnswer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"send at most {REQUEST_BYTES_MAX} bytes\n".encode()))
        else:
            self._send(self.server.desk.add_checkpoint(self.rfile.read(int(length))))

    def do_GET(self) -> None:
        """Show a checkpoint."""
        self._send(self.server.desk.read(self.path))

    def log_message(self, *_: object) -> None:
        """Write nothing: the desk does."""

    def _send(self, answer: WitnessAnswer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
