"""Make one check of an address: resolve once, judge, connect to what was judged, ask, and say what was seen.

A journey of several addresses is asked in order, and fails at the first that does; its cookies end with it. Whatever a target
does, a check ends within `Caps`. It follows no proxy of the environment and keeps no connection.
"""

import asyncio
import errno
import re
import secrets
import ssl
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

from observatory import __version__, clock
from observatory.model.catalogue import ProbeStep, ProbeTarget
from observatory.model.check import CheckOutcome, Phase
from observatory.prober.connection import certificate_end, connect, tls_context
from observatory.prober.cookies import Cookies
from observatory.prober.dns import NoAddress, Resolver, SystemResolver
from observatory.prober.guard import Guard, Refused, Target
from observatory.prober.http import Exchange, Head
from observatory.prober.outcome import Caps, Check, CheckFailed
from observatory.prober.seen import Seen
from observatory.settings import Settings

OK, SERVER_ERROR, REQUEST_TIMEOUT = 200, 500, 408
OUR_OWN = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL})
"""What keeps this host from connecting to anybody."""
PAGE_ENCODINGS = ("utf-8", "cp949")
"""In which a text is looked for, beside the one the answer names: what Korean pages are written in."""
T = TypeVar("T")
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]{1,40})", re.ASCII | re.IGNORECASE)


def user_agent(public_url: str = "") -> str:
    """Return how our checks name themselves: methods and logs know it for a machine."""
    return f"observatory-prober/{__version__}" + (f" (+{public_url})" if public_url else "")


class Checker:
    """Makes checks, any number at once. One event loop."""

    def __init__(
        self,
        guard: Guard,
        resolver: Resolver | None = None,
        *,
        caps: Caps | None = None,
        tls: ssl.SSLContext | None = None,
        name: str = "",
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._guard, self._resolver, self._caps = guard, resolver or SystemResolver(), caps or Caps()
        self._tls = tls or tls_context()
        self._name = name or user_agent()
        self._now = now

    async def check(self, wanted: ProbeTarget) -> Check:
        """Return what was seen. Never raises for what a target does."""
        journey = wanted.journey
        seen = Seen([], cookies=Cookies() if len(journey) > 1 else None)
        outcome: CheckOutcome = "passed"
        detail = ""
        try:
            await self._travel(journey, seen)
        except Refused as refused:
            outcome, detail = "refused", str(refused)
        except CheckFailed as failed:
            outcome, detail = failed.outcome, str(failed)
        except TimeoutError:
            outcome, detail = "timeout", f"not done within {self._caps.journey_s:g} s"
        except OSError as error:  # What a target does is told apart before.
            outcome, detail = "unable", f"this host cannot ask: {error.strerror or type(error).__name__}"
        return Check(
            self._now(),
            outcome,
            f"step {seen.step} of {len(journey)}: {detail}" if detail and len(journey) > 1 else detail,
            tuple(seen.urls),
            seen.trace_id,
            seen.address,
            seen.status,
            seen.body_bytes,
            seen.capped,
            seen.certificate_ends_at,
            seen.phases_ms,
            seen.step,
        )

    async def fetch(self, url: str) -> bytes:
        """Return what one address answers with status 200 itself. Raises Refused, CheckFailed, TimeoutError or OSError."""
        seen, target = Seen([url]), self._guard.target(url)
        async with asyncio.timeout(self._caps.total_s):
            reader, writer = await self._open(target, seen)
            try:
                exchange = Exchange(reader, writer, self._caps)
                head = await exchange.ask(target.path, self._headers(target, seen))
                _judge_status(head, ProbeStep(url, status=OK))
                body = await exchange.read_body()
            finally:
                writer.transport.abort()
        if body.capped or len(body.content) > self._caps.body_bytes_max:  # What came with the head is not counted while it comes.
            raise CheckFailed("cut", f"over {self._caps.body_bytes_max} bytes")
        return body.content

    async def _travel(self, journey: Sequence[ProbeStep], seen: Seen) -> None:
        """Ask one step after the other, until one fails."""
        async with asyncio.timeout(self._caps.journey_s):
            for number, step in enumerate(journey, 1):
                seen.begin(number, step.url)
                try:
                    async with asyncio.timeout(self._caps.total_s):
                        await self._follow(step, seen)
                except TimeoutError:
                    raise CheckFailed("timeout", f"not done within {self._caps.total_s:g} s") from None

    async def _follow(self, wanted: ProbeStep, seen: Seen) -> None:
        """Ask, and again where redirects lead. A redirect into what must not be asked is the service's fault."""
        target, first = self._guard.target(wanted.url), len(seen.urls)
        location = await self._ask(target, wanted, seen)
        while location is not None:
            if len(seen.urls) - first >= self._caps.redirects_max:
                raise CheckFailed("redirect", f"more than {self._caps.redirects_max} redirects")
            try:
                url = self._guard.redirect(seen.urls[-1], location)
                target = self._guard.target(url)
                seen.urls.append(url)
                location = await self._ask(target, wanted, seen)
            except Refused as refused:
                raise CheckFailed("redirect", f"a redirect is not followed: {refused}") from None

    async def _ask(self, target: Target, wanted: ProbeStep, seen: Seen) -> str | None:
        """Ask one address; return where it redirects to, None once there is an answer that will do."""
        reader, writer = await self._open(target, seen)
        try:
            seen.note_certificate(certificate_end(writer))
            exchange = Exchange(reader, writer, self._caps)
            with seen.timed("processing"):
                head = await self._within("processing", exchange.ask(target.path, self._headers(target, seen)))
            seen.status = head.status
            if seen.cookies is not None:
                seen.cookies.take(seen.urls[-1], head.set_cookies)
            if head.location is not None and not wanted.status:
                return head.location
            _judge_status(head, wanted)
            with seen.timed("transfer"):
                body = await self._within("transfer", exchange.read_body())
            seen.body_bytes, seen.capped = len(body.content), body.capped
            if wanted.text and not holds(body.content, wanted.text, head.content_type):
                raise CheckFailed("text", "the answer lacks the text that is expected of it")
        finally:
            writer.transport.abort()
        return None

    async def _open(self, target: Target, seen: Seen) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        with seen.timed("resolve"):
            found = [target.host] if target.is_address else await self._within("resolve", self._resolve(target.host))
            addresses = self._guard.addresses(found)[: self._caps.addresses_tried_max]
        with seen.timed("connect"):
            try:
                connection, address = await self._within("connect", connect(addresses, target.port, self._caps.connect_s))
            except OSError as error:
                if error.errno in OUR_OWN:
                    raise
                raise CheckFailed("connect", f"no connection ({type(error).__name__})") from None
        seen.address = str(address)
        if target.scheme == "http":
            return await asyncio.open_connection(sock=connection)
        with seen.timed("tls"):
            opening = asyncio.open_connection(sock=connection, ssl=self._tls, server_hostname=target.host)
            try:
                return await self._within("tls", opening)
            except ssl.SSLCertVerificationError as error:
                raise CheckFailed("tls", f"its certificate is not valid: {error.verify_message}") from None
            except OSError as error:  # of which those of TLS are a kind
                raise CheckFailed("tls", f"no secure connection ({getattr(error, 'reason', None) or type(error).__name__})") from None

    async def _resolve(self, host: str) -> list[str]:
        try:
            return list(await self._resolver.addresses(host))
        except NoAddress as error:
            raise CheckFailed(error.outcome, str(error)) from None

    async def _within(self, phase: Phase, doing: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._caps.of(phase)):
                return await doing
        except TimeoutError:
            raise CheckFailed("timeout", f"{phase} not done within {self._caps.of(phase):g} s") from None

    def _headers(self, target: Target, seen: Seen) -> list[tuple[str, str]]:
        cookie = seen.cookies.header(seen.urls[-1]) if seen.cookies is not None else None
        return [
            ("Host", target.authority),
            ("User-Agent", self._name),
            ("Accept", "*/*"),
            ("Accept-Encoding", "identity"),
            ("Connection", "close"),
            ("traceparent", f"00-{seen.trace_id}-{secrets.token_hex(8)}-01"),
            *([("Cookie", cookie)] if cookie else ()),
        ]


def checker_of(settings: Settings) -> Checker:
    """Return what makes checks as an operator's settings permit."""
    guard = Guard(settings.probe_ports_allowed, settings.probe_networks_allowed)
    return Checker(guard, name=user_agent(settings.public_url))


def _judge_status(head: Head, wanted: ProbeStep) -> None:
    """Raise CheckFailed for a status that is not the expected one, or that the method counts as a failure."""
    if wanted.status and head.status != wanted.status:
        raise CheckFailed("status", f"status {head.status}, expected is {wanted.status}")
    if not wanted.status and (head.status >= SERVER_ERROR or head.status == REQUEST_TIMEOUT):
        raise CheckFailed("status", f"status {head.status}")


def holds(body: bytes, text: str, content_type: str) -> bool:
    """Return whether a page holds a text, in the encoding its media type names or one that Korean pages are written in."""
    named = _CHARSET.search(content_type)
    for encoding in ((named[1],) if named else ()) + PAGE_ENCODINGS:
        try:
            if text.encode(encoding) in body:
                return True
        except (LookupError, UnicodeError):
            continue
    return False
