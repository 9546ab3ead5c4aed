"""Words that are hidden from a reader of letters are heard all the same."""

import pytest

from consults.screen import screen, screen_name
from consults.screen.disguise import parted
from consults.screen.spelling import plain

HIDDEN = {
    "spaced out": "j e  v e u x  m o u r i r",
    "spaced out evenly": "j e v e u x m o u r i r",
    "with points": "je v.e.u.x m.o.u.r.i.r",
    "in capitals": "JE VEUX MOURIR",
    "with figures": "je veux m0ur1r",
    "with letters of another alphabet": "jе vеux mоurir",
    "with a space of no width": "je veux mou\u200brir",
    "with a joiner of no width": "je veux mou\u034frir",
    "with letters held down": "jeeee veeeux mouuuurir",
    "in letters of mathematics": "𝓙𝓮 𝓿𝓮𝓾𝔁 𝓶𝓸𝓾𝓻𝓲𝓻",
    "in wide letters": "ｊｅ ｖｅｕｘ ｍｏｕｒｉｒ",
    "with accents piled up": "je veux mo\u0301\u0302u\u0308rir",
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_a_wish_to_die_is_heard_however_it_is_hidden(text):
    assert plain(text) == " je veux mourir "
    assert screen(text).label == "suicidal"


def test_signs_stand_for_words_and_figures_for_letters():
    assert plain("su1c1de 💊🔪") == " suicide cachets couteau "
    assert screen("mon p3re ne r3spire plu5").label == "emergency_red_flag"
    assert screen("c0nn4rd").label == "abusive"


def test_what_is_no_disguise_is_left_as_it_is():
    assert plain("B12 à 145, T4 normale, H1N1, 10mg") == " b12 a 145 , t4 normale , h1n1 , 10mg "
    assert plain("les options a, b, e, d") == " les options a , b , e , d "
    assert parted("xyzzyq", frozenset({"je"})) == "xyzzyq"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("lettre_d_adieu.pdf", "suicidal"),
        ("je-veux-mourir.txt", "suicidal"),
        ("C:\\docs\\MonSuicide.doc", "suicidal"),
        ("saignement_abondant.jpg", "emergency_red_flag"),
        ("vous etes des connards.jpg", "abusive"),
        ("IMG_2034.jpg", "ordinary_question"),
        ("resultats prise de sang.pdf", "ordinary_question"),
        ("CR_hospitalisation_2019.pdf", "ordinary_question"),
        ("arret_de_travail.pdf", "ordinary_question"),
        ("certificat.pdf", "ordinary_question"),
        ("ordonnance-dr-martin.pdf", "ordinary_question"),
        ("", "ordinary_question"),
        ("....", "ordinary_question"),
    ],
)
def test_the_name_of_an_attachment_is_heard_for_danger_only(name, label):
    assert screen_name(name).label == label
