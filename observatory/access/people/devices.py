"""Know a browser in which somebody signed in before: a long-lived cookie of random bits, of which only a keyed hash is kept."""

import re
import secrets

from flask import Response, after_this_request, request

from observatory.access.people.staff_sessions import needs_https

COOKIE_NAME = "observatory_device"
SECURE_COOKIE_NAME = "__Host-" + COOKIE_NAME
KEPT_SECONDS = 400 * 24 * 3600
"""As long as browsers keep a cookie at most (RFC 6265bis section 5.5)."""

_VALUE_BYTES = 32
_VALUE_PATTERN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def device_value() -> str | None:
    """Return the value this browser carries, None without a well-formed cookie."""
    given = request.cookies.get(_cookie_name(), "")
    return given if _VALUE_PATTERN.fullmatch(given) else None


def new_device_value() -> str:
    """Return a new random value."""
    return secrets.token_urlsafe(_VALUE_BYTES)


def remember_device(value: str) -> None:
    """Let this browser carry a value from now on."""

    @after_this_request
    def send(response: Response) -> Response:
        response.set_cookie(_cookie_name(), value, max_age=KEPT_SECONDS, path="/", secure=needs_https(), httponly=True, samesite="Lax")
        return response


def _cookie_name() -> str:
    return SECURE_COOKIE_NAME if needs_https() else COOKIE_NAME
