"""Teleconsultation companies: a broker is none of them."""

TEXT = "societes-de-teleconsultation"


def test_every_dated_case_of_this_text(case, said):
    expected = "pass" if case["expect"] == "ignore" else case["expect"]
    assert said(case["rule"], case["at"], **case["facts"]) == expected


def test_a_matching_tool_needs_no_approval(said):
    rule = "l4081-1-approval-of-teleconsultation-company"
    broker = {"operator_employs_physicians": False, "operator_has_agrement": False}
    assert said(rule, "2026-02-01", **broker) == "pass"
