"""What our own pages promise is held to the rules that we hold offers to."""

from broker.screen import heard_in
from tests.words import sentences

PUBLIC = ("broker/templates/broker/home.html", "broker/templates/broker/legal.html", "chrome/")


def test_no_public_sentence_promises_cover_results_or_a_bargain():
    claims = {
        sentence: heard
        for sentence, files in sentences().items()
        if any(public in file for file in files for public in PUBLIC)
        if (heard := heard_in(sentence))
    }
    assert claims == {}


def test_a_promise_would_be_heard():
    assert heard_in("Votre question est remboursée")
