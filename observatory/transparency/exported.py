"""Verify a log that was exported as files: every byte of it, without the observatory and without a network.

Files: `checkpoint`, `keys` (of all who signed it), `tile/...` as C2SP tlog-tiles has them, and `body/<SHA-256>` for bodies that are
too long for a leaf.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Sequence

from observatory.errors import BadInput
from observatory.transparency.chain import Break
from observatory.transparency.checkpoint import Checkpoint, open_checkpoint
from observatory.transparency.merkle import HASH_BYTES, CompactRange, hash_leaf
from observatory.transparency.note import Note, NoteKey
from observatory.transparency.tiles import ENTRIES, TILE_LEVELS, Tile, read_bundle, tiles_of

CHECKPOINT_FILE = "checkpoint"
KEYS_FILE = "keys"
LONG_BODY = re.compile(rb'\n\{"body":"sha256:([0-9a-f]{64})"\}\Z')

Read = Callable[[str], bytes]
"""Returns the content of a file, nothing for one that is not there."""
Tell = Callable[[int, int], None]


def body_file(body: bytes) -> str:
    """Return the name of the file with a long body."""
    return f"body/{hashlib.sha256(body).hexdigest()}"


def check_export(read: Read, trusted: Sequence[NoteKey], tell: Tell = lambda _done, _all: None) -> tuple[Checkpoint, Break | None]:
    """Return what was exported, and the first thing that is not what was signed. `trusted` keys of the log; none: those in the export.

    Raises BadInput for a checkpoint that nobody may believe, whatever is with it.
    """
    note, keys = Note.parse(read(CHECKPOINT_FILE)), [NoteKey.parse(line) for line in _lines(read(KEYS_FILE))]
    found = open_checkpoint(note.content, trusted or keys)
    if any(not any(signature == note.signed_by(key) for key in keys) for signature in note.signatures):
        raise BadInput("cannot trust the export: a signature fits no key that is with it", "export it anew, or ask who gave it to you")
    tree, levels = CompactRange(), dict[int, list[bytes]]()
    for tile in tiles_of(found.size):
        if tile.level == ENTRIES:
            if broken := _take(read, tile, tree, levels):
                return found, broken
            tell(tree.size, found.size)
        elif read(f"tile/{tile.path}") != b"".join(levels[tile.tree_level][tile.begin : tile.begin + tile.width]):
            return found, Break(tile.begin << tile.tree_level, f"is not what the tile says: tile/{tile.path} was changed")
    if hmac.compare_digest(tree.root(), found.root):
        return found, None
    return found, Break(max(0, found.size - 1), "or one before it is not what was signed: the root is another one")


def _take(read: Read, tile: Tile, tree: CompactRange, levels: dict[int, list[bytes]]) -> Break | None:
    """Add the leaves of a bundle to the tree, and what they complete to the levels that tiles are of."""
    try:
        leaves = read_bundle(read(f"tile/{tile.path}"))
    except BadInput:
        leaves = []
    if len(leaves) != tile.width:
        return Break(tile.begin, f"cannot be read: tile/{tile.path} was changed")
    for index, leaf in enumerate(leaves, start=tile.begin):
        long = LONG_BODY.search(leaf)
        if long is not None and not _is_body(read(f"body/{long[1].decode()}"), long[1]):
            return Break(index, "is not what its digest says: its body was changed")
        hashed = hash_leaf(leaf)
        levels.setdefault(0, []).append(hashed)
        for level, each in enumerate(tree.append(hashed), start=1):
            if level % TILE_LEVELS == 0:
                levels.setdefault(level, []).append(each)
    kept = read(f"tile/{Tile(0, tile.number, tile.width).path}")
    own = levels[0][tile.begin :]
    wrong = next((number for number, each in enumerate(own) if kept[number * HASH_BYTES : (number + 1) * HASH_BYTES] != each), None)
    return None if wrong is None else Break(tile.begin + wrong, "is not what its hash says: it or the tile was changed")


def _is_body(content: bytes, digest: bytes) -> bool:
    return hmac.compare_digest(hashlib.sha256(content).hexdigest().encode(), digest)


def _lines(content: bytes) -> Iterator[str]:
    text = content.decode(errors="replace")
    if not text.endswith("\n"):
        raise BadInput("cannot read the keys of the export", "there is one a line")
    yield from text.removesuffix("\n").split("\n")
