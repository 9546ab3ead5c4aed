"""Signed notes: what is signed opens, anything else does not."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import note

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = note.public_bytes(KEY)
NAME = "teleconseil.example/log"


def test_a_known_verifier_key_reads_back():
    # From the golang.org/x/mod/sumdb/note documentation.
    text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    name, public = note.parse_vkey(text)
    assert note.vkey(name, public) == text


def test_the_example_note_of_the_specification_opens():
    name, public = note.parse_vkey(
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    )
    signed = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"  # noqa: E501
    )
    assert note.opened(signed, name, public).startswith("If you think")


def test_a_checkpoint_goes_there_and_back():
    checkpoint = note.Checkpoint("teleconseil.example/log", 42, b"\7" * 32)
    signed = note.sign(checkpoint.text(), NAME, KEY)
    assert note.parse_checkpoint(note.opened(signed, NAME, PUBLIC)) == checkpoint


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n42\n", "\n43\n"),
        lambda text: text.replace("\u2014", "-"),
        lambda text: text.replace("\n\n", "\n"),
        lambda text: text.replace(NAME + " ", "another "),
    ],
)
def test_a_changed_note_does_not_open(change):
    signed = note.sign(note.Checkpoint(NAME, 42, b"\7" * 32).text(), NAME, KEY)
    with pytest.raises(note.BadNote):
        note.opened(change(signed), NAME, PUBLIC)


def test_a_note_signed_by_another_key_does_not_open():
    signed = note.sign("x\n", NAME, Ed25519PrivateKey.from_private_bytes(b"\1" * 32))
    with pytest.raises(note.BadNote):
        note.opened(signed, NAME, PUBLIC)


def test_a_verifier_key_with_a_wrong_id_is_refused():
    name, said, _ = note.vkey(NAME, PUBLIC).split("+", 2)
    with pytest.raises(note.BadNote):
        note.parse_vkey(f"{name}+{said}+{base64.b64encode(b'x' * 33).decode()}")
