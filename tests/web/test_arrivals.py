"""Bodies come within their time, and no sender holds more than a share of the room for them."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, cast

import pytest

from observatory.errors import LengthRequired, ObservatoryError, Overloaded, TooLarge, TooSlow
from observatory.web import arrivals
from observatory.web.arrivals import Arrivals, Arriving

if TYPE_CHECKING:
    from granian.rsgi import HTTPProtocol

ROOM = 1 << 20
SHARE = ROOM // 4
LARGE = arrivals.WHOLE_BYTES + 1


class Wire:
    """A connection whose peer sends when the test says so; futures stand for what the web server hands over."""

    def __init__(self) -> None:
        self.pieces: asyncio.Queue[bytes | None] = asyncio.Queue()

    def __call__(self) -> "asyncio.Task[bytes]":
        return self.__anext__()

    def __aiter__(self) -> "Wire":
        return self

    def __anext__(self) -> "asyncio.Task[bytes]":
        return asyncio.get_running_loop().create_task(self._piece())

    async def _piece(self) -> bytes:
        piece = await self.pieces.get()
        if piece is None:
            raise StopAsyncIteration
        return piece


def a_body(length: int | None, wire_max: int = 8 * ROOM) -> Arriving:
    headers = {"HTTP_TRANSFER_ENCODING": "chunked"} if length is None else {"CONTENT_LENGTH": str(length)}
    return Arriving(headers, wire_max, proves_its_end=True)


class Sender:
    """Sends one body."""

    def __init__(self, room: Arrivals, name: str, length: int | None) -> None:
        self.room, self.name, self.body, self.wire = room, name, a_body(length), Wire()
        self.receiving = asyncio.get_running_loop().create_task(self._receive())

    async def _receive(self) -> bytes:
        try:
            await self.room.receive(self.body, cast("HTTPProtocol", self.wire), self.name)
            return self.body.wire()
        except ObservatoryError:
            self.room.release(self.body, self.name)
            raise

    async def send(self, *pieces: bytes | None) -> None:
        for piece in pieces:
            self.wire.pieces.put_nowait(piece)
        for _ in range(4 * len(pieces) + 4):
            await asyncio.sleep(0)


def on_a_loop(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def run() -> None:
        asyncio.run(test())

    run.__name__ = test.__name__
    return run


@on_a_loop
async def test_small_and_large_bodies_come_whole() -> None:
    room = Arrivals(8 * ROOM)
    small, large, chunked, empty = (Sender(room, "a", length) for length in (3, LARGE, None, 0))
    await small.send(b"abc")
    await large.send(b"x" * (LARGE - 1), b"y", b"", None)
    await chunked.send(b"ab", b"", b"c", None)
    assert await small.receiving == b"abc"
    assert await large.receiving == b"x" * (LARGE - 1) + b"y"
    assert await chunked.receiving == b"abc"
    assert await empty.receiving == b""


@on_a_loop
async def test_no_sender_holds_more_than_its_share_and_others_are_served_meanwhile() -> None:
    room = Arrivals(ROOM)
    first, second, other = Sender(room, "a", ROOM), Sender(room, "a", ROOM), Sender(room, "b", SHARE)
    await first.send(b"x" * SHARE)
    await second.send(b"x")
    with pytest.raises(Overloaded, match="this sender"):
        await second.receiving
    await other.send(b"y" * SHARE)
    assert len(await other.receiving) == SHARE
    await first.send(b"x" * (ROOM - 2 * SHARE))
    assert not first.receiving.done(), "one body alone may be larger than a share"


@on_a_loop
async def test_small_bodies_that_never_come_are_held_against_their_sender() -> None:
    room = Arrivals(ROOM)
    stalled = [Sender(room, "a", SHARE // 4) for _ in range(4)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded, match="this sender"):
        await Sender(room, "a", 1).receiving
    other = Sender(room, "b", 1)
    await other.send(b"y")
    assert await other.receiving == b"y"
    await stalled[0].send(b"x" * (SHARE // 4))
    room.release(stalled[0].body, "a")
    again = Sender(room, "a", 1)
    await again.send(b"z")
    assert await again.receiving == b"z"


@on_a_loop
async def test_all_senders_together_hold_no_more_than_there_is_room() -> None:
    room = Arrivals(ROOM)
    for name in range(4):
        await Sender(room, str(name), LARGE).send(b"x" * SHARE)
    late = Sender(room, "late", 1)
    with pytest.raises(Overloaded, match="too much comes at once"):
        await late.receiving


def test_a_body_that_does_not_come_in_time_is_given_up_and_its_room_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "GRACE_SECONDS", 0.05)
    monkeypatch.setattr(arrivals, "SWEEP_SECONDS", 0.01)
    monkeypatch.setattr(arrivals, "BYTES_PER_SECOND_MIN", LARGE * 1000)

    async def both() -> None:
        room = Arrivals(ROOM)
        for length in (SHARE // 4, LARGE):
            stalled = Sender(room, "a", length)
            await stalled.send(*[b"x"] * (length == LARGE))
            with pytest.raises(TooSlow):
                await stalled.receiving
        other = Sender(room, "a", SHARE)
        await other.send(b"x" * SHARE)
        assert len(await other.receiving) == SHARE

    asyncio.run(both())


def test_whoever_gives_up_receiving_is_not_told_that_it_was_slow() -> None:
    async def given_up() -> None:
        receiving = Sender(Arrivals(ROOM), "a", 5).receiving
        await asyncio.sleep(0)
        receiving.cancel()
        await receiving

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(given_up())


def test_what_is_declared_too_large_or_proves_no_end_is_not_received() -> None:
    with pytest.raises(TooLarge):
        a_body(11, wire_max=10)
    with pytest.raises(LengthRequired):
        Arriving({"HTTP_TRANSFER_ENCODING": "chunked"}, ROOM)
