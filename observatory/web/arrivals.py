"""Receive bodies piece by piece from the web server's event loop, each within its time and its sender's share of the memory.

Nothing else waits for a body: a thread is taken, and a store asked, when all of it is there.
"""

import asyncio
from collections.abc import Awaitable, Hashable
from typing import TYPE_CHECKING

from granian.rsgi import ProtocolClosed

from observatory.errors import BadTelemetry, LengthRequired, Overloaded, TooLarge, TooSlow, phrase

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from granian.rsgi import HTTPProtocol

GRACE_SECONDS = 20.0
BYTES_PER_SECOND_MIN = 1 << 14
"""A body has `GRACE_SECONDS`, less than is left to requests under way when the process shall end, and a second more for so many bytes."""
SWEEP_SECONDS = 1.0
"""How often is looked for bodies whose time is over. One timer for all of them: most come whole before it first fires."""
WHOLE_BYTES = 1 << 18
"""Bodies that declare no more are received at once, larger ones piece by piece so that they are counted as they come."""
SENDERS_MIN = 4
"""How many senders there have to be to fill all the room for bodies: no one may hold more than its share of it."""
TRY_LATER = phrase("send it again in a moment")
HOW_TO_END = phrase("send Content-Length")
SEND_IT_WHOLE = phrase("send the whole body again")


class Arriving:
    """A body as it comes, counted. Raises TooLarge for its declared length, LengthRequired if nothing would prove its end."""

    def __init__(self, environ: "WSGIEnvironment", wire_max: int, *, proves_its_end: bool = False, hint: str = HOW_TO_END) -> None:
        self.declared = declared_length(environ)
        """None for a chunked body."""
        self.count = 0
        """Bytes on the wire so far."""
        self.held = 0
        """Bytes its sender answers for meanwhile."""
        self._pieces: list[bytes] = []
        self._wire_max = wire_max
        if self.declared is None and not proves_its_end:
            raise LengthRequired(phrase("cannot take a body without its length: it could break off unseen"), hint)
        self._check(self.declared or 0)

    def add(self, piece: bytes) -> None:
        """Take the next piece. Raises TooLarge as soon as there is too much."""
        self.count += len(piece)
        self._check(self.count)
        self._pieces.append(piece)

    def wire(self) -> bytes:
        """Return all that came. Raises BadTelemetry if it is not what was declared."""
        if self.declared is not None and self.count != self.declared:
            raise BadTelemetry(
                phrase("cannot read body: %(declared)d bytes were declared, %(count)d came"),
                SEND_IT_WHOLE,
                declared=self.declared,
                count=self.count,
            )
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)

    def broken_off(self) -> BadTelemetry:
        """Return what to raise when no more comes."""
        return BadTelemetry(phrase("cannot read body: it broke off after %(count)d bytes"), SEND_IT_WHOLE, count=self.count)

    def too_large(self) -> TooLarge:
        """Return what to raise when there is too much."""
        return TooLarge(phrase("cannot take body: it is larger than %(max)d bytes"), phrase("send less at once"), max=self._wire_max)

    def _check(self, count: int) -> None:
        if count > self._wire_max:
            raise self.too_large()


def declared_length(environ: "WSGIEnvironment") -> int | None:
    """Return how long a body is said to be, None for a chunked one.

    ! Of a chunked body that breaks off the web server hands over what came as if it were all.
    """
    if "HTTP_TRANSFER_ENCODING" in environ:
        return None
    length = environ.get("CONTENT_LENGTH", "")
    return int(length) if length.isascii() and length.isdigit() else 0


class Arrivals:
    """All bodies under way together, which hold no more than `bytes_max`. One event loop.

    A body alone may always come, however large: else nobody could ever send it.
    """

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._share_max = bytes_max // SENDERS_MIN
        self._held = 0
        self._held_by: dict[Hashable, int] = {}
        """Of senders with a body under way."""
        self._until: dict[Awaitable[bytes], float] = {}
        """What is waited for, and to what time of the event loop at most."""
        self._sweeper: asyncio.TimerHandle | None = None

    async def receive(self, body: Arriving, protocol: "HTTPProtocol", sender: Hashable) -> None:
        """Receive a body, which its sender then holds until `release`, also after this raised.

        Raises Overloaded, TooSlow, BadTelemetry for one that breaks off, and what `Arriving` does.
        """
        loop = asyncio.get_running_loop()
        begun, awaited = loop.time(), None
        try:
            if body.declared is not None and body.declared <= WHOLE_BYTES:
                if body.declared:
                    self._hold(body, body.declared, sender)  # The web server keeps what came until it is all.
                    awaited = self._expect(protocol(), begun + _seconds_for(body.declared), loop)
                    body.add(await awaited)
                return
            # ! Neither `async for` nor `anext` with a default: what is awaited has to be cancelled, and a second `aiter` is refused.
            pieces = aiter(protocol)
            while True:
                awaited = self._expect(anext(pieces), begun + _seconds_for(body.count), loop)
                piece = await awaited
                self._until.pop(awaited, None)
                self._hold(body, len(piece), sender)
                body.add(piece)
        except StopAsyncIteration:
            pass
        except ProtocolClosed:
            raise body.broken_off() from None
        except asyncio.CancelledError:
            if awaited in self._until:
                raise
            raise TooSlow(
                phrase("cannot take body: it comes too slowly"), phrase("send at least %(min)d bytes a second"), min=BYTES_PER_SECOND_MIN
            ) from None
        finally:
            if awaited is not None:
                self._until.pop(awaited, None)

    def release(self, body: Arriving, sender: Hashable) -> None:
        """Give back what a body held."""
        self._held -= body.held
        left = self._held_by.get(sender, 0) - body.held
        if left:
            self._held_by[sender] = left
        else:
            self._held_by.pop(sender, None)
        body.held = 0

    def _hold(self, body: Arriving, count: int, sender: Hashable) -> None:
        body.held += count
        self._held += count
        of_sender = self._held_by[sender] = self._held_by.get(sender, 0) + count
        if self._held > self._bytes_max and body.held < self._held:
            raise Overloaded(phrase("cannot take body: too much comes at once"), TRY_LATER)
        if of_sender > self._share_max and body.held < of_sender:
            raise Overloaded(phrase("cannot take body: this sender has too much under way"), TRY_LATER)

    def _expect(self, piece: Awaitable[bytes], until: float, loop: asyncio.AbstractEventLoop) -> Awaitable[bytes]:
        """Return what will be awaited, and see to it that this ends in time."""
        self._until[piece] = until
        if self._sweeper is None:
            self._sweeper = loop.call_later(SWEEP_SECONDS, self._sweep)
        return piece

    def _sweep(self) -> None:
        """Give up what is late.

        ! Only cancelling makes the web server let go of a body: else its connection stays as long as the peer likes.
        """
        loop = asyncio.get_running_loop()
        for piece in [piece for piece, until in self._until.items() if until <= loop.time()]:
            del self._until[piece]
            piece.cancel()  # type: ignore[attr-defined]  # a future by another name
        self._sweeper = loop.call_later(SWEEP_SECONDS, self._sweep) if self._until else None


def _seconds_for(count: int) -> float:
    return GRACE_SECONDS + count / BYTES_PER_SECOND_MIN
