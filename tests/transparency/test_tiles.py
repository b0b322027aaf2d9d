"""Tiles have one path each, and all of a tree are found by its size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.errors import BadInput
from observatory.transparency.tiles import ENTRIES, TILE_WIDTH, Tile, read_bundle, tiles_of, write_bundle


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "0/000"),
        (Tile(0, 1_234_067), "0/x001/x234/067"),
        (Tile(1, 999, 3), "1/999.p/3"),
        (Tile(ENTRIES, 1000), "entries/x001/000"),
        (Tile(ENTRIES, 0, 255), "entries/000.p/255"),
    ],
)
def test_a_path_is_written_in_groups_of_three(tile: Tile, path: str) -> None:
    assert (tile.path, Tile.parse(path)) == (path, tile)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "0/0",
        "0/00",
        "0/0000",
        "0/x000/001",
        "8/000",
        "10/000",
        "00/000",
        "0/x01/234",
        "0/001/234",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/03",
        "0/000.p",
        "entry/000",
        "0/-01",
        "0/000/",
        "0/\u0660\u0660\u0660",
        "0/000\n",
    ],
)
def test_any_other_path_is_none(path: str) -> None:
    with pytest.raises(BadInput, match="cannot find this tile"):
        Tile.parse(path)


@given(st.integers(ENTRIES, 7), st.integers(0, 10**15), st.integers(1, TILE_WIDTH))
def test_every_tile_has_a_path_that_leads_to_it(level: int, number: int, width: int) -> None:
    tile = Tile(level, number, width)
    assert Tile.parse(tile.path) == tile


@given(st.integers(0, 3 * 256**2 + 77))
def test_the_tiles_of_a_tree_cover_each_level_once(size: int) -> None:
    found = list(tiles_of(size))
    for level in range(ENTRIES, 4):
        widths = [tile.width for tile in found if tile.level == level]
        assert sum(widths) == size >> max(0, level) * 8
        assert all(width == TILE_WIDTH for width in widths[:-1])
    assert all(tile.is_in(size) for tile in found)


def test_a_tile_that_is_wider_than_the_tree_is_not_in_it() -> None:
    assert Tile(0, 0, 3).is_in(3)
    assert not Tile(0, 0, 4).is_in(3)
    assert not Tile(1, 0, 1).is_in(255)
    assert Tile(1, 0, 1).is_in(256)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_gives_back_its_leaves(leaves: list[bytes]) -> None:
    assert read_bundle(write_bundle(leaves)) == leaves


@pytest.mark.parametrize("content", [b"\x00", b"\x00\x02a", b"\x00\x01ab"])
def test_a_bundle_that_is_cut_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match="cut off"):
        read_bundle(content)
