"""Answer a request that is refused before a view saw it, by the application's own map of errors."""

import io
from typing import TYPE_CHECKING

from flask import Flask

from observatory.web.forwarding import Proxies, see_through
from observatory.web.gateway import Reply

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def refusal(app: Flask, proxies: Proxies, environ: "WSGIEnvironment", error: Exception) -> Reply:
    """Return what is answered, as if the view had raised the error. Asks no store."""
    environ["wsgi.input"] = io.BytesIO()
    see_through(environ, proxies)
    with app.request_context(environ):
        response = app.process_response(app.make_response(app.handle_user_exception(error)))
        return Reply(response.status_code, response.get_wsgi_headers(environ).to_wsgi_list(), response.get_data())
