"""The tree against an independent, naive reading of RFC 6962."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import merkle


def naive_root(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m, leaves):
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_consistency(m, leaves, whole=True):
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*naive_consistency(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_consistency(m - k, leaves[k:], False), naive_root(leaves[:k])]


def leaves_of(size):
    return [b"leaf %d" % i for i in range(size)]


def tiles(leaves):
    """Build every tile of a tree from its leaves, level by level."""
    row, level, made = [merkle.leaf_hash(leaf) for leaf in leaves], 0, {}
    while row:
        for i in range(0, len(row), 256):
            made[level, i // 256] = b"".join(row[i : i + 256])
        row = [merkle.tile_root(made[level, i]) for i in range(len(row) // 256)]
        level += 1
    return made


def reading(leaves):
    made = tiles(leaves)
    return merkle.reader(lambda level, index: made[level, index])


sizes = st.one_of(st.integers(1, 70), st.integers(250, 520))


@settings(deadline=None, max_examples=60)
@given(st.data(), sizes)
def test_roots_and_proofs_agree_with_the_rfc_read_naively(data, size):
    leaves = leaves_of(size)
    read = reading(leaves)
    assert merkle.root(read, size) == naive_root(leaves)
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_proof(read, index, size)
    assert path == naive_path(index, leaves)
    leaf = merkle.leaf_hash(leaves[index])
    assert merkle.root_from_inclusion(leaf, index, size, path) == naive_root(leaves)
    older = data.draw(st.integers(1, size))
    proof = merkle.consistency_proof(read, older, size)
    assert proof == naive_consistency(older, leaves)
    merkle.verify_consistency(older, size, naive_root(leaves[:older]), naive_root(leaves), proof)


@settings(deadline=None, max_examples=60)
@given(st.data(), st.integers(2, 70))
def test_a_proof_for_another_leaf_tree_or_beginning_fails(data, size):
    leaves = leaves_of(size)
    read = reading(leaves)
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_proof(read, index, size)
    assert merkle.root_from_inclusion(b"\0" * 32, index, size, path) != naive_root(leaves)
    for wrong in (path[:-1], [*path, b"\0" * 32]):
        with pytest.raises(merkle.BadProof):
            merkle.root_from_inclusion(merkle.leaf_hash(leaves[index]), index, size, wrong)
    older = data.draw(st.integers(1, size - 1))
    proof = merkle.consistency_proof(read, older, size)
    for root_before, root_after in (
        (b"\0" * 32, naive_root(leaves)),
        (naive_root(leaves[:older]), b"\0" * 32),
    ):
        with pytest.raises(merkle.BadProof):
            merkle.verify_consistency(older, size, root_before, root_after, proof)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from([1, 2, 7, 100, 255, 256, 257, 300]), max_size=6))
def test_an_edge_grows_into_the_same_tiles_and_root(steps):
    edge, made, leaves = merkle.Edge(), {}, []
    for step in steps:
        added = [b"leaf %d" % i for i in range(len(leaves), len(leaves) + step)]
        for place, hashes in edge.extend([merkle.leaf_hash(leaf) for leaf in added]).items():
            assert hashes.startswith(made.get(place, b""))
            made[place] = hashes
        leaves += added
        edge = merkle.Edge(edge.size, edge.rows)
        assert edge.root() == naive_root(leaves)
    assert made == tiles(leaves)


def test_the_edge_of_a_tall_tree_grows_like_a_short_one():
    edge, leaves = merkle.Edge(), leaves_of(256 * 256 + 3)
    edge.extend([merkle.leaf_hash(leaf) for leaf in leaves])
    assert edge.root() == naive_root(leaves)
    with pytest.raises(merkle.BadProof):
        merkle.Edge(edge.size + 1, edge.rows)


def test_tiles_are_listed_and_named_as_tlog_tiles_says():
    assert merkle.tile_path(0, 1234067, 256) == "tile/0/x001/x234/067"
    assert merkle.tile_path("entries", 5, 8) == "tile/entries/005.p/8"
    assert list(merkle.tiles_of(513)) == [(0, 0, 256), (0, 1, 256), (0, 2, 1), (1, 0, 2)]
    assert list(merkle.tiles_of(256)) == [(0, 0, 256), (1, 0, 1)]
