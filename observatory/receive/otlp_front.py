"""WSGI requests for the OTLP doors in, answers out, past the web framework; every other request goes on to it.

What the framework does around a view (routing, sessions, contexts, hooks) took 40 % of a body of one record. So a body
that is taken never meets it, while an error is answered by it, as if the view had raised it: what is refused and how
stands in one place.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask

from observatory.access.senders import sender_of, senders_of
from observatory.receive import otlp
from observatory.telemetry_flow import Sender
from observatory.web.security_headers import HEADERS, STRICT_TRANSPORT_SECURITY

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Export = Callable[["WSGIEnvironment", Sender, otlp.Intake], otlp.Answer]

EXPORTS: Mapping[str, Export] = {name: partial(otlp.export, signal) for name, signal in otlp.SIGNALS.items()}
"""By signal."""
SIGNAL_OF_PATH = {f"{prefix}/v1/{signal}": signal for signal in EXPORTS for prefix in ("", "/otlp")}

_HEADERS = list(HEADERS.items())
_HEADERS_OVER_TLS = [*_HEADERS, ("Strict-Transport-Security", STRICT_TRANSPORT_SECURITY)]


class OtlpFront:
    """What stands in front of an application's own `wsgi_app`."""

    def __init__(self, app: Flask, note_duration: Callable[[str, str, int, float], None]) -> None:
        self._app = app
        self._framework = app.wsgi_app
        self._note_duration = note_duration
        self._senders = senders_of(app)
        self._intake = otlp.intake_of(app)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        signal = SIGNAL_OF_PATH.get(environ["PATH_INFO"])
        if signal is None or environ["REQUEST_METHOD"] != "POST":
            return self._framework(environ, start_response)
        begun_s, status = time.perf_counter(), 200
        try:
            answer = self._take(signal, environ)
        except Exception as error:  # noqa: BLE001  # answered by the map of all errors
            with self._app.request_context(environ):
                refusal = self._app.process_response(self._app.make_response(self._app.handle_user_exception(error)))
                status = refusal.status_code
                return refusal(environ, start_response)
        finally:
            self._note_duration(otlp.bp.name, "POST", status, time.perf_counter() - begun_s)
        standing = _HEADERS_OVER_TLS if environ["wsgi.url_scheme"] == "https" else _HEADERS
        start_response("200 OK", [("Content-Type", answer.media_type), ("Content-Length", str(len(answer.body))), *standing])
        return [answer.body]

    def _take(self, signal: str, environ: "WSGIEnvironment") -> otlp.Answer:
        answer = EXPORTS[signal](environ, sender_of(environ, self._senders), self._intake)
        self._intake.counts.note_request(signal, answer.media_type, 200)
        return answer
