"""The medical agreement: its codes, pathway and reports."""

TEXT = "convention-medicale"


def test_every_dated_case_of_this_text(case, said):
    expected = "pass" if case["expect"] == "ignore" else case["expect"]
    assert said(case["rule"], case["at"], **case["facts"]) == expected


def test_a_written_exchange_never_takes_a_teleconsultation_code(said):
    rule = "tc-code-needs-video"
    assert said(rule, "2026-02-01", ngap_code_claimed="none", channel="written") == "pass"
    claimed = said(rule, "2026-02-01", ngap_code_claimed="TCG", channel="written")
    assert claimed == "not_billable"
