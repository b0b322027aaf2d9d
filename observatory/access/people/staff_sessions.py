"""Keep people signed in by a cookie; the session is kept by the server, so that ending it ends it.

A browser's cookie is 256 random bits; only their hash is kept. Somebody not signed in yet has a cookie as well, which
binds the sign-in form to the browser; signing in and re-authenticating replace it.
"""

import base64
import hashlib
import ipaddress
import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import Response, after_this_request, g, request

from observatory.access.people.proving import Proof
from observatory.errors import NotSignedIn, phrase
from observatory.model.staff import CLOCK_BACK_MAX, IDLE_MAX, OPEN_MAX, StaffMember, StaffSession
from observatory.store.people_books import SessionBook
from observatory.store.register import RegisterStore
from observatory.web.context import parts

TOUCH_EVERY = timedelta(minutes=1)
"""A session in use is noted this often, not at every request."""
COOKIE_NAME = "observatory_staff"
SECURE_COOKIE_NAME = "__Host-" + COOKIE_NAME
"""The prefix makes browsers refuse it without Secure, with a Domain or from a subdomain (RFC 6265bis section 4.1.3.2)."""
_VALUE_BYTES = 32
_VALUE_PATTERN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The member who makes this request, and the session that says so."""

    member: StaffMember
    session: StaffSession


def browser_value() -> str | None:
    """Return the random value this browser carries, None without a well-formed cookie."""
    given = g.get("browser_value") or request.cookies.get(_cookie_name())
    return given if isinstance(given, str) and _VALUE_PATTERN.fullmatch(given) else None


def recognise_browser() -> None:
    """Give a browser without a cookie one, so that its forms can be told from forged ones."""
    if browser_value() is None:
        _give_value()


def open_session(proof: Proof, now: datetime) -> None:
    """Sign somebody in: a new session under a new value; an older session of this browser ends."""
    with parts().register.change() as books:
        _end(books.sessions)
        books.sessions.forget(opened_before=now - OPEN_MAX, seen_before=now - IDLE_MAX)
        id_hash = _hash(_give_value())
        books.sessions.open(StaffSession(id_hash, proof.member.id, now, now, proof.failures_before, proof.last_failure_at))


def rotate_session(session: StaffSession, now: datetime) -> StaffSession:
    """Give the session of this browser a new value, after its owner proved again who they are; it lasts no longer for that. Return it."""
    with parts().register.change() as books:
        books.sessions.end(session.id_hash)
        rotated = replace(session, id_hash=_hash(_give_value()), last_seen_at=now)
        books.sessions.open(rotated)
    return rotated


def close_session() -> None:
    """Sign out: the session ends here, and the browser is told to forget its cookie."""
    with parts().register.change() as books:
        _end(books.sessions)

    @after_this_request
    def forget(response: Response) -> Response:
        response.delete_cookie(_cookie_name(), path="/", secure=needs_https(), httponly=True, samesite="Lax")
        return response


def signed_in() -> SignedIn:
    """Return who makes this request. Raises NotSignedIn, also for sessions past their limits and for disabled members."""
    register, now, value = parts().register, parts().now(), browser_value()
    session, member = _session_and_member(register, value) if value else (None, None)
    if session is None or not lasts(session, now):
        raise NotSignedIn(
            phrase("cannot show this page: nobody is signed in"),
            phrase("sign in at /ko/desk/sign-in; a session ends after 30 idle minutes"),
        )
    if member is None or member.disabled_at is not None:
        raise NotSignedIn(phrase("cannot show this page: this account has ended"), phrase("ask an administrator"))
    if now - session.last_seen_at >= TOUCH_EVERY:
        with register.change() as books:
            books.sessions.touch(session.id_hash, now)
    return SignedIn(member, session)


def _session_and_member(register: RegisterStore, value: str) -> tuple[StaffSession | None, StaffMember | None]:
    with register.look() as books:
        session = books.sessions.session(_hash(value))
        return session, books.staff.member(session.staff_id) if session is not None else None


def lasts(session: StaffSession, now: datetime) -> bool:
    """Tell whether a session is within its limits; one from the future would be for years."""
    opened, idle = now - session.opened_at, now - session.last_seen_at
    return -CLOCK_BACK_MAX <= opened < OPEN_MAX and -CLOCK_BACK_MAX <= idle < IDLE_MAX


def _end(book: SessionBook) -> None:
    value = browser_value()
    if value:
        book.end(_hash(value))


def _give_value() -> str:
    """Return a new random value for this browser, and send it as cookie with the response."""
    value = base64.urlsafe_b64encode(secrets.token_bytes(_VALUE_BYTES)).rstrip(b"=").decode()
    g.browser_value = value

    @after_this_request
    def send(response: Response) -> Response:
        if g.browser_value == value:
            response.set_cookie(_cookie_name(), value, path="/", secure=needs_https(), httponly=True, samesite="Lax")
        return response

    return value


def _hash(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()


def _cookie_name() -> str:
    return SECURE_COOKIE_NAME if needs_https() else COOKIE_NAME


def needs_https() -> bool:
    """Tell whether the cookie may only travel encrypted: always, but for plain http on this very machine."""
    return request.is_secure or parts().settings.public_url.startswith("https://") or not _is_loopback(request.host)


def _is_loopback(host: str) -> bool:
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost"
