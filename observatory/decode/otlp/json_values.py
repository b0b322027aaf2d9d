"""Read values as OTLP/JSON writes them: what logs, traces and metrics in JSON share.

OTLP differs from plain protobuf JSON: ids are hex, enums are numbers, keys are lowerCamelCase only; int64 come as
strings or numbers.
"""

from collections.abc import Sequence
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from observatory.decode.request_rows import Value
from observatory.errors import BadTelemetry
from observatory.kernels.compiling import compiled

NESTING_MAX = 200
"""Objects and arrays within each other; a protobuf body may nest its values 100 messages deep, about as much."""

HINT = "send OTLP/JSON as the OpenTelemetry protocol describes it (lowerCamelCase keys, enums as numbers)"
"""What to do about JSON that cannot be decoded."""
_HEX = frozenset("0123456789abcdefABCDEF")
_UINT64_MAX = 2**64 - 1


class AnyValue(msgspec.Struct, rename="camel", gc=False):
    """A value, as far as it is read."""

    string_value: str | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None


class KeyValue(msgspec.Struct, gc=False):
    """An attribute."""

    key: str | None = None
    value: AnyValue | None = None


_Request = TypeVar("_Request")


def parse(decoder: msgspec.json.Decoder[_Request], body: bytes) -> _Request:
    """Return a request. Raises BadTelemetry."""
    try:
        if not body.isascii():
            body.decode()
        if _nesting(np.frombuffer(body, np.uint8)) > NESTING_MAX:
            raise BadTelemetry(f"cannot decode OTLP/JSON: nested more than {NESTING_MAX} deep", HINT)
        return decoder.decode(body)
    except UnicodeDecodeError as error:
        raise BadTelemetry(f"cannot decode OTLP/JSON: no UTF-8 at byte {error.start}", HINT) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadTelemetry(f"cannot decode OTLP/JSON: {error}", HINT) from None


@compiled
def _nesting(text: NDArray[np.uint8]) -> int:
    """Return how deep objects and arrays lie within each other; of text that is no JSON, anything."""
    depth = deepest = 0
    in_string = False
    i = 0
    while i < len(text):
        byte = text[i]
        if in_string:
            i += byte == 92  # a backslash: what it escapes does not end the string
            in_string = byte != 34
        elif byte == 34:
            in_string = True
        elif byte == 123 or byte == 91:
            depth += 1
            deepest = max(deepest, depth)
        elif byte == 125 or byte == 93:
            depth -= 1
        i += 1
    return deepest


def slots_in(attributes: Sequence[KeyValue] | None, slots: dict[str, int]) -> list[Value]:
    """Return the values of the attributes that are read, by slot."""
    values: list[Value] = [None] * len(slots)
    for attribute in attributes or ():
        value = attribute.value
        if value is not None and (value.int_value.__class__ is str or value.double_value.__class__ is str):
            _check_numbers(value)
        slot = slots.get(attribute.key or "")
        if slot is not None:
            values[slot] = None if value is None else value_of(value)
    return values


def value_of(value: AnyValue) -> Value:
    """Return the value itself; of the kinds nobody reads, nothing."""
    if value.string_value is not None:
        return value.string_value
    if value.int_value is not None:
        return integer(value.int_value, "intValue", -(2**63), 2**63 - 1)
    return None if value.double_value is None else float(value.double_value)


def _check_numbers(value: AnyValue) -> None:
    """Refuse text that is no number where a number must be, also in attributes nobody reads."""
    if isinstance(value.int_value, str):
        integer(value.int_value, "intValue", -(2**63), 2**63 - 1)
    if isinstance(value.double_value, str):
        number(value.double_value, "doubleValue")


def number(value: float | str, name: str) -> float:
    """Return a double, which JSON writes as a number or as text ("NaN" and the infinities only so)."""
    try:
        return float(value)
    except ValueError:
        raise BadTelemetry(f"cannot decode OTLP/JSON: {name} is no number", HINT) from None


def moment_ns(value: int | str | None, name: str) -> int:
    """Return a moment in nanoseconds since 1970 UTC; 0 if there is none."""
    return 0 if value is None else integer(value, name, 0, _UINT64_MAX)


def trace_id_in(text: str | None) -> bytes:
    """Return the bytes of an id in hex; none of what is no such id."""
    return bytes.fromhex(text) if text is not None and _HEX.issuperset(text) and len(text) % 2 == 0 else b""


def integer(value: int | str, name: str, least: int, most: int) -> int:
    """Return an int64 or uint64, which JSON writes as text or number."""
    if isinstance(value, str):
        if len(value) > 20 or not value.isascii() or not value.removeprefix("-").isdigit():
            raise BadTelemetry(f"cannot decode OTLP/JSON: {name} is no integer", HINT)
        value = int(value)
    if not least <= value <= most:
        raise BadTelemetry(f"cannot decode OTLP/JSON: {name} is out of range", HINT)
    return value
