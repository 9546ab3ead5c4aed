"""Sealed content opens with its key, at its place, and nowhere else."""

from uuid import UUID

import pytest

from audit import seal

KEY, OTHER = b"k" * 32, b"o" * 32
PLACE = {"question": UUID(int=1), "seq": 3, "field": "body", "author": UUID(int=2)}


def test_a_text_opens_at_its_own_place_only():
    sealed = seal.seal(KEY, b"j'ai mal", **PLACE)
    assert seal.unseal(KEY, sealed, **PLACE) == b"j'ai mal"
    assert b"mal" not in sealed
    for moved in (
        {**PLACE, "question": UUID(int=9)},
        {**PLACE, "seq": 4},
        {**PLACE, "field": "report"},
        {**PLACE, "author": UUID(int=9)},
    ):
        with pytest.raises(seal.Unreadable):
            seal.unseal(KEY, sealed, **moved)
    with pytest.raises(seal.Unreadable):
        seal.unseal(OTHER, sealed, **PLACE)
    for broken in (b"", sealed[:-1], b"\x02" + sealed[1:]):
        with pytest.raises(seal.Unreadable):
            seal.unseal(KEY, broken, **PLACE)


def test_the_same_text_never_looks_the_same():
    assert seal.seal(KEY, b"x", **PLACE) != seal.seal(KEY, b"x", **PLACE)


def test_a_key_unwraps_only_under_its_master():
    wrapped = seal.wrap(OTHER, KEY)
    assert seal.unwrap(OTHER, wrapped) == KEY
    with pytest.raises(seal.Unreadable):
        seal.unwrap(KEY, wrapped)


def test_a_commitment_depends_on_its_salt_and_its_content():
    made = seal.commitment(b"s" * 32, b"content")
    assert made != seal.commitment(b"t" * 32, b"content")
    assert made != seal.commitment(b"s" * 32, b"content ")
    with pytest.raises(ValueError):
        seal.commitment(b"short", b"content")
