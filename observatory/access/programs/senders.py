"""Recognise who sends telemetry, by an ingest token or by the key of the data folder's own commands.

Decided from the headers alone, before a body is read. Secrets are kept as MACs only, compared in constant time.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from flask import g, request

from observatory.access.failed_attempts import ATTEMPTS_MAX, FailedAttempts
from observatory.access.programs.tokens import token_id_of, token_mac
from observatory.errors import NotAllowed, NotSignedIn, Overloaded
from observatory.model.delivery import SIGNALS, Sender
from observatory.model.staff import Token
from observatory.store.opening import FolderKeys
from observatory.store.register import RegisterStore
from observatory.web.context import part
from observatory.web.forwarding import Client, Proxies

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

RECHECK_SECONDS = 1.0
"""How long a token is believed before it is looked up again: a revocation works within this time."""
REMEMBERED_MAX = 4096
"""Verified tokens kept in memory."""
HOW_TO_SEND = 'send "Authorization: Bearer obs_..." with a token made by: observatory token create --service ID'

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Known:
    """A token that was verified, and when it was last seen to be in force."""

    sender: Sender
    checked_at: float


class Senders:
    """Recognises who sends. Any number of threads at once; one for each application.

    A flood of made-up tokens from an address makes those wait; a token of a known id is looked at whatever else came.
    """

    def __init__(
        self, register: RegisterStore, keys: FolderKeys, proxies: Proxies | None = None, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._register = register
        self._keys = keys
        self.proxies = proxies or Proxies()
        self._seconds = seconds
        self._failed = FailedAttempts()
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        """By a fingerprint of the credential, which takes a tenth of the time of its MAC."""
        self._fingerprint_key = secrets.token_bytes(32)
        self._lock = threading.Lock()

    def recognise(self, credential: str | None, client: Client) -> Sender:
        """Return the sender a credential stands for.

        Raises NotSignedIn without a credential, NotAllowed for a wrong or revoked one, Overloaded for a token of no known id
        after too many of those from one address: a genuine token is never asked to wait for what others do.
        """
        if not credential:
            raise NotSignedIn("cannot take telemetry: no token was sent", HOW_TO_SEND)
        if sender := self.remembered(credential):
            return sender
        if hmac.compare_digest(credential.encode(), self._keys.admin.encode()):
            return self._admin(client)
        return self._look_up(credential, client.address)

    def remembered(self, credential: str | None) -> Sender | None:
        """Return the sender of a token that was looked up a moment ago, None where that has to be done: asks no store."""
        known = self._known.get(self._fingerprint(credential or ""))
        return known.sender if known is not None and self._seconds() - known.checked_at < RECHECK_SECONDS else None

    def _fingerprint(self, credential: str) -> bytes:
        return hashlib.blake2b(credential.encode(), key=self._fingerprint_key).digest()

    def _admin(self, client: Client) -> Sender:
        if not client.is_direct:
            raise NotAllowed("cannot use the folder's own key from another machine", HOW_TO_SEND)
        return Sender(name="admin", service_ids=None, backfill=True)

    def _look_up(self, credential: str, address: str) -> Sender:
        fingerprint, at = self._fingerprint(credential), self._seconds()
        with self._register.look() as books:
            token = books.tokens.token(token_id_of(credential))
        mac = token_mac(credential, self._keys)
        genuine = hmac.compare_digest(token.mac if token is not None else bytes(len(mac)), mac)
        if token is None and (wait := self._failed.wait_seconds(address, at)):
            raise Overloaded("cannot look at this token: too many wrong ones came from this address", HOW_TO_SEND, wait)
        if token is None or not genuine or token.revoked_at is not None:
            self._refuse(fingerprint, token, address, at)
            raise NotAllowed("cannot take telemetry: this token is unknown, wrong or revoked", HOW_TO_SEND)
        sender = _sender_of(token)
        with self._lock:
            self._known[fingerprint] = _Known(sender, at)
            self._known.move_to_end(fingerprint)
            while len(self._known) > REMEMBERED_MAX:
                self._known.popitem(last=False)
        return sender

    def _refuse(self, fingerprint: bytes, token: Token | None, address: str, at: float) -> None:
        """Forget a credential that is not good any more, and say so: nothing of what was sent, and no address."""
        with self._lock:
            self._known.pop(fingerprint, None)
        if not self._failed.wait_seconds(address, at):
            reason = "unknown" if token is None else "wrong" if token.revoked_at is None else "revoked"
            log.warning("token refused", reason=reason, token=token.id if token is not None else None)
        if self._failed.note(address, at):
            log.warning("made-up tokens from one network are turned away for a minute", failures=ATTEMPTS_MAX)


def _sender_of(token: Token) -> Sender:
    """Return whom a token speaks for: some services, or an operator's place of checks, which looks at all of them."""
    services = None if token.vantage else frozenset(token.service_ids)
    return Sender(token.id, services, signals=frozenset(token.signals), vantage=token.vantage)


def only_senders() -> None:
    """Let a request through if a known sender makes it, and note whom for `sender()`. The access rule of the intake doors."""
    g.sender = sender_of(request.environ, part(Senders))
    require_signal(sender(), request.path)


def sender_of(environ: "WSGIEnvironment", senders: Senders) -> Sender:
    """Return who makes a request. Raises as `Senders.recognise` does."""
    return senders.recognise(_credential(environ), senders.proxies.client_of(environ))


def remembered_sender(environ: "WSGIEnvironment", senders: Senders) -> Sender | None:
    """Return who makes a request if no store has to be asked, for an event loop, which must not wait for one."""
    return senders.remembered(_credential(environ))


def require_signal(asking: Sender, path: str) -> None:
    """Raise NotAllowed unless a sender may send what the door of this address takes."""
    signal = path.rpartition("/")[2]
    if signal not in asking.signals:
        made_for = ", ".join(word for word in SIGNALS if word in asking.signals)
        raise NotAllowed(
            f"cannot take {signal} with this token: it was made for {made_for}",
            f"send with a token made by: observatory token create --service ID --signal {signal}",
        )


def _credential(environ: "WSGIEnvironment") -> str | None:
    """Return the token of a request: the bearer token, else `x-observatory-token`. Never from the address or the body."""
    scheme, _, value = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return str(value.strip())
    return environ.get("HTTP_X_OBSERVATORY_TOKEN", "").strip() or None


def sender() -> Sender:
    """Return who makes this request, once `only_senders` let it through."""
    found = g.sender
    assert isinstance(found, Sender)
    return found
