"""Ask once over an open connection, HTTP/1.1, and read the answer within its bounds."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import h11

from observatory.prober.outcome import Caps, CheckFailed

READ_BYTES = 1 << 16
DETAIL_LENGTH_MAX = 120
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Head(NamedTuple):
    """The beginning of an answer."""

    status: int
    location: str | None
    """Where a redirect leads."""
    content_type: str
    set_cookies: tuple[str, ...] = ()


class Body(NamedTuple):
    """The rest of it."""

    content: bytes
    capped: bool
    """Whether there was more than is waited for."""


class Exchange:
    """One request and its answer. Raises CheckFailed for what is no HTTP, or breaks off."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, caps: Caps) -> None:
        self._reader, self._writer, self._caps = reader, writer, caps
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=caps.header_bytes_max)
        self._received_bytes = 0
        """Of the head, then of the body, as they came: chunks of a byte each cost as much as those of many."""
        self._answered = False

    async def ask(self, path: str, headers: Sequence[tuple[str, str]]) -> Head:
        """Send a GET request and return the head of the answer."""
        request = self._http.send(h11.Request(method="GET", target=path, headers=list(headers)))
        self._writer.write((request or b"") + (self._http.send(h11.EndOfMessage()) or b""))
        while not isinstance(event := await self._next_event(), h11.Response):
            if not isinstance(event, h11.InformationalResponse):
                raise CheckFailed("http", "the connection ended, or turned into another one, before an answer")
            if self._received_bytes > self._caps.header_bytes_max:
                raise CheckFailed("http", f"over {self._caps.header_bytes_max} bytes before an answer")
        self._received_bytes, self._answered = 0, True
        named = {bytes(name): _text(bytes(value)) for name, value in event.headers if name in (b"location", b"content-type")}
        location = named.get(b"location") if event.status_code in REDIRECTS else None
        cookies = tuple(bytes(value).decode("latin-1") for name, value in event.headers if name == b"set-cookie")
        return Head(event.status_code, location, named.get(b"content-type", ""), cookies)

    async def read_body(self) -> Body:
        """Return the body, or as much of it as is waited for."""
        pieces: list[bytes] = []
        while isinstance(event := await self._next_event(), h11.Data):
            pieces.append(bytes(event.data))
            if self._received_bytes >= self._caps.body_bytes_max or len(pieces) >= self._caps.pieces_max:
                return Body(b"".join(pieces), capped=True)
        return Body(b"".join(pieces), capped=False)

    async def _next_event(self) -> "h11.Event | type[h11.NEED_DATA | h11.PAUSED]":
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                data = await self._reader.read(READ_BYTES)
                self._received_bytes += len(data)
                self._http.receive_data(data)
        except h11.RemoteProtocolError as error:
            raise CheckFailed("cut" if self._answered else "http", str(error)[:DETAIL_LENGTH_MAX]) from None
        except OSError as error:
            raise CheckFailed("cut", f"the connection broke ({type(error).__name__})") from None
        return event


def _text(value: bytes) -> str:
    """Return a header's value: by RFC 9110 Latin-1, though servers that redirect to Korean addresses write UTF-8, as browsers know."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
