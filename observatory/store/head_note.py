"""Keep the newest signed checkpoint of the log in a file of its own, beside the key that signed it, so that the log cannot go back unseen.

A note of an earlier release holds a head of the chain that the log was then; it is read once, and replaced by the next.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from observatory.errors import BadInput, BadSettings
from observatory.store.key_file import sync_folder, write_new
from observatory.transparency.checkpoint import SignedCheckpoint, open_checkpoint
from observatory.transparency.leaf import recorded_text
from observatory.transparency.note import NoteKey
from observatory.transparency.signed_head import SignedHead, is_genuine

COMPARE = "compare with a head you kept (observatory check-log --expect SIZE:HASH), then remove it"


@dataclass(frozen=True, slots=True)
class KeptHead:
    """What was signed last."""

    head: tuple[int, bytes]
    """Its size, and its root or the newest hash of the chain."""
    signed: SignedCheckpoint | None
    """None for a head of the chain."""


def read_head_note(path: Path) -> KeptHead | None:
    """Return what was signed last, None before the first. Raises BadSettings for a file that was damaged or changed."""
    try:
        note = json.loads(path.read_bytes())
        kept = _checkpoint(note) if "checkpoint" in note else _chain_head(note)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise BadSettings(f"cannot read {path}: it is damaged", COMPARE) from None
    except BadInput:
        kept = None
    if kept is None:
        raise BadSettings(f"cannot trust {path}: its signature does not fit", COMPARE)
    return kept


def write_head_note(path: Path, signed: SignedCheckpoint, key: NoteKey) -> None:
    """Replace the note, all of it or nothing, before anybody is shown the checkpoint. Raises OSError."""
    note = {"checkpoint": signed.content.decode(), "key": key.vkey, "signed_at": recorded_text(signed.signed_at)}
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        write_new(draft, json.dumps(note) + "\n")
        draft.replace(path)
        sync_folder(path.absolute().parent)
    finally:
        draft.unlink(missing_ok=True)


def _checkpoint(note: dict[str, object]) -> KeptHead:
    content = str(note["checkpoint"]).encode()
    found = open_checkpoint(content, [NoteKey.parse(str(note["key"]))])
    return KeptHead((found.size, found.root), SignedCheckpoint(content, found, datetime.fromisoformat(str(note["signed_at"]))))


def _chain_head(note: dict[str, object]) -> KeptHead | None:
    key, signature, digest = (bytes.fromhex(str(note[name])) for name in ("public_key", "signature", "hash"))
    head = SignedHead(int(cast(int, note["size"])), digest, datetime.fromisoformat(str(note["signed_at"])), key, signature)
    return KeptHead((head.size, head.hash), None) if is_genuine(head) else None
