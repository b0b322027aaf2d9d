"""Roots and proofs are those of RFC 6962, for every size up to 64 and any beyond."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.transparency.merkle import (
    CompactRange,
    consistency_proof,
    hash_leaf,
    inclusion_proof,
    is_consistent,
    is_included,
    root_at,
    root_of,
)
from tests.transparency import naive_tree

VECTORS = {
    "": "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "00": "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "10": "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "2021": "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "3031": "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "40414243": "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "5051525354555657": "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "606162636465666768696a6b6c6d6e6f": "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
"""Leaves, and the root with each: those that implementations of RFC 6962 are tested with."""
LEAVES = [hash_leaf(b"leaf %d" % number) for number in range(64)]
SIZES = range(1, len(LEAVES) + 1)
leaf_lists = st.integers(1, 400).map(lambda count: [hash_leaf(b"%d" % number) for number in range(count)])


def test_roots_are_those_that_others_have() -> None:
    tree = CompactRange()
    assert tree.root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for leaf, root in VECTORS.items():
        tree.append(hash_leaf(bytes.fromhex(leaf)))
        assert tree.root().hex() == root


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_of_every_small_tree_is_proved_and_nothing_else(size: int) -> None:
    leaves = LEAVES[:size]
    root, node = naive_tree.root(leaves), partial(naive_tree.node, leaves)
    assert root_of(leaves) == root == root_at(size, node)
    for index, leaf in enumerate(leaves):
        path = inclusion_proof(index, size, node)
        assert path == naive_tree.path(index, leaves)
        assert is_included(index, size, leaf, path, root)
        assert not is_included(index, size, LEAVES[index - 1] if size > 1 else bytes(32), path, root)
        assert not is_included(index, size, leaf, [*path, root], root)
        assert not path or not is_included(index, size, leaf, path[:-1], root)
        assert not any(is_included(other, size, leaf, path, root) for other in (-1, size, (index + 1) % size) if other != index)


@pytest.mark.parametrize("size", SIZES)
def test_every_small_tree_follows_from_every_smaller_one_and_from_no_other(size: int) -> None:
    leaves = LEAVES[:size]
    root, node = naive_tree.root(leaves), partial(naive_tree.node, leaves)
    for old in range(size + 1):
        old_root, proof = naive_tree.root(leaves[:old]), consistency_proof(old, size, node)
        assert proof == (naive_tree.proof(old, leaves) if 0 < old < size else [])
        assert is_consistent(old, size, old_root, root, proof)
        assert not is_consistent(old, size, bytes(32), root, proof)
        assert not is_consistent(old, size, old_root, bytes(32), proof) or old == 0
        assert not is_consistent(old, size, old_root, root, [*proof, root])
        assert not proof or not is_consistent(old, size, old_root, root, proof[:-1])


def test_appending_tells_each_subtree_it_completes() -> None:
    tree, known = CompactRange(), {(0, index): leaf for index, leaf in enumerate(LEAVES)}
    for index, leaf in enumerate(LEAVES):
        known |= {(level, index >> level): each for level, each in enumerate(tree.append(leaf), start=1)}
    assert len(known) == 2 * len(LEAVES) - 1
    assert all(each == naive_tree.node(LEAVES, *place) for place, each in known.items())


@given(leaf_lists, st.data())
def test_any_tree_proves_its_leaves_and_its_past(leaves: list[bytes], data: st.DataObject) -> None:
    size, node = len(leaves), partial(naive_tree.node, leaves)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    root = root_of(leaves)
    assert is_included(index, size, leaves[index], inclusion_proof(index, size, node), root)
    assert is_consistent(old, size, root_at(old, node), root, consistency_proof(old, size, node))


@given(leaf_lists, st.data())
def test_one_changed_byte_of_a_proof_is_no_proof(leaves: list[bytes], data: st.DataObject) -> None:
    size, node = len(leaves), partial(naive_tree.node, leaves)
    index, root = data.draw(st.integers(0, size - 1)), root_of(leaves)
    path = inclusion_proof(index, size, node)
    place = data.draw(st.integers(0, 32 * len(path) + 31))
    forged = bytearray(b"".join(path) + leaves[index])
    forged[place] ^= data.draw(st.integers(1, 255))
    hashes = [bytes(forged[begin : begin + 32]) for begin in range(0, len(forged), 32)]
    assert not is_included(index, size, hashes[-1], hashes[:-1], root)
