"""Cut a tree into tiles that can be kept and cached for ever (C2SP tlog-tiles): paths, widths, bundles of entries.

A tile has 256 hashes of one level: those at level 8 * L. The last of each level may be partial and says how wide it is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from observatory.errors import BadInput

TILE_WIDTH = 256
TILE_LEVELS = 8
LENGTH_BYTES = 2
LEVEL_MAX = 7
ENTRIES = -1
"""Stands for the level of the bundles that hold the entries themselves."""
TILE_PATH = re.compile(
    r"(?P<level>entries|0|[1-9])/(?P<number>(?:x\d{3}/){0,5}\d{3})(?:\.p/(?P<width>[1-9]\d{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Tile:
    """Some neighbours of a level, or a bundle of entries."""

    level: int
    number: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Where it lies below `/tile/`."""
        groups = [f"{self.number % 1000:03d}"]
        rest = self.number // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03d}")
            rest //= 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = f".p/{self.width}" if self.width < TILE_WIDTH else ""
        return f"{level}/{'/'.join(groups)}{partial}"

    @classmethod
    def parse(cls, path: str) -> "Tile":
        """Return the tile at a path below `/tile/`. Raises BadInput unless the path is written the one right way."""
        match = TILE_PATH.fullmatch(path)
        if match is not None:
            number = int(match["number"].replace("x", "").replace("/", ""))
            level = ENTRIES if match["level"] == "entries" else int(match["level"])
            found = cls(level, number, int(match["width"] or TILE_WIDTH))
            if found.path == path and level <= LEVEL_MAX:
                return found
        raise BadInput("cannot find this tile", "write tile/LEVEL/NNN, x001/234 for 1234, and .p/WIDTH behind a partial one")

    @property
    def tree_level(self) -> int:
        """At which level of the tree its hashes are."""
        return max(0, self.level) * TILE_LEVELS

    @property
    def begin(self) -> int:
        """The position of its first hash in that level."""
        return self.number * TILE_WIDTH

    def is_in(self, size: int) -> bool:
        """Tell whether a tree of this size has this tile."""
        return self.begin + self.width <= size >> self.tree_level


def tiles_of(size: int) -> Iterator[Tile]:
    """Return every tile of a tree, bundles of entries among them, the last of each level as wide as it is."""
    for level in range(ENTRIES, LEVEL_MAX + 1):
        count = size >> max(0, level) * TILE_LEVELS
        for number in range(-(-count // TILE_WIDTH)):
            yield Tile(level, number, min(TILE_WIDTH, count - number * TILE_WIDTH))


def write_bundle(leaves: Sequence[bytes]) -> bytes:
    """Return a bundle: each leaf behind its length."""
    return b"".join(len(leaf).to_bytes(LENGTH_BYTES, "big") + leaf for leaf in leaves)


def read_bundle(content: bytes) -> list[bytes]:
    """Return the leaves of a bundle. Raises BadInput for one that is cut."""
    leaves, position = [], 0
    while position < len(content):
        begin = position + LENGTH_BYTES
        position = begin + int.from_bytes(content[position:begin], "big")
        if position > len(content) or begin > len(content):
            raise BadInput("cannot read a bundle of entries", "it is cut off")
        leaves.append(content[begin:position])
    return leaves
