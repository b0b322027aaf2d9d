"""Write values as one agreed sequence of bytes, and read them back: RFC 8785 without fractions.

Whoever hashes or signs a document must get the same bytes for the same content on every machine, so this subset has
no numbers that could be written in two ways: strings, integers, booleans, null, arrays and objects with string keys.
"""

import json

from observatory.errors import BadInput

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

INTEGER_MAX = 2**53 - 1
"""Larger ones do not survive readers that keep numbers as doubles (RFC 7493 section 2.2)."""
DEPTH_MAX = 16
BODY_BYTES_MAX = 1 << 20


def canonical(value: Json) -> bytes:
    """Return the canonical bytes of a value. Raises BadInput for what the subset leaves out."""
    try:
        body = json.dumps(_ordered(value, DEPTH_MAX), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise BadInput("cannot write canonical JSON: a text holds half a surrogate pair", "send text as valid Unicode") from None
    if len(body) > BODY_BYTES_MAX:
        raise BadInput(f"cannot write canonical JSON: {len(body)} bytes", f"keep it under {BODY_BYTES_MAX} bytes")
    return body


def parse(body: bytes) -> Json:
    """Return the value whose canonical bytes these are. Raises BadInput for any others: also for valid JSON written differently."""
    if len(body) > BODY_BYTES_MAX:
        raise BadInput(f"cannot read canonical JSON: {len(body)} bytes", f"keep it under {BODY_BYTES_MAX} bytes")
    try:
        value: Json = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise BadInput(f"cannot read canonical JSON: {type(error).__name__}", "send RFC 8785 JSON in UTF-8") from None
    if canonical(value) != body:
        raise BadInput("cannot read canonical JSON: it is not in canonical form", "sort keys, drop spaces, name every key once")
    return value


def _ordered(value: Json, depth: int) -> Json:
    """Return the value with every object's keys in order of their UTF-16 code units (RFC 8785 section 3.2.3)."""
    if depth == 0:
        raise BadInput("cannot use canonical JSON: nested too deep", f"keep it to {DEPTH_MAX} levels")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise BadInput("cannot write canonical JSON: a key is no text", "use text as keys")
        return {key: _ordered(value[key], depth - 1) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    if isinstance(value, list):
        return [_ordered(item, depth - 1) for item in value]
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int) and abs(value) <= INTEGER_MAX:
        return value
    raise BadInput(f"cannot use {type(value).__name__} in canonical JSON", "use integers up to 2^53-1, text, true, false and null")
