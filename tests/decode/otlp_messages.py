"""Made-up OTLP messages for the differential test: valid ones, odd ones, and bytes that are hardly messages at all.

Everything is written at the level of the wire, so that what no library would write comes up too: repeated singular
fields, fields of the wrong type, groups, numbers longer than they need be, keys nobody knows, text that is no UTF-8.
"""

import struct
from collections.abc import Callable, Sequence
from random import Random

from observatory.decode.otlp.attribute_slots import RECORD_SLOTS, RESOURCE_SLOTS

KEYS = (*RECORD_SLOTS, *RESOURCE_SLOTS, "", "http.routes", "x" * 70)
TEXTS = (
    "", "/", "/jobs", "/docs/12345?q=1", "/docs/{id}", "/healthz", "/health/?x", "/민원/900101-1234567", "OPTIONS", "options", "GET",
    "200", "503", "499", "99", "1000", "0.25", "12.", ".5", "1e3", "nan", "production", "Prod", "staging", "labor", "job-portal",
    "timeout", "bot", "Googlebot/2.1", "Mozilla/5.0 (Linux; Android 13; CUBOT X70)", "test", "a" * 300, "é" * 300, "\x00",
)  # fmt: skip
NOT_TEXTS = (b"\xff", b"a\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe0\x9f\xbf", b"\xc3", b"\xf0\x9f\x98")
NUMBERS = (0, 1, 2, 3, 17, 200, 204, 404, 408, 429, 460, 499, 500, 599, 999, 1000, 2**31, 2**32 + 2, 2**63, 2**64 - 1, 2**64 - 200)
TIMES = (0, 1, 1_544_712_660_000_000_000, 1_544_712_660_300_000_999, 1_544_712_675_000_000_000, 2**63, 2**64 - 1)
DOUBLES = (
    0.0,
    -0.0,
    0.25,
    0.0000005,
    0.0000015,
    10.0,
    200.0,
    200.5,
    500.0,
    -1.0,
    61.0,
    1e9,
    1e10,
    1e300,
    float("inf"),
    float("-inf"),
    float("nan"),
)

Part = Callable[[], bytes]


def varint(number: int, least_bytes: int = 1) -> bytes:
    """Return a number as varint, with more bytes than it needs if asked to."""
    written = bytearray()
    while number >= 0x80 or len(written) + 1 < least_bytes:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])


class Maker:
    """Makes messages by the choices of `chance`."""

    def __init__(self, chance: Random, oddness: float) -> None:
        self._chance = chance
        self._oddness = oddness
        """How likely any part is written in a way that no library would write it."""
        self._depth = 0

    def logs(self) -> bytes:
        """Return an ExportLogsServiceRequest."""
        return self._some(lambda: self._nested(1, self._resource_group(self._log_record)), 3)

    def traces(self) -> bytes:
        """Return an ExportTraceServiceRequest."""
        return self._some(lambda: self._nested(1, self._resource_group(self._span)), 3)

    def _odd(self) -> bool:
        return self._chance.random() < self._oddness

    def _some(self, part: Part, most: int) -> bytes:
        return b"".join(part() for _ in range(self._chance.randint(0 if self._chance.random() < 0.2 else 1, most)))

    def _mixed(self, *parts: Part) -> bytes:
        """Return parts, shuffled, with some left out, repeated or foreign."""
        chosen = [part for part in parts if not self._odd()]
        if self._odd():
            chosen += self._chance.choices(parts, k=2)
        if self._odd():
            chosen.append(self._foreign)
        if self._odd():
            self._chance.shuffle(chosen)
        return b"".join(part() for part in chosen)

    def _tag(self, number: int, wire: int) -> bytes:
        if self._odd() and self._odd():
            wire = self._chance.randint(0, 7)
        return varint(number << 3 | wire, self._chance.randint(1, 6) if self._odd() else 1)

    def _delimited(self, number: int, content: bytes) -> bytes:
        size = len(content)
        if self._odd() and self._odd():
            size = max(0, size + self._chance.choice((-1, 1, 2**31, 2**63)))
        return self._tag(number, 2) + varint(size, self._chance.randint(1, 6) if self._odd() else 1) + content

    def _nested(self, number: int, content: bytes) -> bytes:
        return self._delimited(number, content)

    def _text(self, number: int, texts: Sequence[str] = TEXTS) -> bytes:
        bad = self._odd() and self._odd()
        return self._delimited(number, self._chance.choice(NOT_TEXTS) if bad else self._chance.choice(texts).encode())

    def _varint(self, number: int) -> bytes:
        return self._tag(number, 0) + varint(self._chance.choice(NUMBERS), self._chance.randint(1, 11) if self._odd() else 1)

    def _fixed64(self, number: int) -> bytes:
        return self._tag(number, 1) + struct.pack("<Q", self._chance.choice(TIMES))

    def _trace_id(self, number: int) -> bytes:
        return self._delimited(number, self._chance.randbytes(self._chance.choice((0, 1, 15, 17)) if self._odd() else 16))

    def _double(self, number: int) -> bytes:
        return self._tag(number, 1) + struct.pack("<d", self._chance.choice(DOUBLES))

    def _foreign(self) -> bytes:
        number = self._chance.choice((0, 1, 2, 3, 4, 5, 6, 7, 15, 16, 17, 18, 100, 2**29 - 1))
        makers = (self._varint, self._fixed64, self._text, self._group, lambda n: self._tag(n, 5) + b"abcd")
        return self._chance.choice(makers)(number)

    def _group(self, number: int) -> bytes:
        deep = self._chance.choice((1, 2, 50, 96, 97, 98, 100)) if self._odd() else 1
        inner = self._foreign() if self._odd() else b""
        return varint(number << 3 | 3) * deep + inner + varint(number << 3 | 4) * deep

    def _resource_group(self, record: Part) -> bytes:
        return self._mixed(
            lambda: self._nested(1, self._resource()),
            lambda: self._some(lambda: self._nested(2, self._scope_group(record)), 2),
            lambda: self._text(3),
        )

    def _scope_group(self, record: Part) -> bytes:
        scope = self._mixed(lambda: self._text(1), lambda: self._text(2), lambda: self._nested(3, self._attribute()))
        return self._mixed(lambda: self._nested(1, scope), lambda: self._some(lambda: self._nested(2, record()), 4), lambda: self._text(3))

    def _resource(self) -> bytes:
        entity = self._mixed(*(lambda number=number: self._text(number) for number in (1, 2, 3, 4)))
        return self._mixed(
            lambda: self._some(lambda: self._nested(1, self._attribute(tuple(RESOURCE_SLOTS))), 4),
            lambda: self._varint(2),
            lambda: self._nested(3, entity),
        )

    def _log_record(self) -> bytes:
        return self._mixed(
            lambda: self._fixed64(1),
            lambda: self._fixed64(11),
            lambda: self._varint(2),
            lambda: self._text(3),
            lambda: self._nested(5, self._value()),
            lambda: self._some(lambda: self._nested(6, self._attribute(tuple(RECORD_SLOTS))), 6),
            lambda: self._tag(8, 5) + b"\x01\x00\x00\x00",
            lambda: self._trace_id(9),
            lambda: self._text(12),
        )

    def _span(self) -> bytes:
        event = self._mixed(lambda: self._fixed64(1), lambda: self._text(2), lambda: self._nested(3, self._attribute()))
        link = self._mixed(lambda: self._text(3), lambda: self._nested(4, self._attribute()))
        status = self._mixed(lambda: self._text(2), lambda: self._tag(3, 0) + varint(self._chance.choice((0, 1, 2, 2**32 + 2))))
        return self._mixed(
            lambda: self._trace_id(1),
            lambda: self._text(5),
            lambda: self._tag(6, 0) + varint(self._chance.choice((2, 2, 2, 3, 2**32 + 2))),
            lambda: self._fixed64(7),
            lambda: self._fixed64(8),
            lambda: self._some(lambda: self._nested(9, self._attribute(tuple(RECORD_SLOTS))), 6),
            lambda: self._nested(11, event),
            lambda: self._nested(13, link),
            lambda: self._nested(15, status),
            lambda: self._text(3),
        )

    def _attribute(self, keys: Sequence[str] = KEYS) -> bytes:
        return self._mixed(lambda: self._text(1, KEYS if self._odd() else keys), lambda: self._nested(2, self._value()))

    def _value(self) -> bytes:
        simple = self._mixed(
            self._chance.choice((lambda: self._text(1), lambda: self._text(1), lambda: self._varint(3), lambda: self._double(4))),
        )
        if not self._odd():
            return simple
        return self._mixed(lambda: simple, self._other_value, lambda: self._varint(2), lambda: self._text(7), lambda: self._varint(8))

    def _other_value(self) -> bytes:
        if self._odd() and self._odd():
            return self._deep_value()
        if self._depth > 3:
            return b""
        self._depth += 1
        array = self._nested(5, self._some(lambda: self._nested(1, self._value()), 2))
        pairs = self._nested(6, self._some(lambda: self._nested(1, self._attribute()), 2))
        self._depth -= 1
        return self._chance.choice((array, pairs))

    def _deep_value(self) -> bytes:
        content = b""
        for _ in range(self._chance.choice((10, 45, 46, 47, 48, 49, 60))):
            content = varint(5 << 3 | 2) + varint(len(inner := b"\x0a" + varint(len(content)) + content)) + inner
        return content


def mutated(message: bytes, chance: Random) -> bytes:
    """Return a message with a few bytes changed, lost, doubled or cut off."""
    bytes_left = bytearray(message)
    for _ in range(chance.randint(1, 4)):
        if not bytes_left:
            break
        at = chance.randrange(len(bytes_left))
        kind = chance.randint(0, 4)
        if kind == 0:
            bytes_left[at] = chance.choice((0, 1, 2, 0x7F, 0x80, 0xFF, chance.randint(0, 255)))
        elif kind == 1:
            del bytes_left[at : at + chance.randint(1, 4)]
        elif kind == 2:
            bytes_left[at:at] = bytes_left[at : at + chance.randint(1, 8)]
        elif kind == 3:
            del bytes_left[at:]
        else:
            bytes_left[at] ^= 1 << chance.randint(0, 7)
    return bytes(bytes_left)
