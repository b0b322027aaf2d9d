"""Give out the tree of the log as tiles, and all of it as the files that verify without us."""

from collections.abc import Iterable, Iterator

from observatory.errors import NotFound, phrase
from observatory.store.register import RegisterStore
from observatory.transparency.checkpoint import SignedCheckpoint
from observatory.transparency.exported import CHECKPOINT_FILE, KEYS_FILE, body_file
from observatory.transparency.leaf import data_of
from observatory.transparency.note import NoteKey
from observatory.transparency.tiles import ENTRIES, Tile, tiles_of, write_bundle


def tile_content(register: RegisterStore, tile: Tile, size: int) -> bytes:
    """Return the bytes of a tile of the tree of this size. Raises NotFound if that has none, or none so wide."""
    if not tile.is_in(size):
        raise NotFound(phrase("cannot find this tile of the log"), phrase("tiles up to the size of /checkpoint are there"))
    with register.look() as books:
        if tile.level == ENTRIES:
            return write_bundle([data_of(entry) for entry in books.log.entries(tile.begin, tile.width)])
        return b"".join(books.log.nodes(tile.tree_level, tile.begin, tile.width))


def exported(register: RegisterStore, signed: SignedCheckpoint, content: bytes, keys: Iterable[NoteKey]) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of the files of the log as it was signed; the checkpoint comes last: without it the rest is unfinished."""
    yield KEYS_FILE, "".join(f"{key.vkey}\n" for key in keys).encode()
    for tile in tiles_of(signed.size):
        yield f"tile/{tile.path}", tile_content(register, tile, signed.size)
        if tile.level == ENTRIES:
            yield from _long_bodies(register, tile)
    yield CHECKPOINT_FILE, content


def _long_bodies(register: RegisterStore, tile: Tile) -> Iterator[tuple[str, bytes]]:
    """Yield the bodies that stand in their leaves by their digests."""
    with register.look() as books:
        entries = books.log.entries(tile.begin, tile.width)
    yield from ((body_file(entry.body), entry.body) for entry in entries if not data_of(entry).endswith(entry.body))
