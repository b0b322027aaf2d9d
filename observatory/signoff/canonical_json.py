"""Write values as one agreed sequence of bytes, and read them back: RFC 8785 without fractions.

Whoever hashes or signs a document must get the same bytes for the same content on every machine, so this subset has
no numbers that could be written in two ways: strings, integers, booleans, null, arrays and objects with string keys.
"""

import json

from observatory.errors import BadInput, phrase

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

INTEGER_MAX = 2**53 - 1
"""Larger ones do not survive readers that keep numbers as doubles (RFC 7493 section 2.2)."""
DEPTH_MAX = 16
BODY_BYTES_MAX = 1 << 20
KEEP_IT_SMALL = phrase("keep it under %(max)d bytes")


def canonical(value: Json) -> bytes:
    """Return the canonical bytes of a value. Raises BadInput for what the subset leaves out."""
    try:
        body = json.dumps(_ordered(value, DEPTH_MAX), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise BadInput(
            phrase("cannot write canonical JSON: a text holds half a surrogate pair"), phrase("send text as valid Unicode")
        ) from None
    if len(body) > BODY_BYTES_MAX:
        raise BadInput(phrase("cannot write canonical JSON: %(count)d bytes"), KEEP_IT_SMALL, count=len(body), max=BODY_BYTES_MAX)
    return body


def parse(body: bytes) -> Json:
    """Return the value whose canonical bytes these are. Raises BadInput for any others: also for valid JSON written differently."""
    if len(body) > BODY_BYTES_MAX:
        raise BadInput(phrase("cannot read canonical JSON: %(count)d bytes"), KEEP_IT_SMALL, count=len(body), max=BODY_BYTES_MAX)
    try:
        value: Json = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise BadInput(
            phrase("cannot read canonical JSON: %(error)s"), phrase("send RFC 8785 JSON in UTF-8"), error=type(error).__name__
        ) from None
    if canonical(value) != body:
        raise BadInput(
            phrase("cannot read canonical JSON: it is not in canonical form"), phrase("sort keys, drop spaces, name every key once")
        )
    return value


def _ordered(value: Json, depth: int) -> Json:
    """Return the value with every object's keys in order of their UTF-16 code units (RFC 8785 section 3.2.3)."""
    if depth == 0:
        raise BadInput(phrase("cannot use canonical JSON: nested too deep"), phrase("keep it to %(max)d levels"), max=DEPTH_MAX)
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise BadInput(phrase("cannot write canonical JSON: a key is no text"), phrase("use text as keys"))
        return {key: _ordered(value[key], depth - 1) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    if isinstance(value, list):
        return [_ordered(item, depth - 1) for item in value]
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int) and abs(value) <= INTEGER_MAX:
        return value
    raise BadInput(
        phrase("cannot use %(type)s in canonical JSON"),
        phrase("use integers up to 2^53-1, text, true, false and null"),
        type=type(value).__name__,
    )
