"""Social security: the physician is paid directly, writing is not reimbursed."""

TEXT = "securite-sociale"


def test_every_dated_case_of_this_text(case, said):
    expected = "pass" if case["expect"] == "ignore" else case["expect"]
    assert said(case["rule"], case["at"], **case["facts"]) == expected


def test_a_pooled_balance_is_flagged(said):
    rule = "l162-2-direct-payment"
    pooled = "platform_collects_then_pays_physician"
    assert said(rule, "2026-02-01", funds_flow="direct_to_physician") == "pass"
    assert said(rule, "2026-02-01", funds_flow=pooled) == "flag_review"
