"""Forms as a script fills them in, and cookies as it keeps them."""

import pytest

from broker.story.client import NotThisMachine, address_of, cookie_header, keep_cookie
from broker.story.page import NoSuchForm, Page

HTML = """<html data-on-duty="7"><form method="post" action="/ici/">
<input type="hidden" name="token" value="t">
<input type="checkbox" name="flags" value="a"><input type="checkbox" name="flags" value="b">
<input type="radio" name="way" value="card" disabled><input type="radio" name="way" value="cash">
<select name="kind"><option value="x">X</option><option value="y" selected>Y</option></select>
<textarea name="text">
déjà &amp; là</textarea>
<button name="go" value="yes">Oui</button><button name="go" value="no">Non</button></form>
<form action="/la/"><input name="q"></form><a href="/ailleurs/">Ailleurs <b>loin</b></a></html>"""
PAGE = Page("http://patient.localhost:8000/d/", 200, HTML)


def test_a_form_keeps_what_stands_in_it() -> None:
    form = PAGE.form("token", "text")
    assert (form.action, form.method) == ("http://patient.localhost:8000/ici/", "POST")
    assert form.filled() == [("token", "t"), ("kind", "y"), ("text", "déjà & là")]
    assert form.values("way") == ["cash"]
    assert form.values("kind") == ["x", "y"]


def test_answers_take_the_place_of_what_stands_there() -> None:
    form = PAGE.form("token")
    filled = form.filled(flags=("a", "b"), way="cash", kind="x", text="ça", go="no")
    assert filled == [
        ("token", "t"), ("flags", "a"), ("flags", "b"), ("way", "cash"), ("kind", "x"),
        ("text", "ça"), ("go", "no"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "answers",
    [{"way": "card"}, {"kind": "z"}, {"nothing": "x"}, {"nothing": True}, {"go": "perhaps"}],
)
def test_an_answer_that_fits_no_control_is_refused(answers: dict) -> None:
    with pytest.raises(NoSuchForm):
        PAGE.form("token").filled(**answers)


def test_a_form_is_found_by_its_fields_or_its_address() -> None:
    assert PAGE.form(action="/la/").method == "GET"
    with pytest.raises(NoSuchForm, match="nowhere"):
        PAGE.form("nowhere")


def test_links_and_marks_are_read() -> None:
    assert PAGE.links() == [("http://patient.localhost:8000/ailleurs/", "Ailleurs loin")]
    assert (PAGE.mark("on-duty"), PAGE.mark("none")) == ("7", "")


def test_cookies_are_kept_and_dropped() -> None:
    held: dict[str, str] = {}
    keep_cookie(held, "session=abc; HttpOnly; Path=/; SameSite=Lax")
    keep_cookie(held, "csrf=def; Max-Age=31449600; Path=/")
    assert cookie_header(held) == "session=abc; csrf=def"
    keep_cookie(held, 'session=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0')
    assert held == {"csrf": "def"}


def test_only_this_machine_is_spoken_to() -> None:
    assert address_of("http://medecin.localhost:8000/") == "127.0.0.1"
    with pytest.raises(NotThisMachine):
        address_of("http://teleconseil.example/")
