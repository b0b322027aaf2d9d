"""Send a witness what it is asked to sign: bounded in time and size, without redirects."""

import http.client
import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

from observatory.transparency.note import NOTE_BYTES_MAX

CONNECT_SECONDS_MAX = 5.0
ANSWER_SECONDS_MAX = 10.0
"""For all of it, however slowly a peer sends."""


def ask(url: str, content: bytes) -> tuple[int, str]:
    """Return status and text of what a witness answers. Raises OSError if it does not in time, or says what is no HTTP."""
    address = urlsplit(url)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=CONNECT_SECONDS_MAX)
    late = threading.Timer(ANSWER_SECONDS_MAX, _end, [connection])
    late.start()
    try:
        connection.request("POST", f"{address.path}/add-checkpoint", content, {"Content-Type": "text/plain"})
        answer = connection.getresponse()
        return answer.status, answer.read(NOTE_BYTES_MAX).decode(errors="replace")
    except http.client.HTTPException as error:
        raise OSError(f"no answer: {type(error).__name__}") from None
    finally:
        late.cancel()
        connection.close()


def _end(connection: http.client.HTTPConnection) -> None:
    """Let whoever waits for a peer wait no longer."""
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)
