"""Cut a page out of a list, and make the cursor of the next one. A cursor is opaque to callers and trusted by nobody."""

import base64
import binascii

from observatory.errors import BadInput

LIMIT_DEFAULT = 100
LIMIT_MAX = 1000
CURSOR_LENGTH_MAX = 200


def cursor_after(kind: str, last_id: str) -> str:
    """Return the cursor that continues a list of this kind behind the item of that id."""
    return base64.urlsafe_b64encode(f"{kind}:{last_id}".encode()).decode().rstrip("=")


def id_before(kind: str, cursor: str) -> str:
    """Return the id a cursor continues behind. Raises BadInput for a cursor of another list, or none of ours."""
    try:
        padded = cursor[:CURSOR_LENGTH_MAX] + "=" * (-len(cursor) % 4)
        found_kind, separator, last_id = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii").partition(":")
    except (binascii.Error, ValueError):
        found_kind, separator, last_id = "", "", ""
    if not separator or found_kind != kind or not last_id or cursor != cursor_after(kind, last_id):
        raise BadInput(
            "cannot continue this list: the cursor is not one it gave out", 'use the value of "next" as it came, or leave cursor out'
        )
    return last_id
