"""Bodies are counted on the wire and after decompression; what is too large, cut, damaged or strange is refused."""

import gzip
import io
import random
import tracemalloc
import zlib
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from observatory.errors import BadTelemetry, LengthRequired, ObservatoryError, Overloaded, TooLarge, UnsupportedMedia
from observatory.receive import body
from observatory.receive.body import INFLATED_PIECE_BYTES as FULL
from observatory.receive.body import PIECE_BYTES, inflate, is_gzip, media_type, whole_body
from observatory.receive.large_bodies import LARGE_AT_ONCE_MAX, Places

MIB = 1 << 20


def read_body(environ: dict[str, Any], bytes_max: int) -> bytes:
    """Return what is lent, which is kept here alone."""
    with whole_body(environ, bytes_max) as content:
        return content


def a_request(body: bytes, *, encoding: str | None = None, declared: int | None = None, chunked: bool = False) -> Request:
    """Return a request as a server hands it over: a terminated stream, and what the headers claim."""
    environ = EnvironBuilder(method="POST").get_environ()
    environ["wsgi.input"] = io.BytesIO(body)
    environ["wsgi.input_terminated"] = True
    if encoding:
        environ["HTTP_CONTENT_ENCODING"] = encoding
    if chunked:
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    else:
        environ["CONTENT_LENGTH"] = str(len(body) if declared is None else declared)
    return Request(environ)


def refusal(request: Request, bytes_max: int = MIB) -> type[ObservatoryError]:
    with pytest.raises(ObservatoryError) as caught:
        read_body(request.environ, bytes_max)
    return caught.type


@pytest.mark.parametrize("length", [0, 1, PIECE_BYTES, PIECE_BYTES + 1, MIB])
def test_a_body_up_to_the_limit_is_read_whole(length: int) -> None:
    body = bytes(range(256)) * (length // 256) + bytes(length % 256)
    assert read_body(a_request(body).environ, MIB) == body


def test_one_byte_over_the_limit_is_too_large() -> None:
    assert refusal(a_request(bytes(MIB + 1))) is TooLarge


@pytest.mark.parametrize("encoding", [None, "identity"])
def test_a_chunked_body_whose_end_nothing_proves_is_not_read(encoding: str | None) -> None:
    request = a_request(b"12345", encoding=encoding, chunked=True)
    assert refusal(request) is LengthRequired
    assert request.environ["wsgi.input"].tell() == 0


def test_without_length_and_without_chunks_there_is_no_body() -> None:
    environ = a_request(b"").environ
    del environ["CONTENT_LENGTH"]
    assert read_body(environ, MIB) == b""


def test_a_declared_length_over_the_limit_is_refused_before_reading() -> None:
    request = a_request(b"", declared=10 * MIB)
    assert refusal(request) is TooLarge
    assert request.environ["wsgi.input"].tell() == 0


@pytest.mark.parametrize("declared", [4, 6])
def test_a_lying_length_is_refused(declared: int) -> None:
    assert refusal(a_request(b"12345", declared=declared)) is BadTelemetry


def test_a_broken_connection_is_refused() -> None:
    class Broken(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            raise ConnectionResetError

    request = a_request(b"")
    request.environ["wsgi.input"] = Broken()
    assert refusal(request) is BadTelemetry


@pytest.mark.parametrize("length", [0, 1, 1000, *range(FULL - 1, FULL + 2), 3 * MIB])
@pytest.mark.parametrize("chunked", [False, True])
def test_gzip_is_inflated_whole(length: int, chunked: bool) -> None:
    body = (b"telemetry " * (length // 10 + 1))[:length]
    assert read_body(a_request(gzip.compress(body), encoding="gzip", chunked=chunked).environ, 3 * MIB) == body


@given(st.binary(min_size=1, max_size=3000), st.sampled_from([zlib.Z_NO_FLUSH, zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH]), st.integers(0, 9))
def test_gzip_is_inflated_to_its_last_byte_however_it_was_written(some: bytes, flush: int, level: int) -> None:
    content, stream = some * 300, zlib.compressobj(level, zlib.DEFLATED, 31)
    first = stream.compress(content[:2000]) + stream.flush(flush)
    packed = first + stream.compress(content[2000:]) + stream.flush()
    assert inflate(packed, len(content)) == content
    with pytest.raises(TooLarge):
        inflate(packed, len(content) - 1)


def test_gzip_of_noise_is_inflated_whole() -> None:
    noise = b"".join(zlib.crc32(n.to_bytes(4, "big")).to_bytes(4, "big") for n in range(MIB // 4))
    assert read_body(a_request(gzip.compress(noise), encoding="gzip").environ, MIB) == noise


def test_gzip_over_the_limit_after_inflation_is_too_large() -> None:
    assert refusal(a_request(gzip.compress(bytes(MIB + 1)), encoding="gzip")) is TooLarge


def test_gzip_that_inflates_to_nothing_is_bounded_on_the_wire() -> None:
    empty_blocks = b"\x00\x00\x00\xff\xff" * MIB
    assert refusal(a_request(gzip.compress(b"")[:10] + empty_blocks, encoding="gzip", chunked=True)) is TooLarge


def test_a_bomb_costs_less_than_32_mib() -> None:
    bomb = gzip.compress(bytes(512 * MIB))
    tracemalloc.start()
    assert refusal(a_request(bomb, encoding="gzip"), 16 * MIB) is TooLarge
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 * MIB


WHOLE = gzip.compress(b"telemetry" * 1000)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(WHOLE[:-1], id="cut in the trailer"),
        pytest.param(WHOLE[:5], id="cut in the header"),
        pytest.param(WHOLE[: len(WHOLE) // 2], id="cut in the middle"),
        pytest.param(WHOLE + b"x", id="trailing byte"),
        pytest.param(WHOLE + WHOLE, id="two members"),
        pytest.param(WHOLE + bytes(PIECE_BYTES), id="trailing zeros in the next piece"),
        pytest.param(WHOLE[:-8] + b"\0\0\0\0" + WHOLE[-4:], id="wrong checksum"),
        pytest.param(WHOLE[:-4] + b"\0\0\0\0", id="wrong length"),
        pytest.param(b"not gzip at all", id="not gzip"),
        pytest.param(zlib.compress(b"telemetry"), id="zlib"),
        pytest.param(WHOLE[:20] + b"\xff" * 20 + WHOLE[40:], id="damaged"),
    ],
)
def test_anything_but_one_whole_gzip_member_is_refused(body: bytes) -> None:
    assert refusal(a_request(body, encoding="gzip")) is BadTelemetry


def test_trailing_data_in_a_later_piece_is_refused() -> None:
    noise = random.Random(4).randbytes(2 * PIECE_BYTES)
    whole = gzip.compress(noise)
    with pytest.raises(BadTelemetry, match="follows its end"):
        inflate(whole + bytes(PIECE_BYTES), MIB)


@pytest.mark.parametrize(
    ("header", "expected"), [(None, False), ("", False), ("identity", False), ("gzip", True), ("GZIP", True), (" x-gzip ", True)]
)
def test_encodings_we_speak(header: str | None, expected: bool) -> None:
    assert is_gzip(header) is expected


@pytest.mark.parametrize("header", ["deflate", "br", "zstd", "gzip, gzip", "gzip,identity", "gzip;q=1"])
def test_encodings_we_do_not_speak(header: str) -> None:
    with pytest.raises(UnsupportedMedia):
        is_gzip(header)


@pytest.mark.parametrize(
    "header", ["application/json", "Application/JSON; charset=utf-8", 'application/json;charset="UTF-8"', " application/json ;v=1"]
)
def test_types_we_speak(header: str) -> None:
    assert media_type(header, "application/x-protobuf", "application/json") == "application/json"


@pytest.mark.parametrize(
    "header", [None, "", "text/plain", "application/jsonl", "application/json; charset=utf-16", "multipart/form-data; boundary=x"]
)
def test_types_we_do_not_speak(header: str | None) -> None:
    with pytest.raises(UnsupportedMedia):
        media_type(header, "application/x-protobuf", "application/json")


def test_large_gzip_bodies_are_inflated_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    places = Places(wait_seconds_max=0.01)
    monkeypatch.setattr(body, "_inflated", places)
    large, small = gzip.compress(bytes(2 * MIB)), gzip.compress(bytes(MIB))
    with ExitStack() as others:
        for _ in range(LARGE_AT_ONCE_MAX):
            others.enter_context(places.lend())
        with pytest.raises(Overloaded, match="too many large ones"):
            inflate(large, 4 * MIB)
        assert len(inflate(small, 4 * MIB)) == MIB
    assert len(inflate(large, 4 * MIB)) == 2 * MIB


def test_of_large_bodies_only_a_few_are_held_until_they_are_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "held", Places(wait_seconds_max=0.01))
    large, small = bytes(2 * MIB), bytes(MIB)
    with ExitStack() as held:
        for _ in range(LARGE_AT_ONCE_MAX):
            held.enter_context(whole_body(a_request(gzip.compress(large), encoding="gzip").environ, 4 * MIB))
        with pytest.raises(Overloaded, match="too many large ones"):
            held.enter_context(whole_body(a_request(large).environ, 4 * MIB))
        assert held.enter_context(whole_body(a_request(small).environ, 4 * MIB)) == small
    assert read_body(a_request(large).environ, 4 * MIB) == large
