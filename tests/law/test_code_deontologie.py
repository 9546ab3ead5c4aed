"""The code of ethics: not a trade, no advertising, secrecy, free choice."""

TEXT = "code-deontologie"


def test_every_dated_case_of_this_text(case, said):
    expected = "pass" if case["expect"] == "ignore" else case["expect"]
    assert said(case["rule"], case["at"], **case["facts"]) == expected


def test_ratings_are_judged_by_the_text_of_their_day(said):
    ratings = {"uses_testimonials_or_ratings": True}
    rule = "r4127-19-1-communication"
    assert said(rule, "2020-12-24T22:59:59+00:00", **ratings) == "not_in_force"
    assert said(rule, "2020-12-24T23:00:00+00:00", **ratings) == "block_intake"
    advertising = {"is_advertising_for_physician": True}
    assert said("r4127-19-advertising-ban-2004", "2018-10-08", **advertising) == "block_intake"
    assert said("r4127-19-advertising-ban-2004", "2026-02-01", **advertising) == "not_in_force"


def test_the_reason_says_who_may_read_messages_here(pack):
    reason = pack.rule("secret-operator-cannot-read").reason_fr
    assert "opérateur" in reason and "affaire" in reason
