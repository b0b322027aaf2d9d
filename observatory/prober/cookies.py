"""Keep the cookies of one journey, from its first step to its last, and send each only where it belongs.

What belongs where is decided by the standard library (RFC 2965 and what browsers made of it); nothing outlives the journey.
"""

import urllib.request
from email.message import Message
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from typing import cast

COOKIES_MAX = 50
"""Of more, those that come later are not taken."""


class _Answer:
    """As much of an answer as a cookie jar asks for."""

    def __init__(self, set_cookies: tuple[str, ...]) -> None:
        self._headers = Message()
        for cookie in set_cookies:
            if cookie.isascii() and cookie.isprintable():  # What else came could not be sent back.
                self._headers["Set-Cookie"] = cookie

    def info(self) -> Message:
        """Return its headers."""
        return self._headers


class Cookies:
    """The cookies of one journey. Made for each anew."""

    def __init__(self) -> None:
        self._jar = CookieJar()

    def take(self, url: str, set_cookies: tuple[str, ...]) -> None:
        """Keep what the answer of an address sets."""
        if set_cookies and len(self._jar) < COOKIES_MAX:
            self._jar.extract_cookies(cast(HTTPResponse, _Answer(set_cookies)), urllib.request.Request(url))  # noqa: S310 - asks nothing

    def header(self, url: str) -> str | None:
        """Return what is sent to an address, None if that is nothing."""
        asking = urllib.request.Request(url)  # noqa: S310 - as above
        self._jar.add_cookie_header(asking)
        return asking.get_header("Cookie")
