"""Answer requests for the intake doors: OTLP past the web framework, everything else through it.

Who sends is known before a body is received, and all of it has come before a thread works on it.

What the framework does around a view took 40 % of a body of one record, and a thread for every request, each in need of the
interpreter at the same moments, most of the rest. So bodies are received on the server's event loop, and small ones opened and
stored together on one thread (`OtlpBatches`); what is large or waits for another store is done on threads of its own. An error is
answered by the framework, as if the view had raised it: what is refused and how stands in one place.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Flask

from observatory.access.programs.senders import require_signal
from observatory.errors import TooLarge
from observatory.model.delivery import Sender
from observatory.receive import access_log, otlp, probe
from observatory.receive.body import Incoming, held
from observatory.receive.intake import Intake, Opened
from observatory.receive.large_bodies import LARGE_BYTES
from observatory.receive.otlp_batches import OtlpBatches
from observatory.receive.signals import PROTOBUF, SIGNALS, Answer, Signal, encoding_of
from observatory.web.arrivals import Arrivals
from observatory.web.context import parts_of
from observatory.web.framing import check_framing
from observatory.web.gateway import Gateway, Reply, environ_of
from observatory.web.own_traces import OwnTraces
from observatory.web.security_headers import HEADERS, STRICT_TRANSPORT_SECURITY
from observatory.web.waiting_lines import INTAKE

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from granian.rsgi import HTTPProtocol, Scope

SIGNAL_OF_PATH = {f"{prefix}/v1/{name}": signal for name, signal in SIGNALS.items() for prefix in ("", "/otlp")}
BLUEPRINT_OF_PATH = dict.fromkeys(SIGNAL_OF_PATH, otlp.bp.name) | {"/v1/access-log": access_log.bp.name, "/v1/probes": probe.bp.name}

SMALL_WIRE_BYTES, SMALL_BYTES = 1 << 14, 1 << 17
"""Up to which size, as sent and inflated, a body is small: some hundred records, a third of a millisecond."""

TOGETHER_BODY_BYTES_MAX = 1 << 20
"""Larger bodies are decoded by themselves."""

_HEADERS = list(HEADERS.items())
_HEADERS_OVER_TLS = [*_HEADERS, ("Strict-Transport-Security", STRICT_TRANSPORT_SECURITY)]


class OtlpFront:
    """What stands in front of an application that `framework` serves."""

    def __init__(self, app: Flask, framework: Gateway, note_duration: Callable[[str, str, int, float], None]) -> None:
        self._framework = framework
        self._note_duration = note_duration
        self._traces = parts_of(app).get(OwnTraces)
        self._intake = parts_of(app).get(Intake)
        self._line = framework.lines.of(INTAKE.prefixes[0])
        many = {name: signal.decode_many for name, signal in SIGNALS.items() if signal.decode_many is not None}
        self._batches = {name: OtlpBatches(SIGNALS[name], decode, self._intake) for name, decode in many.items()}
        self._body_bytes_max = self._intake.parts.settings.body_bytes_max
        self._arrivals = Arrivals(self._intake.parts.settings.queue_bytes_max)

    async def __rsgi__(self, scope: "Scope", protocol: "HTTPProtocol") -> None:
        """Answer one request."""
        path = scope.path
        if scope.method != "POST" or path not in BLUEPRINT_OF_PATH:
            await self._framework.__rsgi__(scope, protocol)
            return
        begun_s, environ, signal = time.perf_counter(), environ_of(scope), SIGNAL_OF_PATH.get(path)
        by_framework = signal is None
        span = None if by_framework else self._traces.begin("POST", path, environ)
        try:
            check_framing(environ)
            reply = await self._take(signal, environ, protocol)
        except Exception as error:  # noqa: BLE001  # answered by the map of all errors
            reply, by_framework = await self._framework.refuse(environ, error, self._line), False
        self._framework.send(environ, protocol, reply)
        self._traces.end(span, reply.status)
        if not by_framework:
            self._note_duration(BLUEPRINT_OF_PATH[path], "POST", reply.status, time.perf_counter() - begun_s)

    async def _take(self, signal: Signal[Any] | None, environ: "WSGIEnvironment", protocol: "HTTPProtocol") -> Reply:
        asking = self._intake.remembered(environ)
        if asking is None:
            asking = await self._line.run(partial(self._intake.recognise, environ))
        require_signal(asking, environ["PATH_INFO"])
        encoding = encoding_of(environ) if signal is not None else ""
        incoming = Incoming(environ, self._body_bytes_max)
        try:
            await self._arrivals.receive(incoming, protocol, asking.name)
            if signal is None:
                return await self._framework.call(environ, incoming, self._line)
            open_body = partial(self._opened, signal, environ, asking, encoding, incoming)
            if incoming.likely_bytes <= LARGE_BYTES:
                answer = await self._store(signal, asking, incoming, open_body)
            else:
                async with held.lend_to_loop():
                    answer = await self._store(signal, asking, incoming, open_body)
        finally:
            self._arrivals.release(incoming, asking.name)
        self._intake.counts.note_request(signal.name, answer.media_type, 200)
        return Reply(200, [("Content-Type", answer.media_type), *self._headers_for(environ)], answer.body)

    def _headers_for(self, environ: "WSGIEnvironment") -> list[tuple[str, str]]:
        over_tls = "HTTP_X_FORWARDED_PROTO" in environ and self._intake.senders.proxies.client_of(environ).scheme == "https"
        return _HEADERS_OVER_TLS if over_tls else _HEADERS

    async def _store(self, signal: Signal[Any], asking: Sender, incoming: Incoming, open_body: Callable[[int], Opened]) -> Answer:
        """Open and store a body, together with others unless it is large; what was accepted is durable then."""
        batches = None if asking.backfill else self._batches.get(signal.name)
        opened: Answer | Opened | None = None
        if batches is not None and incoming.count <= SMALL_WIRE_BYTES and incoming.likely_bytes <= SMALL_BYTES:
            with suppress(TooLarge):  # It is larger than it says.
                opened = await batches.take_in(partial(open_body, min(SMALL_BYTES, self._body_bytes_max)), incoming.likely_bytes)
        if opened is None:
            opened = body = await self._line.run(partial(open_body, self._body_bytes_max))
            if batches is not None and body.content_type == PROTOBUF and len(body.content) <= TOGETHER_BODY_BYTES_MAX:
                opened = await batches.take_in(lambda: body, len(body.content))
        if isinstance(opened, Answer):
            return opened
        return await self._line.run(partial(self._intake.take, signal, opened))

    def _opened(
        self, signal: Signal[Any], environ: "WSGIEnvironment", asking: Sender, encoding: str, incoming: Incoming, bytes_max: int
    ) -> Opened:
        return self._intake.open(signal, environ, asking, encoding, incoming.content(bytes_max))
