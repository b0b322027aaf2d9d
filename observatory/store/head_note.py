"""Keep the newest signed head of the log in a file of its own, beside the key that signed it, so that the log cannot go back unseen."""

import json
import secrets
from datetime import datetime
from pathlib import Path

from observatory.errors import BadSettings
from observatory.store.key_file import sync_folder, write_new
from observatory.transparency.chain import recorded_text
from observatory.transparency.signed_head import SignedHead, is_genuine

COMPARE = "compare with a head you kept (observatory check-log --expect SIZE:HASH), then remove it"


def read_head_note(path: Path) -> SignedHead | None:
    """Return the head that was signed last, None before the first. Raises BadSettings for a file that was damaged or changed."""
    try:
        note = json.loads(path.read_bytes())
        head = SignedHead(
            int(note["size"]),
            bytes.fromhex(note["hash"]),
            datetime.fromisoformat(note["signed_at"]),
            bytes.fromhex(note["public_key"]),
            bytes.fromhex(note["signature"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise BadSettings(f"cannot read {path}: it is damaged", COMPARE) from None
    if not is_genuine(head):
        raise BadSettings(f"cannot trust {path}: its signature does not fit", COMPARE)
    return head


def write_head_note(path: Path, head: SignedHead) -> None:
    """Replace the note, all of it or nothing, before anybody is shown the head. Raises OSError."""
    note = {
        "size": head.size,
        "hash": head.hash.hex(),
        "signed_at": recorded_text(head.signed_at),
        "public_key": head.public_key.hex(),
        "signature": head.signature.hex(),
    }
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        write_new(draft, json.dumps(note) + "\n")
        draft.replace(path)
        sync_folder(path.absolute().parent)
    finally:
        draft.unlink(missing_ok=True)
