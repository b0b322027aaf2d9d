"""Requests for the OTLP doors come in, answers go out, past the web framework; every other request goes on to it.

What the framework does around a view took 40 % of a body of one record, and a thread for every request, each in need of the
interpreter at the same moments, most of the rest. So bodies are received on the server's event loop, and small ones opened and
stored together on one thread (`Together`); what is large or waits for another store is done on threads of its own. An error is
answered by the framework, as if the view had raised it: what is refused and how stands in one place.
"""

import asyncio
import io
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Flask
from granian.rsgi import ProtocolClosed

from observatory.access.senders import remembered_sender, sender_of, senders_of
from observatory.errors import Overloaded, TooLarge
from observatory.receive import otlp
from observatory.receive.body import LARGE_AT_ONCE_MAX, LARGE_BYTES, LARGE_WAIT_SECONDS_MAX, Incoming, too_many_large
from observatory.receive.committer import TRY_LATER
from observatory.receive.lines_door import delivery_of
from observatory.receive.otlp_together import Together
from observatory.telemetry_flow import Sender
from observatory.web.gateway import Gateway, Reply, environ_of
from observatory.web.security_headers import HEADERS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from granian.rsgi import HTTPProtocol, Scope

SIGNAL_OF_PATH = {f"{prefix}/v1/{name}": signal for name, signal in otlp.SIGNALS.items() for prefix in ("", "/otlp")}

SMALL_WIRE_BYTES, SMALL_BYTES = 1 << 14, 1 << 17
"""Up to which size, as sent and inflated, a body is small: some hundred records, a third of a millisecond."""

WHOLE_BYTES = 1 << 18
"""Bodies that declare no more are received at once, larger ones piece by piece so that they are counted as they come."""

TOGETHER_BODY_BYTES_MAX = 1 << 20
"""Larger bodies are decoded by themselves."""

_HEADERS = list(HEADERS.items())
"""Without those of TLS, which the server leaves to the proxy before it."""


class OtlpFront:
    """What stands in front of an application that `framework` serves."""

    def __init__(self, app: Flask, framework: Gateway, note_duration: Callable[[str, str, int, float], None]) -> None:
        self._app = app
        self._framework = framework
        self._note_duration = note_duration
        self._senders = senders_of(app)
        self._intake = otlp.intake_of(app)
        many = {name: signal.decode_many for name, signal in otlp.SIGNALS.items() if signal.decode_many is not None}
        self._together = {name: Together(otlp.SIGNALS[name], decode, self._intake) for name, decode in many.items()}
        self._body_bytes_max = self._intake.parts.settings.body_bytes_max
        self._held_bytes_max = self._intake.parts.settings.queue_bytes_max
        self._large = asyncio.Semaphore(LARGE_AT_ONCE_MAX)
        self._held_bytes = 0
        """Of all requests under way, as sent."""

    async def __rsgi__(self, scope: "Scope", protocol: "HTTPProtocol") -> None:
        """Answer one request."""
        signal = SIGNAL_OF_PATH.get(scope.path) if scope.method == "POST" else None
        if signal is None:
            await self._framework.__rsgi__(scope, protocol)
            return
        begun_s, environ = time.perf_counter(), environ_of(scope)
        try:
            answer = await self._take(signal, environ, protocol)
        except Exception as error:  # noqa: BLE001  # answered by the map of all errors
            reply = await self._framework.run(partial(self._refuse, environ, error))
        else:
            self._intake.counts.note_request(signal.name, answer.media_type, 200)
            reply = Reply(200, [("Content-Type", answer.media_type), *_HEADERS], answer.body)
        protocol.response_bytes(*reply)
        self._note_duration(otlp.bp.name, "POST", reply.status, time.perf_counter() - begun_s)

    def _refuse(self, environ: "WSGIEnvironment", error: Exception) -> Reply:
        environ["wsgi.input"] = io.BytesIO()
        with self._app.request_context(environ):
            refusal = self._app.process_response(self._app.make_response(self._app.handle_user_exception(error)))
            return Reply(refusal.status_code, refusal.get_wsgi_headers(environ).to_wsgi_list(), refusal.get_data())

    async def _take(self, signal: otlp.Signal[Any], environ: "WSGIEnvironment", protocol: "HTTPProtocol") -> otlp.Answer:
        asking = remembered_sender(environ, self._senders)
        if asking is None:
            asking = await self._framework.run(partial(sender_of, environ, self._senders))
        encoding, incoming = otlp.encoding_of(environ), Incoming(environ, self._body_bytes_max)
        try:
            await self._receive(incoming, protocol)
            open_body = partial(self._opened, signal, environ, asking, encoding, incoming)
            if incoming.likely_bytes <= LARGE_BYTES:
                return await self._store(signal, asking, incoming, open_body)
            async with self._among_large():
                return await self._store(signal, asking, incoming, open_body)
        finally:
            self._held_bytes -= incoming.count

    @asynccontextmanager
    async def _among_large(self) -> AsyncIterator[None]:
        """Wait for one of the places of large bodies: each is held whole, some times over, until it is stored. Raises Overloaded."""
        try:
            await asyncio.wait_for(self._large.acquire(), LARGE_WAIT_SECONDS_MAX)
        except TimeoutError:
            raise too_many_large() from None
        try:
            yield
        finally:
            self._large.release()

    async def _receive(self, incoming: Incoming, protocol: "HTTPProtocol") -> None:
        """Receive a body unless together with all others it is too much. Raises Overloaded and what `Incoming` does."""
        try:
            if incoming.declared is not None and incoming.declared <= WHOLE_BYTES:
                self._add(incoming, await protocol())
                return
            async for piece in protocol:
                self._add(incoming, piece)
        except ProtocolClosed:
            raise incoming.broken_off() from None

    def _add(self, incoming: Incoming, piece: bytes) -> None:
        self._held_bytes += len(piece)
        incoming.add(piece)
        if self._held_bytes > self._held_bytes_max and incoming.count < self._held_bytes:
            raise Overloaded("cannot take body: too much comes at once", TRY_LATER)

    async def _store(
        self, signal: otlp.Signal[Any], asking: Sender, incoming: Incoming, open_body: Callable[[int], otlp.Opened]
    ) -> otlp.Answer:
        """Open and store a body, together with others unless it is large; what was accepted is durable then."""
        together = None if asking.backfill else self._together.get(signal.name)
        opened: otlp.Answer | otlp.Opened | None = None
        if together is not None and incoming.count <= SMALL_WIRE_BYTES and incoming.likely_bytes <= SMALL_BYTES:
            with suppress(TooLarge):  # It is larger than it says.
                opened = await together.take_in(partial(open_body, min(SMALL_BYTES, self._body_bytes_max)), incoming.likely_bytes)
        if opened is None:
            opened = body = await self._framework.run(partial(open_body, self._body_bytes_max))
            if together is not None and body.content_type == otlp.PROTOBUF and len(body.content) <= TOGETHER_BODY_BYTES_MAX:
                opened = await together.take_in(lambda: body, len(body.content))
        if isinstance(opened, otlp.Answer):
            return opened
        return await self._framework.run(partial(otlp.store, signal, opened, self._intake))

    def _opened(
        self, signal: otlp.Signal[Any], environ: "WSGIEnvironment", asking: Sender, encoding: str, incoming: Incoming, bytes_max: int
    ) -> otlp.Opened:
        body = incoming.content(bytes_max)
        return otlp.opened(signal, encoding, body, delivery_of(environ, asking, signal.name, body, self._intake.parts))
