"""Let a browser carry to the provider of single sign-on and back what its return is held against: sealed, for ten minutes, in a cookie."""

import hashlib
from datetime import datetime, timedelta

import msgspec
from flask import Response, after_this_request, request

from observatory.access.people.provider import Errand
from observatory.access.people.staff_sessions import browser_value, needs_https
from observatory.model.staff import CLOCK_BACK_MAX
from observatory.store.sealing import PREFIX, CannotUnseal, seal, unseal
from observatory.web.context import parts

COOKIE_NAME = "observatory_errand"
SECURE_COOKIE_NAME = "__Host-" + COOKIE_NAME
GOOD_FOR = timedelta(minutes=10)


class Carried(msgspec.Struct, frozen=True):
    """An errand, where it began, and what for."""

    state: str
    nonce: str
    verifier: str
    language: str
    onward: str
    """Where signing in leads."""
    code: str
    """The enrolment code of who adds this way to sign in; empty: of who signs in by it."""
    made_at: datetime

    @property
    def errand(self) -> Errand:
        """What the provider's answer is held against."""
        return Errand(self.state, self.nonce, self.verifier)


def send_along(carried: Carried) -> None:
    """Let this browser carry it. Only this browser can bring it back: it is sealed for the value of its session cookie."""
    text = seal(msgspec.json.encode(carried).decode(), _owner(), parts().keys)

    @after_this_request
    def send(response: Response) -> Response:
        kept_s = int(GOOD_FOR.total_seconds())
        response.set_cookie(_cookie_name(), text, max_age=kept_s, path="/", secure=needs_https(), httponly=True, samesite="Lax")
        return response


def take_back(now: datetime) -> Carried | None:
    """Return what this browser carries, None if it is not ours, too old, or came back before; it carries it no longer."""

    @after_this_request
    def forget(response: Response) -> Response:
        response.delete_cookie(_cookie_name(), path="/", secure=needs_https(), httponly=True, samesite="Lax")
        return response

    stored = request.cookies.get(_cookie_name(), "")
    try:
        carried = msgspec.json.decode(unseal(stored, _owner(), parts().keys), type=Carried) if stored.startswith(PREFIX) else None
    except (CannotUnseal, msgspec.DecodeError):
        return None
    if carried is None or not -CLOCK_BACK_MAX <= now - carried.made_at < GOOD_FOR:
        return None
    with parts().register.change() as books:
        return carried if books.challenges.use(hashlib.sha256(carried.state.encode()).digest(), now) else None


def _owner() -> str:
    return f"errand {browser_value()}"


def _cookie_name() -> str:
    return SECURE_COOKIE_NAME if needs_https() else COOKIE_NAME
