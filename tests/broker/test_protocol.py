"""Frames are parsed strictly, and every refusal carries a code of the one table."""

import json
import re
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker import protocol
from broker.actions.faults import MOVED, Moved
from broker.protocol import FrameError, parse, plain_text

ROOT = Path(__file__).parents[2]
ID = str(uuid4())


def send(**changed):
    return json.dumps({"type": "send", "id": ID, "body": "Bonjour", **changed})


def refused(raw):
    with pytest.raises(FrameError) as wrong:
        parse(raw)
    return wrong.value.code


BAD = {
    "": "FRAME_NOT_JSON",
    "{": "FRAME_NOT_JSON",
    "\x00": "FRAME_NOT_JSON",
    "[]": "FRAME_NOT_OBJECT",
    "3": "FRAME_NOT_OBJECT",
    "{}": "FRAME_TYPE_UNKNOWN",
    '{"type":3}': "FRAME_TYPE_UNKNOWN",
    '{"type":["send"]}': "FRAME_TYPE_UNKNOWN",
    '{"type":"drop"}': "FRAME_TYPE_UNKNOWN",
    '{"type":"resume"}': "FRAME_FIELD_MISSING",
    '{"type":"resume","after":"1"}': "FRAME_FIELD_INVALID",
    '{"type":"resume","after":true}': "FRAME_FIELD_INVALID",
    '{"type":"resume","after":1.0}': "FRAME_FIELD_INVALID",
    '{"type":"resume","after":-1}': "FRAME_FIELD_INVALID",
    '{"type":"resume","after":NaN}': "FRAME_NOT_JSON",
    '{"type":"resume","after":1e999}': "FRAME_FIELD_INVALID",
    '{"type":"resume","after":9007199254740992}': "FRAME_FIELD_INVALID",
    '{"type":"resume","after":' + "9" * 9000 + "}": "FRAME_NOT_JSON",
    '{"type":"resume","after":1,"after":2}': "FRAME_DUPLICATE_KEY",
    '{"type":"resume","after":1,"more":2}': "FRAME_FIELD_UNKNOWN",
    "[" * 5000: "FRAME_TOO_DEEP",
    '{"type":' + "[" * 9 + "]" * 9 + "}": "FRAME_TOO_DEEP",
    send(body=""): "TEXT_EMPTY",
    send(body=" \n\t "): "TEXT_EMPTY",
    send(body="a\x00b"): "TEXT_NUL",
    send(body="a\ud800b"): "TEXT_SURROGATE",
    send(body="a\x07b"): "TEXT_CONTROL",
    send(body="a\x85b"): "TEXT_CONTROL",
    send(body="a\u202eb"): "TEXT_BIDI",
    send(body="a\u2066b"): "TEXT_BIDI",
    send(body="é" * 4001): "FRAME_TOO_LARGE",
    send(body="e" * 4001): "TEXT_TOO_LONG",
    send(body="x" * 1_000_000): "FRAME_TOO_LARGE",
    send(body=None): "FRAME_FIELD_INVALID",
    send(body={"a": 1}): "FRAME_FIELD_INVALID",
    send(id="not-an-id"): "FRAME_FIELD_INVALID",
    send(id=ID.replace("-", "")): "FRAME_FIELD_INVALID",
    send(id=None): "FRAME_FIELD_INVALID",
}


@pytest.mark.parametrize(("raw", "code"), list(BAD.items()), ids=range(len(BAD)))
def test_a_bad_frame_is_refused_with_its_code(raw, code):
    assert refused(raw) == code


def test_bytes_are_refused():
    assert refused(None) == "FRAME_NOT_TEXT"


def test_a_refusal_names_the_message_it_refuses():
    with pytest.raises(FrameError) as wrong:
        parse(send(body=""))
    assert wrong.value.frame_id == ID


def test_good_frames_keep_what_they_say():
    assert parse(send(body=" e\u0301te\u0301\r\n\tfin ")).fields["body"] == "été\n\tfin"
    assert str(parse(send())["id"]) == ID
    assert parse('{"type":"resume","after":0}')["after"] == 0
    assert parse('{"type":"ping"}').optional("seq") is None
    assert parse('{"type":"ping","seq":7}').optional("seq") == 7
    assert plain_text("שלום\u200f et \u200eبc 👩‍⚕️") == "שלום\u200f et \u200eبc 👩‍⚕️"
    assert parse(json.dumps({"type": "send", "id": ID, "body": "[[[[[[" * 9}))["body"]


@given(st.text(max_size=300))
def test_no_text_whatsoever_breaks_the_parser(raw):
    try:
        parse(raw)
    except FrameError as wrong:
        assert wrong.code in protocol.ERRORS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@given(st.sampled_from([*protocol.CLIENT_FRAMES, "x"]), st.dictionaries(st.text(max_size=5), JSON))
def test_no_field_whatsoever_breaks_the_parser(kind, fields):
    try:
        parse(json.dumps({**fields, "type": kind}))
    except FrameError as wrong:
        assert wrong.code in protocol.ERRORS


def test_a_server_frame_outside_the_table_cannot_be_written():
    with pytest.raises(AssertionError):
        protocol.dump({"type": "gossip"})


def test_whatever_the_world_overtook_has_a_code_with_its_sentence():
    codes = {kind: kind.code for kind in MOVED if kind is not Moved}
    assert len(codes) > 40 and len({*codes.values()}) == len(codes)
    assert {*codes.values()} - {*protocol.ERRORS} == set()
    source = "".join(path.read_text() for path in (ROOT / "broker").rglob("*.py"))
    written = {*re.findall(r'(?:Moved|__init__)\("([A-Z_]+)"\)', source)}
    assert {"LEASE_LOST", "WRONG_STATE"} <= written <= {*protocol.ERRORS}
